"""Seat layouts by type of vehicle. GTFS names no bus type, so the route type stands for one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_uppercase

from booking_core.domain.inventory import SeatDraft

# An aisle is a place left out, so that the seats on its two sides do not count as neighbours.
_TWO_AND_TWO = (0, 1, 3, 4)
_TWO_AND_ONE = (0, 1, 3)
_THREE_AND_THREE = (0, 1, 2, 4, 5, 6)
_THREE_FOUR_THREE = (0, 1, 2, 4, 5, 6, 7, 9, 10, 11)
_PAIR = (0, 1)


@dataclass(frozen=True, slots=True)
class BusLayout:
    """`rows` lettered from the front, each with seats 1, 2, … standing at the places `across`."""

    name: str
    rows: int
    across: tuple[int, ...]

    @property
    def capacity(self) -> int:
        """Seats in the vehicle."""
        return self.rows * len(self.across)

    def seats(self, tier: str) -> tuple[SeatDraft, ...]:
        """All seats, front row first: `A1, A2, … B1, …`, every one of `tier`."""
        return _seats(self, tier)


BusLayouts = Callable[[int], BusLayout]
"""From a GTFS route type to the layout of its vehicles."""


@lru_cache(maxsize=64)
def _seats(layout: BusLayout, tier: str) -> tuple[SeatDraft, ...]:
    # Cached because thousands of departures share one layout: they then share its seats too.
    return tuple(
        SeatDraft(tier, "", _row_letters(row), str(number), position)
        for row in range(layout.rows)
        for number, position in enumerate(layout.across, start=1)
    )


def _row_letters(row: int) -> str:
    """A, B, … Z, AA, AB, …"""
    tens, ones = divmod(row, len(ascii_uppercase))
    return (_row_letters(tens - 1) if tens else "") + ascii_uppercase[ones]


STANDARD = BusLayout("standard", 10, _TWO_AND_TWO)
MINIBUS = BusLayout("minibus", 5, _TWO_AND_TWO)
COACH = BusLayout("coach", 12, _TWO_AND_TWO)
TRAM = BusLayout("tram", 14, _TWO_AND_ONE)
METRO = BusLayout("metro", 16, _TWO_AND_TWO)
RAIL = BusLayout("rail", 20, _TWO_AND_TWO)
FERRY = BusLayout("ferry", 12, _THREE_FOUR_THREE)
AIRCRAFT = BusLayout("aircraft", 30, _THREE_AND_THREE)
FUNICULAR = BusLayout("funicular", 8, _TWO_AND_TWO)
GONDOLA = BusLayout("gondola", 4, _PAIR)
TAXI = BusLayout("taxi", 2, _PAIR)

# Across the aisle, by type of bus; two and two in one of any other type.
_ACROSS = {
    layout.name: layout.across
    for layout in (STANDARD, MINIBUS, COACH, TRAM, METRO, RAIL, FERRY, AIRCRAFT, GONDOLA, TAXI)
} | {"sleeper": _TWO_AND_ONE}

# Basic route types, and the few extended ones that differ from the rest of their hundred.
_BY_TYPE = {
    0: TRAM, 1: METRO, 2: RAIL, 3: STANDARD, 4: FERRY, 5: TRAM, 6: GONDOLA, 7: FUNICULAR,
    11: STANDARD, 12: METRO, 711: MINIBUS, 715: MINIBUS,
}  # fmt: skip

# Extended route types come in hundreds: 100-199 rail, 200-299 coach, 700-799 bus, …
_BY_HUNDRED = {
    1: RAIL, 2: COACH, 3: RAIL, 4: METRO, 5: METRO, 6: METRO, 7: STANDARD, 8: STANDARD, 9: TRAM,
    10: FERRY, 11: AIRCRAFT, 12: FERRY, 13: GONDOLA, 14: FUNICULAR, 15: TAXI,
}  # fmt: skip


def layout_for(route_type: int) -> BusLayout:
    """The layout of a GTFS route type, basic or extended; STANDARD for one that is unknown."""
    return _BY_TYPE.get(route_type) or _BY_HUNDRED.get(route_type // 100, STANDARD)


def seats_of_bus(bus_type: str, total_seats: int, tier: str) -> tuple[SeatDraft, ...]:
    """Seats `A1, A2, …` of a bus by its type; the last row may be short."""
    across = _ACROSS.get(bus_type.casefold(), _TWO_AND_TWO)
    rows = -(-total_seats // len(across))
    return BusLayout(bus_type, rows, across).seats(tier)[:total_seats]
