"""What a part of a journey costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.pricing import journey_price
from tests.support.builders import STARTS_AT, legs_from

DISTANCES = st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=8)


def test_the_whole_trip_costs_its_price_whatever_the_distances() -> None:
    assert journey_price(999, legs_from(STARTS_AT, 3, [1, 1, 1]), 0, 3) == 999


def test_an_event_without_legs_costs_its_price() -> None:
    assert journey_price(5_000, (), 0, 1) == 5_000


@pytest.mark.parametrize(("span", "price"), [((0, 1), 1_000), ((1, 3), 8_000), ((2, 3), 5_000)])
def test_a_part_costs_its_share_by_distance(span: tuple[int, int], price: int) -> None:
    legs = legs_from(STARTS_AT, 3, [10_000, 30_000, 50_000])

    assert journey_price(9_000, legs, *span) == price


def test_a_part_costs_its_share_by_legs_where_a_distance_is_unknown() -> None:
    assert journey_price(9_000, legs_from(STARTS_AT, 3, [1, None, 1_000]), 0, 1) == 3_000


def test_a_part_is_rounded_half_up() -> None:
    assert journey_price(1_001, legs_from(STARTS_AT, 2), 0, 1) == 501


def test_legs_that_lead_nowhere_cost_the_whole_trip() -> None:
    assert journey_price(9_000, legs_from(STARTS_AT, 3, [0, 0, 0]), 0, 1) == 9_000


@given(st.integers(0, 10**9), DISTANCES, st.data())
def test_a_part_never_costs_more_than_the_whole_and_a_longer_part_no_less(
    price: int, distances: list[int | None], data: st.DataObject
) -> None:
    legs = legs_from(STARTS_AT, len(distances), distances)
    start = data.draw(st.integers(0, len(legs) - 1))
    end = data.draw(st.integers(start + 1, len(legs)))
    wider_end = data.draw(st.integers(end, len(legs)))

    part = journey_price(price, legs, start, end)

    assert 0 <= part <= journey_price(price, legs, start, wider_end) <= price
