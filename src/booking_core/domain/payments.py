"""Payments and refunds: their states, and what may become of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

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
    """`failed`: given up on after the last try, until an operator asks for another."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


REFUND_TRANSITIONS = TransitionTable(
    "refund",
    {
        RefundState.PENDING: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
        # Money that has gone back is gone, though another try was believed to be the last.
        RefundState.FAILED: frozenset({RefundState.PENDING, RefundState.SUCCEEDED}),
    },
)


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

    @property
    def confirmed_booking_id(self) -> str | None:
        """The booking it bought, if it did."""
        return self.booking_id if self.state is PaymentState.SUCCEEDED else None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_PAYMENTS

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        return {
            "id": self.id,
            "booking_id": self.booking_id,
            "customer_id": self.customer_id,
            "amount": self.amount,
            "currency": self.currency,
            "method": self.method,
            "gateway": self.gateway,
            "gateway_ref": self.gateway_ref,
            "state": str(self.state),
            "failure": self.failure,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }


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
    tries: int
    next_try_at: datetime
    failure: str | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        return {
            "id": self.id,
            "payment_id": self.payment_id,
            "booking_id": self.booking_id,
            "cancellation_id": self.cancellation_id,
            "amount": self.amount,
            "currency": self.currency,
            "state": str(self.state),
            "tries": self.tries,
            "next_try_at": self.next_try_at.isoformat(),
            "failure": self.failure,
            "created_at": self.created_at.isoformat(),
            "completed_at": self.completed_at.isoformat() if self.completed_at else None,
        }
