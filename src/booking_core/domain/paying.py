"""What one pays with, what a provider answers, and when a booking may be paid for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from booking_core.domain.bookings import BOOKING_TRANSITIONS, Booking, BookingState
from booking_core.domain.payments import Payment, PaymentState
from booking_core.errors import AlreadyPaid, AmountMismatch, HoldExpired, PaymentInProgress
from booking_core.money import format_money, to_major

# The method of a payment that is written down before the customer says what to pay with.
UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Instrument:
    """What a customer pays with. It lives as long as the request: neither number nor token is
    stored, logged or shown."""

    method: str
    card_number: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def last_four(self) -> str | None:
        """All that may be kept of a card number."""
        digits = [character for character in self.card_number or "" if character.isdecimal()]
        return "".join(digits[-4:]) or None


class GatewayStatus(StrEnum):
    """`unknown`: the provider has never heard of the payment."""

    CAPTURED = "captured"
    REQUIRES_ACTION = "requires_action"
    PENDING = "pending"
    DECLINED = "declined"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """What a provider says of a payment. `reference` is its name for it, where it gave one;
    `failure` says in words for people why it is not captured."""

    status: GatewayStatus
    reference: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """Whether the provider has sent the money back; if not, it is asked again later."""

    is_done: bool
    failure: str | None = None


def require_payable(booking: Booking, now: datetime) -> None:
    """Raises AlreadyPaid, HoldExpired or IllegalTransition but for a live hold."""
    if booking.state is BookingState.CONFIRMED:
        raise AlreadyPaid("This booking is confirmed already. There is nothing left to pay.")
    if booking.state is BookingState.EXPIRED or (
        booking.state is BookingState.HELD and not booking.is_live_hold(now)
    ):
        raise HoldExpired(
            f"This hold expired at {booking.expires_at.isoformat()}. Hold the seats anew.",
            expired_at=booking.expires_at.isoformat(),
        )
    BOOKING_TRANSITIONS.require(booking.state, BookingState.CONFIRMED)


def require_same_amount(
    booking: Booking, amount: int | Decimal | None, currency: str | None
) -> None:
    """What the client names, if anything, must be the price snapshot: minor units as an int, or
    what people write as a Decimal. Raises AmountMismatch."""
    price = to_major(booking.amount, booking.currency)
    is_price = amount == (price if isinstance(amount, Decimal) else booking.amount)
    if not (amount is None or is_price) or currency not in (None, booking.currency):
        raise AmountMismatch(
            f"The price is {format_money(booking.amount, booking.currency)}. Nothing was charged.",
            field="amount",
        )


def to_supersede(payments: Iterable[Payment]) -> list[Payment]:
    """A booking's earlier payments that give way to a new one: those that still wait for their
    customer. Raises AlreadyPaid and PaymentInProgress."""
    known = list(payments)
    if any(payment.state is PaymentState.SUCCEEDED for payment in known):
        raise AlreadyPaid("This booking has been paid for.")
    for payment in known:
        if payment.state in {PaymentState.INITIATED, PaymentState.PENDING}:
            raise PaymentInProgress(
                "A payment for this booking is on its way. Wait for it to end.",
                payment_id=payment.id,
            )
    return [payment for payment in known if payment.state is PaymentState.REQUIRES_ACTION]
