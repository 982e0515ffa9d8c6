"""What a ride costs, by hand-made figures."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.fares import (
    Terms,
    cancellation_fee,
    duration_s,
    fare,
    fare_bounds,
    final_fare,
    is_night,
    road_distance_m,
    surge_percent,
    terms_of,
)
from booking_core.domain.geo import Point, haversine_m
from booking_core.domain.policies.rides import FarePolicy, SurgePolicy
from booking_core.trades.rides import TARIFFS

POLICY = FarePolicy()
PLAIN = Terms(5_000, 1_400, 150, 8_000, 4_000, 100, 100)
AMOUNTS = st.integers(0, 10**6)
NOW = datetime(2035, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("terms", "distance_m", "seconds", "expected"),
    [
        (PLAIN, 10_000, 1_200, 5_000 + 14_000 + 3_000),
        (PLAIN, 0, 0, 8_000),
        (PLAIN, 1_999, 59, 8_000),
        (Terms(5_000, 1_400, 150, 8_000, 4_000, 125, 100), 10_000, 1_200, 27_500),
        (Terms(5_000, 1_400, 150, 8_000, 4_000, 125, 200), 10_000, 1_200, 55_000),
        (Terms(1, 1, 1, 0, 0, 150, 100), 500, 30, 5),
    ],
)
def test_a_fare(terms: Terms, distance_m: int, seconds: int, expected: int) -> None:
    assert fare(terms, distance_m, seconds) == expected


def test_a_degree_of_latitude_and_a_quarter_of_the_earth() -> None:
    assert haversine_m(Point(0, 0), Point(1, 0)) == pytest.approx(111_195, abs=1)
    assert haversine_m(Point(0, 0), Point(0, 90)) == pytest.approx(10_007_557, abs=1)
    assert haversine_m(Point(0, 179.5), Point(0, -179.5)) == pytest.approx(111_195, abs=1)
    assert haversine_m(Point(90, 0), Point(-90, 0)) == pytest.approx(20_015_115, abs=1)


def test_roads_are_longer_than_the_crows_way() -> None:
    assert road_distance_m(Point(0, 0), Point(1, 0), POLICY) == pytest.approx(144_554, abs=1)
    assert duration_s(22_000, 22) == 3_600


@pytest.mark.parametrize(
    ("hour_utc", "night"),
    [(17, False), (18, True), (23, True), (0, False), (1, False)],
)
def test_night_is_by_the_clocks_of_the_area(hour_utc: int, night: bool) -> None:
    at = datetime(2035, 6, 1, hour_utc, 0, tzinfo=UTC)

    assert is_night(at, "Asia/Kolkata", POLICY) is night


def test_night_may_lie_within_one_day() -> None:
    policy = FarePolicy(night_from=0, night_until=4)

    assert is_night(datetime(2035, 6, 1, 3, tzinfo=UTC), "UTC", policy)
    assert not is_night(datetime(2035, 6, 1, 4, tzinfo=UTC), "UTC", policy)


@pytest.mark.parametrize(
    ("requests", "drivers", "percent"),
    [(2, 0, 100), (3, 0, 200), (3, 3, 100), (4, 3, 117), (6, 3, 150), (30, 3, 200), (3, 9, 100)],
)
def test_surge_is_by_supply_and_demand_and_bounded(
    requests: int, drivers: int, percent: int
) -> None:
    assert surge_percent(requests, drivers, SurgePolicy()) == percent


def test_night_counts_at_night_alone() -> None:
    economy = TARIFFS[0]

    assert terms_of(economy, night=False, surge=100).night_percent == 100
    assert terms_of(economy, night=True, surge=150).night_percent == 125


@given(AMOUNTS, st.integers(0, 10**6), st.integers(-60, 10**5))
def test_a_final_fare_is_within_its_bounds(estimate: int, distance_m: int, seconds: int) -> None:
    least, most = fare_bounds(estimate, POLICY)

    found = final_fare(PLAIN, estimate, distance_m, timedelta(seconds=seconds), POLICY)

    assert least <= found <= most
    assert (most - estimate) * 100 <= estimate * POLICY.bound_percent + 50


def test_a_trip_that_takes_as_long_as_estimated_costs_the_estimate() -> None:
    estimate = fare(PLAIN, 10_000, 1_200)

    assert final_fare(PLAIN, estimate, 10_000, timedelta(minutes=20), POLICY) == estimate


@pytest.mark.parametrize(
    ("accepted", "arrived", "estimate", "fee"),
    [
        (None, None, 9_000, 0),
        (120, None, 9_000, 0),
        (121, None, 9_000, 4_000),
        (60, 1, 9_000, 4_000),
        (600, None, 3_000, 3_000),
    ],
)
def test_a_cancellation_fee(
    accepted: int | None, arrived: int | None, estimate: int, fee: int
) -> None:
    def ago(seconds: int | None) -> datetime | None:
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    assert fee == cancellation_fee(
        PLAIN,
        estimate,
        accepted_at=ago(accepted),
        arrived_at=ago(arrived),
        now=NOW,
        policy=POLICY,
    )
