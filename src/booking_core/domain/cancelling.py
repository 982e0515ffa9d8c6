"""The rules of undoing a sale, whole or in part, and of what goes back to the customer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from booking_core.domain.bookings import (
    BOOKING_TRANSITIONS,
    Booking,
    BookingItem,
    BookingState,
)
from booking_core.domain.changing import all_claims, count_changes, own_booking
from booking_core.domain.claims import Decision, Ledger
from booking_core.domain.commands import Cancel, seat_not_found
from booking_core.domain.consequences import Cancelled, Consequences, RefundDue
from booking_core.domain.payments import PaymentState
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.errors import InvalidRequest, NotCancellable
from booking_core.ids import new_id


def cancel(ledger: Ledger, command: Cancel, now: datetime) -> Decision:
    """All of a booking, or some seats of it, which then stays confirmed for the others."""
    booking = own_booking(ledger, command)
    if booking.state is BookingState.HELD:
        raise NotCancellable("This booking is still a hold. Release it instead of cancelling.")
    BOOKING_TRANSITIONS.require(booking.state, BookingState.CANCELLED)
    items = items_to_cancel(booking, command.seat_ids)
    if command.customer_id is not None:
        _require_unused(ledger, booking, items)
    refund = _refund(ledger, command, booking, items, now)
    cancelled = Cancelled(
        command.cancellation_id or new_id(),
        booking.id,
        command.reason,
        items,
        price_of(items),
        refund,
        booking.currency,
    )
    gone = {item.seat_id for item in items}
    return Decision(
        Cancel.verb,
        booking,
        _after(booking, items, refund, now),
        freed=tuple(
            (claim.seat_id, claim.leg)
            for claim in all_claims(ledger, booking)
            if claim.seat_id in gone
        ),
        counts=count_changes(booking, items, sold=-1),
        consequences=Consequences(
            cancelled=cancelled,
            refund=_refund_due(ledger, cancelled),
            reason=command.reason,
        ),
    )


def _require_unused(ledger: Ledger, booking: Booking, items: Sequence[BookingItem]) -> None:
    """Who has been let in has had what was paid for; only an operator may undo that."""
    for item in items:
        if (booking.id, item.seat_id) in ledger.admitted:
            raise NotCancellable(
                f"The ticket of {item.label} has been used. Ask the operator.", field="seat_ids"
            )


def items_to_cancel(booking: Booking, seat_ids: Sequence[str] | None) -> tuple[BookingItem, ...]:
    """The items of the seats named, in the booking's order; all without names.

    Raises SeatNotFound for a seat that is not (or no more) the booking's.
    """
    if seat_ids is None:
        return booking.items
    for seat_id in seat_ids:
        if seat_id not in booking.seat_ids:
            raise seat_not_found(seat_id)
    return tuple(item for item in booking.items if item.seat_id in set(seat_ids))


def price_of(items: Sequence[BookingItem]) -> int:
    """What items were sold for, in minor units."""
    return sum(item.quantity * item.unit_price for item in items)


def refund_of(
    items: Sequence[BookingItem], policy: RefundPolicy, boards_at: datetime, now: datetime
) -> int:
    """What goes back for items, in minor units: each place's share rounded half up by itself,
    so that cancelling seats one by one gives the same as all at once."""
    return sum(item.quantity * policy.refund(item.unit_price, boards_at, now) for item in items)


def _refund(
    ledger: Ledger,
    command: Cancel,
    booking: Booking,
    items: Sequence[BookingItem],
    now: datetime,
) -> int:
    if command.refund is None:
        policy = booking.refunds or ledger.inventory.refunds
        return refund_of(items, policy, ledger.boarding_time(booking.from_leg), now)
    price = price_of(items)
    if not 0 <= command.refund <= price:
        raise InvalidRequest(
            f"A refund lies between nothing and the price of what is cancelled, {price} "
            "minor units.",
            field="refund",
        )
    return command.refund


def _after(booking: Booking, items: tuple[BookingItem, ...], refund: int, now: datetime) -> Booking:
    if len(items) == len(booking.items):
        return replace(booking, state=BookingState.CANCELLED, closed_at=now, refunded=refund)
    left = tuple(item for item in booking.items if item not in items)
    return replace(
        booking,
        items=left,
        places=sum(item.quantity for item in left),
        amount=price_of(left),
    )


def _refund_due(ledger: Ledger, cancelled: Cancelled) -> RefundDue | None:
    """Never more than was paid and has not been given back; nothing where nobody paid."""
    for payment in ledger.payments.values():
        if payment.booking_id == cancelled.booking_id and payment.state is PaymentState.SUCCEEDED:
            left = payment.amount - ledger.refunded.get(payment.id, 0)
            amount = min(cancelled.refund_amount, left)
            if amount > 0:
                return RefundDue(
                    new_id(),
                    payment.id,
                    cancelled.booking_id,
                    cancelled.id,
                    amount,
                    payment.currency,
                )
    return None
