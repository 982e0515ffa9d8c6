"""When a booking may be paid for, and with what."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.paying import require_payable, require_same_amount, to_supersede
from booking_core.domain.payments import (
    OPEN_PAYMENTS,
    PAYMENT_TRANSITIONS,
    REFUND_TRANSITIONS,
    Payment,
    PaymentState,
    RefundState,
)
from booking_core.errors import (
    AlreadyPaid,
    AmountMismatch,
    HoldExpired,
    IllegalTransition,
    PaymentInProgress,
)
from tests.support.builders import NOW

ID = "01976e00-0000-7000-8000-000000000001"
HELD = Booking(
    id=ID,
    inventory_id=ID,
    customer_id="ann",
    state=BookingState.HELD,
    items=(),
    places=1,
    from_leg=0,
    to_leg=1,
    amount=50_000,
    currency="INR",
    held_at=NOW,
    expires_at=NOW + timedelta(minutes=15),
)


def payment(state: PaymentState) -> Payment:
    return Payment(
        id=ID,
        booking_id=ID,
        customer_id="ann",
        amount=50_000,
        currency="INR",
        method="card",
        gateway="sandbox",
        gateway_ref=None,
        state=state,
        failure=None,
        created_at=NOW,
        updated_at=NOW,
    )


def test_a_live_hold_may_be_paid_for() -> None:
    require_payable(HELD, NOW)


@pytest.mark.parametrize(
    ("state", "minutes", "refusal"),
    [
        (BookingState.HELD, 15, HoldExpired),
        (BookingState.EXPIRED, 0, HoldExpired),
        (BookingState.CONFIRMED, 0, AlreadyPaid),
        (BookingState.CANCELLED, 0, IllegalTransition),
        (BookingState.RELEASED, 0, IllegalTransition),
    ],
)
def test_nothing_else_may(state: BookingState, minutes: int, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        require_payable(replace(HELD, state=state), NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (None, None),
        (50_000, None),
        (50_000, "INR"),
        (None, "INR"),
        (Decimal(500), None),
        (Decimal("500.00"), "INR"),
    ],
)
def test_the_price_may_be_named_in_either_unit(
    amount: int | Decimal | None, currency: str | None
) -> None:
    require_same_amount(HELD, amount, currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (500, None),
        (49_999, None),
        (0, None),
        (Decimal(50_000), None),
        (Decimal("500.001"), None),
        (Decimal(0), None),
        (50_000, "USD"),
    ],
)
def test_another_price_is_refused(amount: int | Decimal, currency: str | None) -> None:
    with pytest.raises(AmountMismatch):
        require_same_amount(HELD, amount, currency)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (PaymentState.INITIATED, PaymentInProgress),
        (PaymentState.PENDING, PaymentInProgress),
        (PaymentState.SUCCEEDED, AlreadyPaid),
        (PaymentState.REQUIRES_ACTION, None),
        (PaymentState.FAILED, None),
        (PaymentState.REFUNDED, None),
    ],
)
def test_which_payments_stand_in_the_way(
    state: PaymentState, refusal: type[Exception] | None
) -> None:
    earlier = [payment(PaymentState.FAILED), payment(state)]
    if refusal is None:
        gives_way = [payment(state)] if state is PaymentState.REQUIRES_ACTION else []
        assert to_supersede(earlier) == gives_way
    else:
        with pytest.raises(refusal):
            to_supersede(earlier)


def test_every_payment_may_turn_out_to_be_captured_and_then_nothing_changes_it() -> None:
    settled = {PaymentState.SUCCEEDED, PaymentState.REFUNDED}
    for state in PaymentState:
        for target in settled:
            assert PAYMENT_TRANSITIONS.allows(state, target) == (state not in settled)
        assert PAYMENT_TRANSITIONS.allows(state, PaymentState.FAILED) == (state in OPEN_PAYMENTS)


def test_a_refund_that_was_sent_stays_so() -> None:
    assert not any(
        REFUND_TRANSITIONS.allows(RefundState.SUCCEEDED, target) for target in RefundState
    )
    assert REFUND_TRANSITIONS.allows(RefundState.FAILED, RefundState.PENDING)
