"""Cancellations as they stand, and what one would give back before it is made.

A refund is reckoned place by place, each rounded half up to whole minor units
(`cancelling.refund_of`): seats cancelled one by one give the same as all at once, and a quote is
what is then refunded while it is valid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking_core.domain.bookings import BOOKING_TRANSITIONS, Booking, BookingItem, BookingState
from booking_core.domain.cancelling import items_to_cancel, price_of, refund_of
from booking_core.domain.payments import RefundState
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.errors import NotCancellable


class RefundStatus(StrEnum):
    """`none`: nothing goes back, by the policy or because nothing was paid."""

    NONE = "none"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What was taken out of a booking. `items` are as they were sold, `amount` their price and
    `refund_amount` what of it goes back, in minor units."""

    id: str
    booking_id: str
    customer_id: str
    actor: str
    reason: str | None
    items: tuple[BookingItem, ...]
    amount: int
    refund_amount: int
    currency: str
    at: datetime
    refund_status: RefundStatus
    refunded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a cancellation would give back. `percent` is of the price, `amount` and
    `refund_amount` in minor units; after `valid_until` less goes back. None: it stays so."""

    booking_id: str
    items: tuple[BookingItem, ...]
    amount: int
    refund_amount: int
    percent: int
    currency: str
    valid_until: datetime | None


def quote(
    booking: Booking,
    seat_ids: Sequence[str] | None,
    policy: RefundPolicy,
    boards_at: datetime,
    now: datetime,
) -> Quote:
    """By the rules of `cancelling.cancel`, and refused where that would be.

    Raises NotCancellable for a hold, IllegalTransition, SeatNotFound.
    """
    if booking.state is BookingState.HELD:
        raise NotCancellable("This booking is still a hold. Release it instead of cancelling.")
    BOOKING_TRANSITIONS.require(booking.state, BookingState.CANCELLED)
    items = items_to_cancel(booking, seat_ids)
    return Quote(
        booking_id=booking.id,
        items=items,
        amount=price_of(items),
        refund_amount=refund_of(items, policy, boards_at, now),
        percent=policy.percent(boards_at, now),
        currency=booking.currency,
        valid_until=policy.holds_until(boards_at, now),
    )


def refund_status(states: Sequence[RefundState]) -> RefundStatus:
    """Of all refunds of one cancellation: what still waits first, then what failed."""
    for state in (RefundState.PENDING, RefundState.FAILED, RefundState.SUCCEEDED):
        if state in states:
            return RefundStatus(state)
    return RefundStatus.NONE
