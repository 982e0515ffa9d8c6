"""What a message about a booking tells, as it is when the message is sent."""

from dataclasses import dataclass

from booking_core.domain.bookings import Booking, BookingItem
from booking_core.domain.occasions import Occasion


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for. `is_active` is off for accounts that were closed."""

    address: str
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class CancelledPart:
    """What was taken out of a booking, and what of its price goes back (minor units)."""

    items: tuple[BookingItem, ...]
    refund: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A booking and what it is for. `cancelled` is there where the message is about that."""

    booking: Booking
    occasion: Occasion
    cancelled: CancelledPart | None
