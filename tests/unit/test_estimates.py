"""Waiting times for people."""

from datetime import timedelta

import pytest

from booking_core.domain.estimates import estimated_wait
from tests.support.builders import NOW


@pytest.mark.parametrize(
    ("places", "freed", "hours", "expected"),
    [
        (1, 0, 24, "unknown"),
        (1, 5, 0, "unknown"),
        (1, 2, 1, "less than an hour"),
        (1, 1, 1, "1-2 hours"),
        (47, 2, 1, "23-24 hours"),
        (24, 1, 1, "1-2 days"),
        (60, 24, 24, "2-3 days"),
        (13, 1, 24, "13-14 days"),
        (14, 1, 24, "2-3 weeks"),
        (55, 1, 24, "7-8 weeks"),
        (56, 1, 24, "more than 8 weeks"),
        (10**9, 1, 10**6, "more than 8 weeks"),
    ],
)
def test_a_wait_in_words(places: int, freed: int, hours: int, expected: str) -> None:
    assert estimated_wait(places, freed, NOW - timedelta(hours=hours), NOW) == expected


def test_a_clock_that_went_back_knows_nothing() -> None:
    assert estimated_wait(1, 1, NOW, NOW - timedelta(hours=1)) == "unknown"
