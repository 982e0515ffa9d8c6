"""How often a login may fail."""

from datetime import datetime, timedelta

import pytest

from booking_core.domain.policies.logins import LoginPolicy
from booking_core.errors import TooManyAttempts
from tests.support.builders import NOW

POLICY = LoginPolicy(attempts=3, window=timedelta(minutes=10))


def failures(*minutes_ago: float) -> list[datetime]:
    return [NOW - timedelta(minutes=ago) for ago in minutes_ago]


def test_the_default_is_five_in_fifteen_minutes_and_sessions_of_thirty_days() -> None:
    assert LoginPolicy() == LoginPolicy(5, timedelta(minutes=15), timedelta(days=30))


@pytest.mark.parametrize("ago", [(), (1,), (1, 2)])
def test_below_the_limit_one_may_try(ago: tuple[float, ...]) -> None:
    POLICY.require_attempt_left(failures(*ago), NOW)


@pytest.mark.parametrize(
    ("ago", "seconds"),
    [((1, 2, 3), 420), ((0, 0, 0), 600), ((1, 2, 9.999), 1), ((1, 2, 3, 9), 420)],
)
def test_at_the_limit_one_is_told_when_to_come_back(ago: tuple[float, ...], seconds: int) -> None:
    with pytest.raises(TooManyAttempts) as refused:
        POLICY.require_attempt_left(failures(*ago), NOW)

    assert refused.value.details == {"retry_after": seconds}
