"""What a decision brings about beside the change of the booking itself: rows to be written with
it, in the same transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from booking_core.domain.bookings import Booking, BookingItem
from booking_core.domain.payments import Payment
from booking_core.domain.vouchers import VoucherUse
from booking_core.domain.waitlist import WaitlistEntry
from booking_core.ids import new_id


class IssuedTicket(NamedTuple):
    """The ticket of one seat or place; `position` is its place among the booking's."""

    id: str
    number: str
    booking_id: str
    position: int
    seat_id: str | None
    label: str
    issued_at: datetime


class RefundDue(NamedTuple):
    """Money to be sent back by the gateway that took it, in minor units."""

    id: str
    payment_id: str
    booking_id: str
    cancellation_id: str | None
    amount: int
    currency: str


class Cancelled(NamedTuple):
    """What was taken out of a booking; `amount` is its price, in minor units."""

    id: str
    booking_id: str
    reason: str | None
    items: tuple[BookingItem, ...]
    amount: int
    refund_amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Consequences:
    """`payment` and `waitlist`, the entry whose offer this is about, are as they are afterwards;
    `reason` is why an operator acted; `voucher` is what a new hold used."""

    tickets: tuple[IssuedTicket, ...] = ()
    payment: Payment | None = None
    refund: RefundDue | None = None
    cancelled: Cancelled | None = None
    reason: str | None = None
    waitlist: WaitlistEntry | None = None
    voucher: VoucherUse | None = None


class Numbers:
    """Running numbers of references and tickets of one day (UTC), reserved for one batch."""

    def __init__(self, booking: int = 1, ticket: int = 1) -> None:
        self._booking = booking
        self._ticket = ticket

    def reference(self, now: datetime) -> str:
        """The next booking's, as BK20240115001."""
        self._booking += 1
        return f"BK{now:%Y%m%d}{self._booking - 1:03}"

    def ticket(self, now: datetime) -> str:
        """The next ticket's, as TKT20240115001."""
        self._ticket += 1
        return f"TKT{now:%Y%m%d}{self._ticket - 1:03}"


def issue_tickets(numbers: Numbers, booking: Booking, now: datetime) -> tuple[IssuedTicket, ...]:
    """One ticket per seat or counted place of a booking, in the order of its items."""
    places = [item for item in booking.items for _ in range(item.quantity)]
    return tuple(
        IssuedTicket(
            new_id(), numbers.ticket(now), booking.id, position, item.seat_id, item.label, now
        )
        for position, item in enumerate(places)
    )
