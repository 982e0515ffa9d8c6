"""A seat map, drawn: a free seat shows its number, a taken one a block.

Colours say the same as the characters, so that the map also reads without them.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from booking_cli.formats import money
from booking_core.domain.inventory import Seat
from booking_core.domain.plain import plain
from booking_core.domain.seat_map import SeatMap, SeatStatus, columns_of

Row = Sequence[Seat]
Signs = Mapping[SeatStatus, str]

_STYLES = {
    SeatStatus.AVAILABLE: "green",
    SeatStatus.HELD: "yellow",
    SeatStatus.SOLD: "red",
    SeatStatus.BLOCKED: "magenta",
}
_SIGNS = {
    SeatStatus.AVAILABLE: "○",
    SeatStatus.HELD: "▒",
    SeatStatus.SOLD: "█",
    SeatStatus.BLOCKED: "▚",
}
_ASCII_SIGNS = {
    SeatStatus.AVAILABLE: "o",
    SeatStatus.HELD: "~",
    SeatStatus.SOLD: "#",
    SeatStatus.BLOCKED: "x",
}
_WORDS = {
    SeatStatus.AVAILABLE: "free",
    SeatStatus.HELD: "held",
    SeatStatus.SOLD: "sold",
    SeatStatus.BLOCKED: "blocked",
}
# Blocks of one character are hard to see where there is room for more.
_NARROWEST = 2


class SeatChart:
    """The rows of a seat map, fitted to the width there is, and what the signs mean."""

    def __init__(self, seat_map: SeatMap) -> None:
        self._map = seat_map
        self._tiers = seat_map.layout.tiers

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = self._map.layout.rows
        margin = max(len(plain(row[0].row)) for row in rows) + 1
        columns = max(columns_of(row)[-1] for row in rows) + 1
        cell = self._cell(columns, options.max_width - margin)
        signs = _ASCII_SIGNS if options.ascii_only else _SIGNS
        for _, members in groupby(rows, key=lambda row: row[0].section):
            section = list(members)
            widest = max(columns_of(row)[-1] for row in section)
            for heading, block in groupby(section, key=self._heading):
                yield Text()
                if heading:
                    yield Text.assemble(" " * margin, (heading, "bold"))
                for row in block:
                    yield self._row(row, margin, widest, cell, signs)
        yield Text()
        yield self._legend(cell, signs)

    def _cell(self, columns: int, width: int) -> int:
        """Characters a seat, the gap before it included; 1 leaves no room for numbers."""
        longest = max(len(plain(seat.number)) for seat in self._map.layout.seats.values())
        longest = max(longest, _NARROWEST)
        return longest + 1 if columns * (longest + 1) <= width else 1

    def _heading(self, row: Row) -> str:
        """The section and what its rows cost, where that is not the same everywhere."""
        parts = [row[0].section] if row[0].section else []
        if len(self._tiers) > 1:
            currency = self._map.layout.currency
            for tier_id in dict.fromkeys(seat.tier_id for seat in row):
                tier = self._tiers[tier_id]
                parts.append(f"{tier.name} {money(tier.price, currency)}")
        return plain(" · ".join(parts))

    def _row(self, row: Row, margin: int, widest: int, cell: int, signs: Signs) -> Text:
        """One line. Shorter rows stand in the middle, as they do in a theatre."""
        columns = columns_of(row)
        line = Text.assemble((plain(row[0].row).rjust(margin - 1), "bold"))
        # A cell brings its own gap, but for that of one character.
        line.append(" " * ((cell == 1) + cell * ((widest - columns[-1]) // 2)))
        for seat, gap in zip(row, _gaps(columns), strict=True):
            line.append(" " * (cell * gap))
            line.append_text(self._seat(seat, cell, signs))
        return line

    def _seat(self, seat: Seat, cell: int, signs: Signs) -> Text:
        status = self._map.status(seat.id)
        number = plain(seat.number)
        if cell == 1:
            return Text(signs[status], _STYLES[status])
        sign = number if status is SeatStatus.AVAILABLE else signs[status] * max(len(number), 2)
        return Text(sign[: cell - 1].rjust(cell), _STYLES[status])

    def _legend(self, cell: int, signs: Signs) -> Text:
        parts = []
        for code, (status, word) in enumerate(_WORDS.items()):
            is_number = status is SeatStatus.AVAILABLE and cell > 1
            sign = "12" if is_number else signs[status] * min(cell, 2)
            number = self._map.statuses.count(code)
            if status is SeatStatus.BLOCKED and not number:
                continue
            parts.append(Text.assemble((sign, _STYLES[status]), f" = {word} ({number:,})"))
        return Text("   ").join(parts)


def _gaps(columns: Sequence[int]) -> list[int]:
    """Empty columns before each seat."""
    return [0, *(seat - before - 1 for before, seat in pairwise(columns))]
