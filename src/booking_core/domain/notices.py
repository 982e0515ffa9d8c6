"""What a message about a booking tells, as it is when the message is sent."""

from dataclasses import dataclass
from datetime import datetime

from booking_core.domain.bookings import BookingItem


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for. `is_active` is off for accounts that were closed."""

    address: str
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Journey:
    """The part of a departure that was booked, from where one boards to where one leaves."""

    origin: str
    destination: str
    departs_at: datetime
    arrives_at: datetime


@dataclass(frozen=True, slots=True)
class CancelledPart:
    """What was taken out of a booking, and what of its price goes back (minor units)."""

    items: tuple[BookingItem, ...]
    refund: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A booking and what it is for. Events have no `journey`; `cancelled` is there where the
    message is about that. Amounts are minor units."""

    booking_id: str
    reference: str | None
    items: tuple[BookingItem, ...]
    amount: int
    currency: str
    expires_at: datetime
    inventory_name: str
    time_zone: str
    starts_at: datetime
    journey: Journey | None
    cancelled: CancelledPart | None
