"""How much comes back, by the time left before the start."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.policies.refunds import NO_REFUND, RefundPolicy
from booking_core.trades.bus import REFUNDS as BUS_REFUNDS
from booking_core.trades.events import REFUNDS as EVENT_REFUNDS
from tests.support.builders import STARTS_AT

SECOND = timedelta(seconds=1)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("left", "percent"),
    [
        (hours(1_000), 100),
        (hours(48), 100),
        (hours(48) - SECOND, 75),
        (hours(24), 75),
        (hours(24) - SECOND, 50),
        (hours(2), 50),
        (hours(2) - SECOND, 0),
        (timedelta(), 0),
        (-hours(5), 0),
    ],
)
def test_the_bus_refunds_by_48_24_and_2_hours(left: timedelta, percent: int) -> None:
    assert BUS_REFUNDS.percent(STARTS_AT, STARTS_AT - left) == percent
    assert BUS_REFUNDS.refund(10_000, STARTS_AT, STARTS_AT - left) == percent * 100


@pytest.mark.parametrize(
    ("left", "percent"),
    [(hours(24), 100), (hours(24) - SECOND, 50), (timedelta(), 50), (-SECOND, 0)],
)
def test_the_event_refunds_half_until_it_starts(left: timedelta, percent: int) -> None:
    assert EVENT_REFUNDS.percent(STARTS_AT, STARTS_AT - left) == percent


def test_without_tiers_nothing_comes_back() -> None:
    assert NO_REFUND.refund(10_000, STARTS_AT, STARTS_AT - hours(10_000)) == 0


def test_tiers_may_be_given_in_any_order() -> None:
    assert RefundPolicy.of((2, 50), (48, 100), (24, 75)) == BUS_REFUNDS


def test_a_refund_is_rounded_half_up() -> None:
    assert RefundPolicy.of((0, 50)).refund(333, STARTS_AT, STARTS_AT) == 167


@pytest.mark.parametrize("percent", [-1, 101])
def test_no_policy_gives_back_more_than_all_or_less_than_nothing(percent: int) -> None:
    with pytest.raises(ValueError, match="not possible"):
        RefundPolicy.of((0, percent))


POLICIES = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 100)), max_size=6).map(
    lambda pairs: RefundPolicy.of(*pairs)
)


@given(POLICIES)
def test_pairs_give_the_same_policy_back(policy: RefundPolicy) -> None:
    assert RefundPolicy.from_pairs(policy.as_pairs()) == policy


@given(POLICIES, st.integers(0, 10**12), st.integers(-100, 1_000))
def test_a_refund_is_never_negative_and_never_more_than_was_paid(
    policy: RefundPolicy, amount: int, hours_left: int
) -> None:
    assert 0 <= policy.refund(amount, STARTS_AT, STARTS_AT - hours(hours_left)) <= amount
