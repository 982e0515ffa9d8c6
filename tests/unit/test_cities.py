"""Names of cities as people type them, and the part of a line between two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.cities import city_key, shortest_part


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pune", "PUNE"),
        ("  Navi   Mumbai ", "navi mumbai"),
        ("Zürich", "Zurich"),
        ("Zu\u0308rich", "Zürich"),
        ("São Paulo", "sao paulo"),
        ("Łódź", "Lodz"),
        ("Tromsø", "TROMSO"),
        ("Gießen", "GIESSEN"),
        ("İzmir", "izmir"),
        ("Đà Nẵng", "Da Nang"),
        ("Αθήνα", "αθηνα"),
    ],
)
def test_case_accents_and_spaces_do_not_matter(one: str, other: str) -> None:
    assert city_key(one) == city_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Pune", "Puna"), ("पुणे", "पणे"), ("Bern", "Be rn"), ("かが", "かか")]
)
def test_other_names_stay_apart(one: str, other: str) -> None:
    """Also where a script writes its vowels and its consonants with marks."""
    assert city_key(one) != city_key(other)


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(name: str) -> None:
    assert city_key(city_key(name)) == city_key(name)


@pytest.mark.parametrize(
    ("line", "origin", "destination", "part"),
    [
        ("ABCD", "A", "D", (0, 3)),
        ("ABCD", "B", "C", (1, 2)),
        ("ABCD", None, None, (0, 3)),
        ("ABCD", "C", None, (2, 3)),
        ("ABCD", None, "B", (0, 1)),
        ("ABCD", "C", "B", None),
        ("ABCD", "B", "B", None),
        ("ABCD", "X", "D", None),
        ("ABCD", "D", None, None),
        ("ABCD", None, "A", None),
    ],
)
def test_a_part_leads_from_the_one_to_the_other(
    line: str, origin: str | None, destination: str | None, part: tuple[int, int] | None
) -> None:
    assert shortest_part(line, origin, destination) == part


@pytest.mark.parametrize(
    ("origin", "destination", "part"),
    [
        ("A", "C", (2, 3)),
        ("A", "B", (0, 1)),
        ("B", "A", (1, 2)),
        ("A", "A", (0, 2)),
        ("A", None, (2, 5)),
        (None, "B", (0, 1)),
        ("C", "B", (3, 4)),
    ],
)
def test_where_a_line_calls_twice_it_is_the_shortest_ride(
    origin: str | None, destination: str | None, part: tuple[int, int]
) -> None:
    assert shortest_part("ABACBD", origin, destination) == part
