"""How long a hold lasts, how far it may be extended, how much one customer may hold."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import ExtensionLimitReached, HoldLimitReached
from tests.support.builders import NOW


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


POLICY = HoldPolicy(duration=minutes(15), longest=minutes(40), customer_limit=4)


def test_the_defaults_are_15_minutes_and_10_places() -> None:
    assert HoldPolicy() == HoldPolicy(minutes(15), minutes(60), 10)


def test_a_hold_lasts_as_long_as_the_policy_says() -> None:
    assert POLICY.expiry(NOW) == NOW + minutes(15)


def test_a_shorter_hold_may_be_asked_for() -> None:
    assert POLICY.expiry(NOW, minutes(0.5)) == NOW + minutes(0.5)


def test_a_longer_hold_than_the_policys_is_never_given() -> None:
    assert POLICY.expiry(NOW, minutes(30)) == NOW + minutes(15)


def test_an_extension_counts_from_now() -> None:
    extended = POLICY.extended_expiry(NOW, NOW + minutes(15), NOW + minutes(10))

    assert extended == NOW + minutes(25)


def test_an_extension_stops_at_the_absolute_cap() -> None:
    extended = POLICY.extended_expiry(NOW, NOW + minutes(35), NOW + minutes(30))

    assert extended == NOW + minutes(40)


def test_an_extension_of_a_time_asked_for_stops_at_the_cap_too() -> None:
    extended = POLICY.extended_expiry(NOW, NOW + minutes(15), NOW, minutes(120))

    assert extended == NOW + minutes(40)


@pytest.mark.parametrize("asked", [None, timedelta.max])
def test_at_the_cap_nothing_is_left_to_extend_by(asked: timedelta | None) -> None:
    with pytest.raises(ExtensionLimitReached) as refused:
        POLICY.extended_expiry(NOW, NOW + minutes(40), NOW + minutes(30), asked)

    assert "40 minutes" in refused.value.message
    assert refused.value.details["limit"] == (NOW + minutes(40)).isoformat()


def test_an_extension_never_shortens_a_hold() -> None:
    with pytest.raises(ExtensionLimitReached):
        POLICY.extended_expiry(NOW, NOW + minutes(15), NOW, minutes(5))


@given(
    held=st.integers(1, 40), elapsed=st.integers(0, 39), asked=st.none() | st.integers(1, 10_000)
)
def test_an_extended_hold_ends_later_than_before_and_by_the_cap(
    held: int, elapsed: int, asked: int | None
) -> None:
    expires_at = NOW + minutes(held)
    try:
        extended = POLICY.extended_expiry(
            NOW, expires_at, NOW + minutes(elapsed), None if asked is None else minutes(asked)
        )
    except ExtensionLimitReached:
        return
    assert expires_at < extended <= NOW + minutes(40)


@pytest.mark.parametrize(("held", "wanted"), [(0, 4), (3, 1), (0, 1)])
def test_up_to_the_limit_may_be_held(held: int, wanted: int) -> None:
    POLICY.require_within_limit(held, wanted)


@pytest.mark.parametrize(("held", "wanted"), [(0, 5), (4, 1), (3, 2)])
def test_more_than_the_limit_is_refused_with_the_figures(held: int, wanted: int) -> None:
    with pytest.raises(HoldLimitReached) as refused:
        POLICY.require_within_limit(held, wanted)

    assert refused.value.details == {"limit": 4, "held": held, "requested": wanted}
