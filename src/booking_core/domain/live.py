"""A seat map that follows events: what each of them changes, for those who watch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from booking_core.domain.bookings import FOREVER
from booking_core.domain.claims import Claim, ClaimKey
from booking_core.domain.events import follow
from booking_core.domain.inventory import Layout
from booking_core.domain.seat_map import SeatStatus


class LiveSeat(NamedTuple):
    """A seat's status over all legs."""

    seat_id: str
    label: str
    status: SeatStatus


@dataclass(frozen=True, slots=True)
class Change:
    """What one event changed: its `seq`, the seats it touched, and how many are free after it.

    `offer` is there where it offered them to somebody who waits: `waitlist_id, customer_id,
    expires_at`; it is for that customer alone to see. `encoded` is for whoever sends it to many:
    the text by format, made once.
    """

    seq: int
    seats: tuple[LiveSeat, ...]
    available: int
    encoded: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    offer: dict[str, str] | None = None


def touched_by(event: dict[str, Any]) -> list[str]:
    """Ids of the seats an event is about."""
    return [*event["seats"], *event.get("freed", ())]


class LiveSeats:
    """The seats of one inventory as its events leave them.

    A hold counts until the event that ends it: whoever watches sees every change once, in order.
    """

    def __init__(self, layout: Layout, version: int, claims: Iterable[Claim]) -> None:
        self.layout = layout
        self.version = version
        self._claims: dict[ClaimKey, Claim] = {(c.seat_id, c.leg): c for c in claims}
        self._statuses: dict[str, SeatStatus] = {}
        for seat_id, _ in self._claims:
            self._statuses[seat_id] = self._status(seat_id)

    @property
    def available(self) -> int:
        """Seats free over the whole trip."""
        return len(self.layout.seats) - len(self._statuses)

    def snapshot(self) -> Change:
        """Every seat, as of now."""
        return Change(self.version, self._seen(self.layout.seats), self.available)

    def advance(self, seq: int, event: dict[str, Any]) -> Change:
        """Follow the next event."""
        follow(self._claims, event)
        self.version = max(self.version, seq)
        touched = [seat_id for seat_id in touched_by(event) if seat_id in self.layout.seats]
        for seat_id in touched:
            status = self._status(seat_id)
            if status is SeatStatus.AVAILABLE:
                self._statuses.pop(seat_id, None)
            else:
                self._statuses[seat_id] = status
        return Change(seq, self._seen(touched), self.available, offer=event.get("offer"))

    def _seen(self, seat_ids: Iterable[str]) -> tuple[LiveSeat, ...]:
        seats = self.layout.seats
        return tuple(
            LiveSeat(seat_id, seats[seat_id].label, self._statuses.get(seat_id, _FREE))
            for seat_id in seat_ids
        )

    def _status(self, seat_id: str) -> SeatStatus:
        """The strongest of what is found on its legs."""
        found = _FREE
        for leg in range(self.layout.leg_count):
            claim = self._claims.get((seat_id, leg))
            if claim is None:
                continue
            if claim.expires_at == FOREVER:
                return SeatStatus.BLOCKED
            if claim.expires_at is None:
                found = SeatStatus.SOLD
            elif found is _FREE:
                found = SeatStatus.HELD
        return found


_FREE = SeatStatus.AVAILABLE
