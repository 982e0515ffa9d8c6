"""How long to wait before something is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.policies.retries import RetryPolicy

POLICY = RetryPolicy(timedelta(seconds=10), timedelta(seconds=60), 5)


def test_waits_double_up_to_the_longest() -> None:
    waits = [POLICY.wait(tries, 0).total_seconds() for tries in range(1, 6)]

    assert waits == [10, 20, 40, 60, 60]


def test_the_last_try_is_the_last() -> None:
    assert [POLICY.is_last(tries) for tries in range(1, 7)] == [False] * 4 + [True] * 2


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_chance_takes_up_to_half_away(tries: int, chance: float) -> None:
    full = POLICY.wait(tries, 0)

    assert full / 2 <= POLICY.wait(tries, chance) <= full


@pytest.mark.parametrize("tries", [1, 31, 1_000])
def test_the_defaults_never_overflow(tries: int) -> None:
    assert RetryPolicy().wait(tries, 0) <= timedelta(hours=4)
