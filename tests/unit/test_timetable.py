"""Routes, buses and departures: what makes sense, and when a bus is where."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.timetable import BusDraft, RouteDraft, Stop, legs_on, times_at
from booking_core.domain.timetable_rules import (
    MOST_STOPS_BETWEEN,
    require_bus,
    require_price,
    require_route,
    require_times,
)
from booking_core.engine.importers.bus_layouts import seats_of_bus
from booking_core.errors import InvalidRequest

START = datetime(2030, 1, 20, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def line(*via: tuple[str, int], end: int = 150_000, to: str = "Pune") -> RouteDraft:
    return RouteDraft.between("Mumbai", to, end, [Stop(*stop) for stop in via])


def field_of(check: Callable[..., None], *arguments: object) -> str | None:
    with pytest.raises(InvalidRequest) as refused:
        check(*arguments)
    return refused.value.field


@pytest.mark.parametrize(
    "route",
    [
        line(),
        line(("Lonavala", 83_000)),
        line(("Panvel", 1), ("Lonavala", 149_999)),
        line(("Pune", 70_000), to="Mumbai"),
    ],
)
def test_a_route_that_makes_sense(route: RouteDraft) -> None:
    require_route(route)


@pytest.mark.parametrize(
    ("route", "field"),
    [
        (line(end=0), "distance_km"),
        (line(end=-5), "distance_km"),
        (line(end=10**9), "distance_km"),
        (line(to=" "), "destination_city"),
        (line(to="x" * 101), "destination_city"),
        (line(to="a\x00b"), "destination_city"),
        (line(to="MUMBAI"), "destination_city"),
        (line(("", 1)), "stops"),
        (line(("Lonavala", 0)), "stops"),
        (line(("Lonavala", 150_000)), "stops"),
        (line(("Lonavala", 200_000)), "stops"),
        (line(("Lonavala", 83_000), ("Panvel", 40_000)), "stops"),
        (line(("Lonavala", 83_000), ("Panvel", 83_000)), "stops"),
        (line(("mumbai", 10)), "stops"),
        (line(("Lonavala", 10), ("LONAVALA", 20)), "stops"),
        (line(*((f"S{n}", n + 1) for n in range(MOST_STOPS_BETWEEN + 1))), "stops"),
    ],
)
def test_nonsense_on_a_route_is_named(route: RouteDraft, field: str) -> None:
    assert field_of(require_route, route) == field


@pytest.mark.parametrize(
    ("bus", "field"),
    [
        (BusDraft(" ", "deluxe", 40), "bus_number"),
        (BusDraft("MH-1", "", 40), "bus_type"),
        (BusDraft("MH-1", "deluxe", 0), "total_seats"),
        (BusDraft("MH-1", "deluxe", 121), "total_seats"),
    ],
)
def test_nonsense_on_a_bus_is_named(bus: BusDraft, field: str) -> None:
    require_bus(BusDraft("MH-1", "deluxe", 120))
    assert field_of(require_bus, bus) == field


@pytest.mark.parametrize(
    ("departs_at", "arrives_at", "field"),
    [
        (START, START, "arrives_at"),
        (START, START - HOUR, "arrives_at"),
        (START, START + timedelta(days=7, seconds=1), "arrives_at"),
        (START.replace(tzinfo=None), START + HOUR, "departs_at"),
        (START, START.replace(tzinfo=None), "arrives_at"),
        (datetime.min.replace(tzinfo=UTC), START, "departs_at"),
        (START, datetime.max.replace(tzinfo=UTC), "arrives_at"),
    ],
)
def test_nonsense_in_times_is_named(departs_at: datetime, arrives_at: datetime, field: str) -> None:
    require_times(START, START + timedelta(days=7))
    assert field_of(require_times, departs_at, arrives_at) == field


@pytest.mark.parametrize("price", [-1, 10**13])
def test_prices_have_bounds(price: int) -> None:
    require_price(0)
    assert field_of(require_price, price) == "base_price"


def test_times_between_the_ends_follow_from_the_distances() -> None:
    stops = line(("Panvel", 50_000), ("Lonavala", 100_000)).stops

    legs = legs_on(stops, START, START + 3 * HOUR)

    assert [(leg.number, leg.origin, leg.destination, leg.distance_m) for leg in legs] == [
        (0, "Mumbai", "Panvel", 50_000),
        (1, "Panvel", "Lonavala", 50_000),
        (2, "Lonavala", "Pune", 50_000),
    ]
    assert [leg.departs_at for leg in legs] == [START, START + HOUR, START + 2 * HOUR]
    assert [leg.arrives_at for leg in legs] == [START + HOUR, START + 2 * HOUR, START + 3 * HOUR]


@given(
    st.lists(st.integers(1, 10**7), min_size=1, max_size=20, unique=True),
    st.integers(1, 7 * 86_400),
)
def test_times_never_run_backwards(distances: list[int], seconds: int) -> None:
    stops = [Stop("x", distance) for distance in [0, *sorted(distances)]]
    end = START + timedelta(seconds=seconds)

    times = times_at(stops, START, end)

    assert (len(times), times[0], times[-1]) == (len(stops), START, end)
    assert all(before <= after for before, after in pairwise(times))


@pytest.mark.parametrize(
    ("bus_type", "seats", "labels"),
    [
        ("deluxe", 40, ["A1", "A2", "A3", "A4", "B1", "J3", "J4"]),
        ("deluxe", 6, ["A1", "A2", "A3", "A4", "B1", "B1", "B2"]),
        ("Sleeper", 30, ["A1", "A2", "A3", "B1", "B2", "J2", "J3"]),
        ("deluxe", 120, ["A1", "A2", "A3", "A4", "B1", "AD3", "AD4"]),
    ],
)
def test_seats_are_laid_out_by_type_and_number(
    bus_type: str, seats: int, labels: list[str]
) -> None:
    laid_out = seats_of_bus(bus_type, seats, "Standard")

    shown = [seat.row + seat.number for seat in laid_out]
    assert len(laid_out) == len(set(shown)) == seats
    assert shown[:5] + shown[-2:] == labels
    assert {seat.type for seat in laid_out} == {"standard"}
