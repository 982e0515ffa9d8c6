"""Payments and refunds: their states, and what may become of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from booking_core.domain.transitions import TransitionTable


class PaymentState(StrEnum):
    """`succeeded`: captured, and its booking is confirmed. `refunded`: captured, but there was
    nothing left to confirm, so all of it goes back."""

    INITIATED = "initiated"
    REQUIRES_ACTION = "requires_action"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUNDED = "refunded"


OPEN_PAYMENTS = frozenset(
    {PaymentState.INITIATED, PaymentState.REQUIRES_ACTION, PaymentState.PENDING}
)

# Money that arrives after a failure was reported is money all the same.
PAYMENT_TRANSITIONS = TransitionTable(
    "payment",
    {
        PaymentState.INITIATED: frozenset(
            {
                PaymentState.REQUIRES_ACTION,
                PaymentState.PENDING,
                PaymentState.SUCCEEDED,
                PaymentState.FAILED,
                PaymentState.REFUNDED,
            }
        ),
        PaymentState.REQUIRES_ACTION: frozenset(
            {
                PaymentState.PENDING,
                PaymentState.SUCCEEDED,
                PaymentState.FAILED,
                PaymentState.REFUNDED,
            }
        ),
        PaymentState.PENDING: frozenset(
            {PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.REFUNDED}
        ),
        PaymentState.FAILED: frozenset({PaymentState.SUCCEEDED, PaymentState.REFUNDED}),
    },
)


class RefundState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Payment:
    """An attempt to pay for one booking. `amount` in minor units is the server's price."""

    id: str
    booking_id: str
    customer_id: str
    amount: int
    currency: str
    method: str
    gateway: str
    gateway_ref: str | None
    state: PaymentState
    failure: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back. `cancellation_id` is None where no booking could be confirmed."""

    id: str
    payment_id: str
    booking_id: str
    cancellation_id: str | None
    amount: int
    currency: str
    state: RefundState
    created_at: datetime
    completed_at: datetime | None
