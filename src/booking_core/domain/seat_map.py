"""Which seats of an inventory are free, held, sold or blocked at a moment."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from booking_core.domain.bookings import FOREVER
from booking_core.domain.claims import Claim
from booking_core.domain.inventory import Layout, Seat


class SeatStatus(StrEnum):
    AVAILABLE = "available"
    HELD = "held"
    SOLD = "sold"
    BLOCKED = "blocked"


_STATUSES = tuple(SeatStatus)
# What is found on any of the legs, as bits; and which status counts for each mixture of them.
_HELD, _SOLD, _BLOCKED = 1, 2, 4
_STRONGEST = bytes([0, 1, 2, 2, 3, 3, 3, 3]).ljust(256, b"\x00")


# A gap in a row is an aisle or a missing seat; it is drawn no wider than this.
_WIDEST_GAP = 8


@dataclass(frozen=True, slots=True)
class SeatMap:
    """Seats of the layout with their status over some legs, one byte each in layout order.

    True of `version` until `valid_until`, when the first of its holds expires (None: for good).
    """

    layout: Layout
    version: int
    statuses: bytes
    valid_until: datetime | None

    @property
    def available(self) -> int:
        return self.statuses.count(0)

    def __iter__(self) -> Iterator[tuple[Seat, SeatStatus]]:
        for seat, status in zip(self.layout.seats.values(), self.statuses, strict=True):
            yield seat, _STATUSES[status]

    def status(self, seat_id: str) -> SeatStatus:
        """Raises KeyError for a seat that is not in the layout."""
        return _STATUSES[self.statuses[self.layout.ordinals[seat_id]]]


def columns_of(row: Sequence[Seat]) -> list[int]:
    """The column in which each seat of a row is drawn, from 0 on; no two share one."""
    columns = [0]
    for before, seat in pairwise(row):
        step = min(max(seat.position - before.position, 1), _WIDEST_GAP)
        columns.append(columns[-1] + step)
    return columns


def draw_map(
    layout: Layout, claims: Iterable[Claim], version: int, span: tuple[int, int], now: datetime
) -> SeatMap:
    """The map over legs `span[0] … span[1] - 1`: a seat is blocked where any of them is, else sold
    where any of them is sold, else held where any of them is held."""
    statuses = bytearray(len(layout.seats))
    ordinals = layout.ordinals
    first, end = span
    valid_until: datetime | None = None
    for seat_id, leg, _, expires_at in claims:
        if not first <= leg < end or (expires_at is not None and expires_at <= now):
            continue
        if expires_at is None:
            statuses[ordinals[seat_id]] |= _SOLD
        elif expires_at == FOREVER:
            statuses[ordinals[seat_id]] |= _BLOCKED
        else:
            statuses[ordinals[seat_id]] |= _HELD
            if valid_until is None or expires_at < valid_until:
                valid_until = expires_at
    return SeatMap(layout, version, bytes(statuses).translate(_STRONGEST), valid_until)
