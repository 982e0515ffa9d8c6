"""The seats of an inventory, drawn by section and row: one cell each, as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from booking_core.domain.desk import LETTERS, Plan
from booking_core.domain.inventory import Seat
from booking_core.domain.plain import plain
from booking_core.domain.seat_map import columns_of
from booking_tui.formats import fitted

# They are told apart on dark and on light.
STYLES: Mapping[str, str] = {"a": "#2fa84f", "h": "#c98a00", "s": "#d9363e", "b": "#9a5fd0"}
SIGNS: Mapping[str, str] = {"a": "○", "h": "▒", "s": "█", "b": "▚"}
WORDS: Mapping[str, str] = {"a": "free", "h": "held", "s": "sold", "b": "blocked"}
_WIDEST_CELL = 6
_GAP = Segment(" ")


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of seats, each with its column; a heading where there is none."""

    title: str
    seats: tuple[tuple[int, int], ...] = ()


class SeatBoard(ScrollView, can_focus=True):
    """Colours and signs say the same. The arrows go from seat to seat, space selects."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1, 0)", "Down", show=False),
        Binding("up,k", "move(-1, 0)", "Up", show=False),
        Binding("left,h", "move(0, -1)", "Left", show=False),
        Binding("right,l", "move(0, 1)", "Right", show=False),
        Binding("space", "select", "Select"),
        Binding("a", "select_row", "Select row", show=False),
        Binding("x", "clear", "Select none", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"board--cursor", "board--selected", "board--title"}

    @dataclass
    class Moved(Message):
        """Another seat is under the cursor, or other seats are selected."""

        board: "SeatBoard"

    def __init__(self) -> None:
        super().__init__()
        self._seats: tuple[Seat, ...] = ()
        self._lines: list[_Line] = []
        self._statuses = ""
        self._margin = 0
        self._longest = 1
        self._columns = 1
        self._places: dict[int, tuple[int, int]] = {}
        self._cursor = 0
        self.selected: set[int] = set()

    def lay_out(self, plan: Plan) -> None:
        """Which seats there are; nothing is selected."""
        self._seats = plan.seats
        self._lines = list(_lines_of(plan.seats))
        self._margin = max((len(line.title) for line in self._lines if line.seats), default=0) + 1
        self._places = {
            seat: (number, column)
            for number, line in enumerate(self._lines)
            for seat, column in line.seats
        }
        # Once, for there may be fifty thousand.
        self._longest = max((len(plain(seat.number)) for seat in plan.seats), default=1)
        self._columns = 1 + max(
            (line.seats[-1][1] for line in self._lines if line.seats), default=0
        )
        self._cursor, self.selected = 0, set()
        self._fit()

    def show(self, statuses: str) -> None:
        """How the seats stand, by their order; only what differs is drawn anew by the terminal."""
        if statuses != self._statuses:
            self._statuses = statuses
            self.refresh()
            self.post_message(self.Moved(self))

    @property
    def seat(self) -> Seat | None:
        """The one under the cursor."""
        return self._seats[self._cursor] if self._seats else None

    @property
    def status(self) -> str:
        """Of the seat under the cursor, in words."""
        return WORDS[self._letter(self._cursor)]

    @property
    def chosen(self) -> list[Seat]:
        """The selected seats, else the one under the cursor."""
        if self.selected:
            return [self._seats[number] for number in sorted(self.selected)]
        return [] if self.seat is None else [self.seat]

    def counts(self) -> Mapping[str, int]:
        return {letter: self._statuses.count(letter) for letter in LETTERS}

    def action_move(self, down: int, right: int) -> None:
        if not self._seats:
            return
        line, column = self._places[self._cursor]
        if right:
            self._go(max(0, min(self._cursor + right, len(self._seats) - 1)))
            return
        target = line + down
        while 0 <= target < len(self._lines):
            if seats := self._lines[target].seats:
                self._go(min(seats, key=lambda one: abs(one[1] - column))[0])
                return
            target += down

    def action_select(self) -> None:
        if self._seats:
            self._choose({self._cursor})
            self._go(min(self._cursor + 1, len(self._seats) - 1))

    def action_select_row(self) -> None:
        if self._seats:
            line, _ = self._places[self._cursor]
            self._choose({seat for seat, _ in self._lines[line].seats})

    def action_clear(self) -> None:
        self._choose(set(self.selected))

    def _choose(self, seats: set[int]) -> None:
        self.selected ^= seats
        self.refresh()
        self.post_message(self.Moved(self))

    def _go(self, seat: int) -> None:
        before, _ = self._places[self._cursor]
        self._cursor = seat
        line, column = self._places[seat]
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if not top <= line < top + height:
            self.scroll_to(y=max(0, line - height // 2), animate=False)
        left = self._left(column)
        if not self.scroll_offset.x <= left < self.scroll_offset.x + self.size.width - self._cell:
            self.scroll_to(x=max(0, left - self.size.width // 2), animate=False)
        for each in {before, line}:
            self.refresh_line(each)
        self.post_message(self.Moved(self))

    def on_resize(self) -> None:
        self._fit()

    def on_click(self, event: events.Click) -> None:
        number = event.y + self.scroll_offset.y
        x = event.x + self.scroll_offset.x
        if number < len(self._lines):
            for seat, column in self._lines[number].seats:
                if self._left(column) <= x < self._left(column) + self._cell:
                    self._cursor = seat
                    self._choose({seat})

    @property
    def _cell(self) -> int:
        """Characters a seat, the gap included; 2 leaves no room for numbers."""
        wanted = min(max(self._longest, 2) + 1, _WIDEST_CELL)
        return wanted if self._columns * wanted + self._margin <= max(self.size.width, 1) else 2

    def _fit(self) -> None:
        self.virtual_size = Size(self._left(self._columns), len(self._lines))
        self.refresh()

    def _left(self, column: int) -> int:
        return self._margin + column * self._cell

    def _letter(self, seat: int) -> str:
        return self._statuses[seat] if seat < len(self._statuses) else "a"

    def render_line(self, y: int) -> Strip:
        number, width = self.scroll_offset.y + y, self.scrollable_content_region.width
        if number >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line, left = self._lines[number], self.scroll_offset.x
        title = Segment(line.title, _style("bold"))
        strip = Strip(self._row(line) if line.seats else [title]).apply_style(self.rich_style)
        return strip.crop(left, left + width).adjust_cell_length(width, self.rich_style)

    def _row(self, line: _Line) -> list[Segment]:
        """A long row is drawn at every key: segments, which are quicker than text."""
        title = fitted(line.title, self._margin - 1, right=True) + " "
        segments, cell, column = [Segment(title, _style("bold"))], self._cell, 0
        for seat, own in line.seats:
            if own > column:
                segments.append(Segment(" " * ((own - column) * cell)))
            segments += (self._seat(seat, cell), _GAP)
            column = own + 1
        return segments

    def _seat(self, seat: int, cell: int) -> Segment:
        """Under the cursor the number is shown whatever the status; what is selected is ticked."""
        letter, number = self._letter(seat), plain(self._seats[seat].number)
        is_here = seat == self._cursor and self.has_focus
        if seat in self.selected or is_here:
            sign = "✓" if seat in self.selected else number
            style = f"bold {'underline ' if is_here else ''}#000000 on {STYLES[letter]}"
        else:
            is_number = letter == "a" and cell > 2
            sign, style = (number if is_number else SIGNS[letter] * (cell - 1)), STYLES[letter]
        return Segment(fitted(sign, cell - 1, right=True), _style(style))


@lru_cache
def _style(text: str) -> Style:
    return Style.parse(text)


def _lines_of(seats: tuple[Seat, ...]) -> "list[_Line]":
    """A heading for each section that has a name, a line for each row."""
    lines: list[_Line] = []
    numbered = list(enumerate(seats))
    for (section, row), members in groupby(numbered, key=lambda one: (one[1].section, one[1].row)):
        if section and (not lines or _section_of(lines, seats) != section):
            lines.append(_Line(plain(section)))
        inside = list(members)
        columns = columns_of([seat for _, seat in inside])
        places = tuple(
            (number, column) for (number, _), column in zip(inside, columns, strict=True)
        )
        lines.append(_Line(plain(row), places))
    return lines


def _section_of(lines: list[_Line], seats: tuple[Seat, ...]) -> str:
    return seats[lines[-1].seats[-1][0]].section if lines[-1].seats else ""
