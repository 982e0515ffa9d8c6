"""The index of drivers finds the same as looking at every driver does."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_core.domain.drivers import NearDriver, Position
from booking_core.domain.geo import Point, haversine_m
from booking_core.engine import cells
from booking_core.engine.cells import CellIndex
from tests.support.builders import NOW

LONG_AGO = NOW - timedelta(seconds=30)
# Cities on cells of all sizes, near a pole and at the edge of the map.
CENTRES = [(19.07, 72.87), (0.0, 0.0), (64.7, 10.5), (78.2, 15.6), (-17.0, 179.99), (-41.3, 174.8)]


def scattered(centre: Point, count: int, spread: float, seed: int) -> list[Position]:
    dice = random.Random(seed)
    return [
        Position(
            f"d{n}",
            Point(
                centre.lat + dice.uniform(-spread, spread),
                (centre.lng + dice.uniform(-spread, spread) + 180) % 360 - 180,
            ),
            NOW,
        )
        for n in range(count)
    ]


def index_of(positions: list[Position]) -> CellIndex:
    index = CellIndex()
    for position in positions:
        index.put(position)
    return index


def nearest(index: CellIndex, at: Point, radius_m: float, wanted: int) -> list[NearDriver]:
    return index.nearest(at, radius_m, wanted, heard_after=LONG_AGO, but=())


@pytest.mark.parametrize("centre", CENTRES)
@settings(max_examples=15)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(0, 120),
    spread=st.sampled_from([0.005, 0.05, 0.3]),
    wanted=st.integers(1, 12),
    radius_m=st.sampled_from([500, 2_000, 15_000]),
)
def test_the_nearest_are_those_that_a_search_of_all_finds(
    *, centre: tuple[float, float], seed: int, count: int, spread: float, wanted: int, radius_m: int
) -> None:
    here = Point(*centre)
    positions = scattered(here, count, spread, seed)

    found = nearest(index_of(positions), here, radius_m, wanted)

    # On a plane, which the index reckons by, two that are as good as equal may change places.
    expected = looked_at_one_by_one(positions, here, radius_m, wanted)
    assert [one.distance_m for one in found] == pytest.approx(expected, rel=2e-3, abs=2)


def looked_at_one_by_one(
    positions: list[Position], here: Point, radius_m: int, wanted: int
) -> list[int]:
    """The distances of the nearest."""
    distances = sorted(round(haversine_m(here, one.point)) for one in positions)
    return [distance for distance in distances if distance <= radius_m][:wanted]


def test_a_search_that_stops_too_early_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: rings are believed to lie farther out than they do."""
    here = Point(*CENTRES[0])
    monkeypatch.setattr(cells, "_SHORTEST_EDGE_M", 20 * cells._SHORTEST_EDGE_M)
    towns = [scattered(here, 60, 0.05, seed) for seed in range(20)]

    assert any(
        [one.distance_m for one in nearest(index_of(town), here, 15_000, 5)]
        != pytest.approx(looked_at_one_by_one(town, here, 15_000, 5), rel=2e-3, abs=2)
        for town in towns
    )


def test_a_driver_is_where_it_was_last() -> None:
    index = index_of([Position("ann", Point(19.0, 72.8), NOW)])
    later = Position("ann", Point(19.2, 72.8), NOW + timedelta(seconds=1))

    assert index.put(later)
    assert not index.put(later)
    assert not index.put(Position("ann", Point(19.1, 72.8), NOW))
    assert index.get("ann") == later
    assert nearest(index, Point(19.0, 72.8), 5_000, 5) == []
    assert [one.driver_id for one in nearest(index, later.point, 5_000, 5)] == ["ann"]


def test_who_was_not_heard_of_or_is_to_be_passed_over_is_not_found() -> None:
    here = Point(19.0, 72.8)
    index = index_of([Position("old", here, LONG_AGO), Position("asked", here, NOW)])

    assert nearest(index, here, 100, 5) == [NearDriver("asked", 0, here)]
    assert index.nearest(here, 100, 5, heard_after=LONG_AGO, but={"asked"}) == []
