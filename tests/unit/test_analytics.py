"""Sums over sales."""

from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.analytics import Sale, SalesTally, average, shares, utilization

MONEY = st.integers(0, 10**12)


@given(MONEY, st.dictionaries(st.text("abc", min_size=1), MONEY, min_size=1, max_size=5))
def test_parts_sum_up_to_the_whole_and_none_is_off_by_one(
    amount: int, weights: dict[str, int]
) -> None:
    parts, total = shares(amount, weights), sum(weights.values())

    assert sum(parts.values()) == amount
    assert set(parts) == set(weights)
    if total:
        assert all(
            abs(parts[key] * total - amount * weight) < 2 * total for key, weight in weights.items()
        )


def test_a_booking_counts_on_its_day_there() -> None:
    tally = SalesTally(ZoneInfo("Asia/Kolkata"))
    late = datetime(2024, 1, 1, 18, 30, tzinfo=UTC)
    tally.add(Sale("i", late, 1_000, {"vip": 600, "standard": 600}))
    tally.add(Sale("i", late, 200, {"vip": 400}, is_booking=False))

    assert (tally.bookings, tally.revenue) == (1, 1_200)
    assert tally.by_day == {date(2024, 1, 2): [1, 1_200]}
    assert tally.by_inventory == {"i": [1, 1_200]}
    assert tally.by_tier == Counter({"vip": 700, "standard": 500})


def test_percentages_of_nothing_are_nothing() -> None:
    assert (utilization(0, 0), average([])) == (0.0, 0.0)
    assert (utilization(1, 3), average([50.0, 25.5])) == (33.3, 37.8)
