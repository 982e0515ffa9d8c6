"""The states of a ride, its code, and who is asked: the rules alone."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.dispatch import after_wave, not_to_be_asked, waves_to_try
from booking_core.domain.fares import Terms, VehicleType
from booking_core.domain.geo import Place, Point
from booking_core.domain.otp import code_of, guessed, is_good
from booking_core.domain.policies.rides import CodePolicy, FarePolicy, OfferPolicy
from booking_core.domain.rides import (
    RIDE_TRANSITIONS,
    OfferState,
    Party,
    Ride,
    RideState,
    accepted,
    arrived,
    cancelled,
    completed,
    expired,
    offered_anew,
    rated,
    started,
)
from booking_core.errors import IllegalTransition, InvalidRequest, OtpExhausted, OtpInvalid
from tests.support.builders import NOW

KEY = b"k" * 32
OFFERS = OfferPolicy()
MOVES = {
    "pending": {"accepted", "cancelled", "expired"},
    "accepted": {"arrived", "on_trip", "cancelled", "pending"},
    "arrived": {"on_trip", "cancelled", "pending"},
    "on_trip": {"completed", "cancelled"},
    "completed": set(),
    "cancelled": set(),
    "expired": set(),
}


def a_ride(state: RideState = RideState.PENDING, **changes: object) -> Ride:
    ride = Ride(
        id="r1",
        number=7,
        rider_id="ann",
        area_id="a1",
        vehicle_type=VehicleType.ECONOMY,
        state=state,
        pickup=Place("here", Point(0, 0)),
        dropoff=Place("there", Point(0, 0.1)),
        distance_m=14_000,
        duration_s=2_000,
        terms=Terms(5_000, 1_400, 150, 8_000, 4_000, 100, 100),
        estimate=29_600,
        currency="INR",
        requested_at=NOW,
        expires_at=NOW + timedelta(minutes=5),
        driver_id=None if state is RideState.PENDING else "bob",
        accepted_at=None if state is RideState.PENDING else NOW,
        otp_issue=1,
    )
    return replace(ride, **changes)  # type: ignore[arg-type]  # options are passed on


@pytest.mark.parametrize("current", RideState)
@pytest.mark.parametrize("target", RideState)
def test_which_state_may_follow_which(current: RideState, target: RideState) -> None:
    assert RIDE_TRANSITIONS.allows(current, target) is (target in MOVES[current])


@pytest.mark.parametrize("state", RideState)
def test_every_act_is_refused_where_the_table_does_not_allow_it(state: RideState) -> None:
    ride = a_ride(state, driver_id=None)
    acts: list[tuple[Callable[[], Ride], RideState]] = [
        (lambda: accepted(ride, "bob", NOW), RideState.ACCEPTED),
        (lambda: arrived(ride, NOW), RideState.ARRIVED),
        (lambda: started(ride, NOW), RideState.ON_TRIP),
        (lambda: completed(ride, FarePolicy(), NOW), RideState.COMPLETED),
        (lambda: expired(ride, NOW), RideState.EXPIRED),
        (
            lambda: cancelled(ride, Party.OPERATOR, None, FarePolicy(), NOW),
            RideState.CANCELLED,
        ),
    ]
    for act, target in acts:
        if target in MOVES[state]:
            assert act().state is target
        else:
            with pytest.raises(IllegalTransition):
                act()


def test_a_request_past_its_end_can_neither_be_taken_nor_cancelled() -> None:
    late = NOW + timedelta(minutes=5)

    acts: list[Callable[[], Ride]] = [
        lambda: accepted(a_ride(), "bob", late),
        lambda: cancelled(a_ride(), Party.RIDER, None, FarePolicy(), late),
    ]
    for act in acts:
        with pytest.raises(IllegalTransition):
            act()


def test_a_ride_that_lost_its_driver_begins_anew() -> None:
    ride = a_ride(RideState.ARRIVED, arrived_at=NOW, otp_tries=3, wave=4)

    anew = offered_anew(ride, timedelta(minutes=5), NOW + timedelta(minutes=9))

    assert (anew.state, anew.driver_id, anew.accepted_at, anew.arrived_at) == (
        RideState.PENDING,
        None,
        None,
        None,
    )
    assert anew.wave == 0
    assert anew.expires_at == NOW + timedelta(minutes=14)
    assert accepted(anew, "eve", NOW).otp_issue == 2
    assert accepted(anew, "eve", NOW).otp_tries == 0
    assert accepted(anew, "bob", NOW, again=True).otp_tries == 3


@pytest.mark.parametrize("stars", [0, 6, -1, True])
def test_a_rating_has_one_to_five_stars(stars: int) -> None:
    with pytest.raises(InvalidRequest):
        rated(a_ride(RideState.COMPLETED), stars, None)


def test_a_code_is_six_digits_that_tell_nothing_of_the_next() -> None:
    codes = [code_of(KEY, number, issue) for number in range(50) for issue in range(20)]

    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert codes[0] == code_of(KEY, 0, 0)
    assert codes[0] != code_of(b"j" * 32, 0, 0)
    assert Counter(codes).most_common(1)[0][1] <= 2
    # The digits of ride 1, issue 11 are not those of ride 11, issue 1.
    assert code_of(KEY, 1, 11) != code_of(KEY, 11, 1)


@given(st.lists(st.integers(0, 999_999), max_size=20))
def test_at_most_five_guesses_are_looked_at(guesses: list[int]) -> None:
    ride, looked_at = a_ride(RideState.ACCEPTED), 0
    right = code_of(KEY, 7, 1)
    for guess in guesses:
        try:
            ride, refusal = guessed(ride, f"{guess:06}", KEY, NOW, CodePolicy())
        except (OtpExhausted, IllegalTransition):
            continue
        looked_at += 1
        assert (refusal is None) == (f"{guess:06}" == right)
        if refusal is not None:
            assert isinstance(refusal, OtpInvalid)
            assert refusal.details["attempts_left"] == 5 - looked_at

    assert looked_at <= 5
    assert ride.state is (RideState.ON_TRIP if ride.started_at is not None else RideState.ACCEPTED)


def test_the_right_code_after_five_wrong_ones_is_no_good() -> None:
    ride = a_ride(RideState.ACCEPTED, otp_tries=5)

    with pytest.raises(OtpExhausted):
        guessed(ride, code_of(KEY, 7, 1), KEY, NOW, CodePolicy())
    assert not is_good(ride, NOW, CodePolicy())


@pytest.mark.parametrize(
    ("arrived_s", "issued_s", "asked_s", "good"),
    [
        (None, 0, 9_999, True),
        (100, 0, 699, True),
        (100, 0, 700, False),
        (100, 500, 1_099, True),
        (100, 500, 1_100, False),
    ],
)
def test_how_long_a_code_is_good(
    arrived_s: int | None, issued_s: int, asked_s: int, good: bool
) -> None:
    ride = a_ride(
        RideState.ACCEPTED if arrived_s is None else RideState.ARRIVED,
        arrived_at=None if arrived_s is None else NOW + timedelta(seconds=arrived_s),
        otp_issued_at=NOW + timedelta(seconds=issued_s),
    )

    assert is_good(ride, NOW + timedelta(seconds=asked_s), CodePolicy()) is good


@pytest.mark.parametrize(
    ("wave", "following"), [(0, [1, 2, 3, 4]), (2, [3, 4]), (3, [4]), (4, [5]), (9, [10])]
)
def test_waves_reach_farther_until_the_last(wave: int, following: list[int]) -> None:
    waves = waves_to_try(wave, OFFERS)

    assert list(waves) == following
    radii = [OFFERS.radius_m(one) for one in waves]
    assert radii == sorted(radii)
    assert radii[-1] == OFFERS.reach_m


def test_who_is_passed_over() -> None:
    states = {str(state): state for state in OfferState}

    assert not_to_be_asked(states, 1, OFFERS) == set(states) - {"withdrawn"}
    assert not_to_be_asked(states, 4, OFFERS) == set(states) - {"withdrawn", "timed_out"}


def test_the_next_wave_is_due_when_the_offers_end_or_soon() -> None:
    ride = a_ride()

    assert after_wave(ride, 1, 3, OFFERS, NOW).next_wave_at == NOW + OFFERS.lasts
    assert after_wave(ride, 1, 0, OFFERS, NOW).next_wave_at == NOW + OFFERS.pause
    late = ride.expires_at - timedelta(seconds=1)
    assert after_wave(ride, 1, 3, OFFERS, late).next_wave_at == ride.expires_at
