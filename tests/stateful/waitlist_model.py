"""A reference model of one waitlisted inventory: who is due is looked up in plain lists each time.

Which seats or tier an offer took is the engine's choice, so it is read from the booking; whether
that could be given, and whose turn it was, is the model's to say.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.waitlist import WaitlistState

OFFER = timedelta(minutes=15)
HOLD = timedelta(minutes=10)
_LIVE = (WaitlistState.WAITING, WaitlistState.OFFERED)


@dataclass(slots=True)
class Entry:
    id: str
    customer: str
    quantity: int
    tier: str | None
    state: WaitlistState = WaitlistState.WAITING
    booking: "Held | None" = None

    @property
    def is_live(self) -> bool:
        return self.state in _LIVE


@dataclass(slots=True)
class Held:
    """A booking: its places by tier, and until when it is held; sold without an end."""

    id: str
    customer: str
    places: Counter[str]
    until: datetime | None
    state: BookingState = BookingState.HELD

    def occupies(self, now: datetime) -> bool:
        if self.state is BookingState.HELD:
            return self.until is None or self.until > now
        return self.state is BookingState.CONFIRMED


@dataclass(slots=True)
class Model:
    """`read` gives a booking that the engine made, by the entry's id."""

    capacities: dict[str, int]
    is_seated: bool
    read: Callable[[str], Booking]
    entries: list[Entry] = field(default_factory=list)
    bookings: dict[str, Held] = field(default_factory=dict)

    def free(self, now: datetime) -> Counter[str]:
        free = Counter(self.capacities)
        for booking in self.bookings.values():
            if booking.occupies(now):
                free.subtract(booking.places)
        assert min(free.values()) >= 0, "more is taken than there is"
        return free

    def fits(self, quantity: int, tier: str | None, now: datetime) -> bool:
        free = self.free(now)
        if tier is not None:
            return free[tier] >= quantity
        return (sum(free.values()) if self.is_seated else max(free.values())) >= quantity

    def touch(self, now: datetime) -> None:
        """What any transaction on the inventory does first, where anybody is on the waitlist."""
        if not any(entry.is_live for entry in self.entries):
            return
        for entry in self.entries:
            if entry.state is WaitlistState.OFFERED and not entry.booking.occupies(now):  # type: ignore[union-attr]  # an offer has one
                entry.state = WaitlistState.EXPIRED
        self.serve(now)

    def serve(self, now: datetime) -> None:
        while (entry := self._due(now)) is not None:
            made = self.read(entry.id)
            entry.booking = self.took(made)
            entry.state = WaitlistState.OFFERED
            assert made.customer_id == entry.customer
            assert made.places == entry.quantity
            assert entry.booking.until == now + OFFER
            assert entry.tier is None or set(entry.booking.places) == {entry.tier}
            self.free(now)

    def _due(self, now: datetime) -> Entry | None:
        waiting = (entry for entry in self.entries if entry.state is WaitlistState.WAITING)
        return next((e for e in waiting if self.fits(e.quantity, e.tier, now)), None)

    def took(self, booking: Booking) -> Held:
        """Know a booking that was made."""
        places: Counter[str] = Counter()
        for item in booking.items:
            places[item.tier_id] += item.quantity
        held = Held(booking.id, booking.customer_id, places, booking.expires_at)
        self.bookings[booking.id] = held
        return held

    def entry_of(self, booking_id: str) -> Entry | None:
        """The entry that has a booking on offer."""
        offered = (entry for entry in self.entries if entry.state is WaitlistState.OFFERED)
        return next((e for e in offered if e.booking and e.booking.id == booking_id), None)
