"""A booking of an event, with what its customer wants to know about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from booking_core.domain.bookings import Booking, BookingItem, BookingState
from booking_core.domain.inventory import Layout, Seat, Tier
from booking_core.domain.programme import DEFAULT_CURRENCY, Event

CODE_PREFIX = "EVT"


class EventBookingStatus(StrEnum):
    """What the event trade calls the states of a booking."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# A hold that was given back shows as cancelled.
_STATUS_OF = {
    BookingState.HELD: EventBookingStatus.PENDING,
    BookingState.CONFIRMED: EventBookingStatus.CONFIRMED,
    BookingState.CANCELLED: EventBookingStatus.CANCELLED,
    BookingState.RELEASED: EventBookingStatus.CANCELLED,
    BookingState.EXPIRED: EventBookingStatus.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class EventBooking:
    """A booking with the event it is for, and the event's layout."""

    booking: Booking
    event: Event
    layout: Layout

    @property
    def code(self) -> str:
        """What people call it by: `EVT2024011500001`. It never changes."""
        return booking_code(self.booking)

    @property
    def status(self) -> EventBookingStatus:
        """Of the booking as it is given; `Booking.as_of` says whether a hold is over."""
        return _STATUS_OF[self.booking.state]

    @property
    def is_pending(self) -> bool:
        return self.status is EventBookingStatus.PENDING

    @property
    def seats(self) -> Iterator[tuple[Seat, BookingItem]]:
        """The seats with what was agreed on for each; none where places are counted."""
        for item in self.booking.items:
            if item.seat_id is not None:
                yield self.layout.seats[item.seat_id], item

    @property
    def places(self) -> Iterator[tuple[Tier, BookingItem]]:
        """The tiers with how many counted places of each; none where seats are numbered."""
        for item in self.booking.items:
            if item.seat_id is None:
                yield self.layout.tiers[item.tier_id], item


@dataclass(frozen=True, slots=True)
class CustomerStats:
    """What one customer has booked of events. `total_bookings` were confirmed, also where they
    were cancelled later; `upcoming_events` are those ahead with a confirmed booking;
    `total_spent` is what was paid and not refunded, in minor units by currency."""

    total_bookings: int
    upcoming_events: int
    total_spent: Mapping[str, int]

    @property
    def main_currency(self) -> str:
        """The one to show where there is room for one."""
        if not self.total_spent or DEFAULT_CURRENCY in self.total_spent:
            return DEFAULT_CURRENCY
        return min(self.total_spent)


def numbered_code(day: datetime, number: int) -> str:
    """The code of the `number`th booking of a day (UTC), as EVT2024011500001."""
    return f"{CODE_PREFIX}{day:%Y%m%d}{number:05}"


def booking_code(booking: Booking) -> str:
    """The code that a booking was given when it was held; for one without, one that follows from
    the day it was held and from its id, of which it says nothing."""
    if booking.reference is not None and booking.reference.startswith(CODE_PREFIX):
        return booking.reference
    own = int.from_bytes(sha256(booking.id.encode()).digest()[:8], "big")
    return f"{CODE_PREFIX}{booking.held_at:%Y%m%d}{own:020}"
