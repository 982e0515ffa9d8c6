"""What a cancellation would give back, and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.bookings import BookingState
from booking_core.domain.cancellations import RefundStatus, quote, refund_status
from booking_core.domain.payments import RefundState
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.errors import IllegalTransition, NotCancellable, SeatNotFound
from booking_core.trades.bus import REFUNDS
from tests.support.builders import NOW
from tests.support.ticketing import BOOKING_ID, seat_id, sold

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("left", "percent", "valid_for"),
    [
        (50 * HOUR, 100, 2 * HOUR),
        (48 * HOUR, 100, 0 * HOUR),
        (48 * HOUR - SECOND, 75, 24 * HOUR - SECOND),
        (2 * HOUR, 50, 0 * HOUR),
        (2 * HOUR - SECOND, 0, None),
        (-HOUR, 0, None),
    ],
)
def test_a_quote_says_how_much_and_until_when(
    left: timedelta, percent: int, valid_for: timedelta | None
) -> None:
    found = quote(sold("1A", "1B"), None, REFUNDS, NOW + left, NOW)

    assert (found.percent, found.amount) == (percent, 100_000)
    assert found.refund_amount == 1_000 * percent
    assert found.valid_until == (None if valid_for is None else NOW + valid_for)
    assert found.booking_id == BOOKING_ID


def test_it_is_for_the_seats_asked_for() -> None:
    found = quote(sold("1A", "1B", "1C"), [seat_id("1C"), seat_id("1A")], REFUNDS, NOW, NOW)

    assert [item.label for item in found.items] == ["1A", "1C"]
    assert found.amount == 100_000


@given(
    price=st.integers(0, 10**9),
    percent=st.integers(0, 100),
    seats=st.integers(1, 6),
)
def test_seats_one_by_one_give_the_same_as_all_at_once(
    price: int, percent: int, seats: int
) -> None:
    labels = [f"1{letter}" for letter in "ABCDEF"[:seats]]
    booking, policy = sold(*labels, price=price), RefundPolicy.of((0, percent))

    whole = quote(booking, None, policy, NOW, NOW)
    single = [quote(booking, [seat_id(label)], policy, NOW, NOW) for label in labels]

    assert whole.refund_amount == sum(each.refund_amount for each in single)
    assert 0 <= whole.refund_amount <= whole.amount


def test_a_half_is_rounded_up_for_each_seat() -> None:
    found = quote(sold("1A", "1B", price=101), None, RefundPolicy.of((0, 50)), NOW, NOW)

    assert found.refund_amount == 2 * 51


def test_what_could_not_be_cancelled_has_no_quote() -> None:
    held = replace(sold("1A"), state=BookingState.HELD)
    with pytest.raises(NotCancellable):
        quote(held, None, REFUNDS, NOW, NOW)
    for state in (BookingState.CANCELLED, BookingState.EXPIRED, BookingState.RELEASED):
        with pytest.raises(IllegalTransition):
            quote(replace(sold("1A"), state=state), None, REFUNDS, NOW, NOW)
    with pytest.raises(SeatNotFound):
        quote(sold("1A"), [seat_id("1B")], REFUNDS, NOW, NOW)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], RefundStatus.NONE),
        ([RefundState.SUCCEEDED], RefundStatus.SUCCEEDED),
        ([RefundState.SUCCEEDED, RefundState.PENDING], RefundStatus.PENDING),
        ([RefundState.SUCCEEDED, RefundState.FAILED], RefundStatus.FAILED),
        ([RefundState.FAILED, RefundState.PENDING], RefundStatus.PENDING),
    ],
)
def test_refunds_have_one_status(states: list[RefundState], expected: RefundStatus) -> None:
    assert refund_status(states) is expected
