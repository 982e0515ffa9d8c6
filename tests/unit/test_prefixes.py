"""Values by the start of a path: whole parts of it, the longest first."""

import pytest

from booking_api.http.prefixes import ByPrefix


@pytest.fixture
def values() -> ByPrefix[str]:
    found: ByPrefix[str] = ByPrefix("none")
    found.add(("/api", "/ws/events/"), "admission")
    found.add(("/api/v1",), "event")
    return found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/api", "admission"),
        ("/api/", "admission"),
        ("/api/bookings/", "admission"),
        ("/api/v1", "event"),
        ("/api/v1/bookings/1/confirm", "event"),
        ("/api/v10/bookings", "admission"),
        ("/apis", "none"),
        ("/ws/events/1", "admission"),
        ("/ws/seats/1", "none"),
        ("/", "none"),
        ("", "none"),
        ("//api/v1", "none"),
        ("/a" * 10_000, "none"),
    ],
)
def test_the_longest_start_decides(path: str, value: str, values: ByPrefix[str]) -> None:
    assert values.of(path) == value
