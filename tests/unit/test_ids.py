"""Identifiers are canonical UUIDv7 (RFC 9562) and sort by the time they were made."""

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.ids import _format, is_id, new_id

MILLISECONDS = st.integers(0, 2**48 - 1)
RANDOM = st.integers(0, 2**80 - 1)


@given(MILLISECONDS, RANDOM)
def test_every_id_is_a_uuid_of_version_7_with_its_time_in_front(
    milliseconds: int, random: int
) -> None:
    text = _format(milliseconds, random)
    uuid = UUID(text)

    assert str(uuid) == text
    assert uuid.version == 7
    assert uuid.variant == RFC_4122
    assert uuid.int >> 80 == milliseconds


@given(MILLISECONDS, MILLISECONDS, RANDOM, RANDOM)
def test_ids_sort_by_time_whatever_their_random_part(
    one: int, other: int, random: int, random_too: int
) -> None:
    earlier, later = sorted((one, other))
    if earlier < later:
        assert _format(earlier, random) < _format(later, random_too)


@given(RANDOM, RANDOM)
def test_ids_of_one_moment_differ_by_74_random_bits(random: int, other: int) -> None:
    version_and_variant = ~(0xF << 76 | 0x3 << 62)
    significant = (1 << 80) - 1 & version_and_variant
    # Bits 62 to 67 of the random number fill no field of the id.
    used = (0xFFF << 68) | (2**62 - 1)

    assert (_format(0, random) == _format(0, other)) == (random & used == other & used)
    assert UUID(_format(0, random)).int & significant == (
        (random >> 68 & 0xFFF) << 64 | random & (2**62 - 1)
    )


def test_new_ids_are_canonical_and_never_the_same() -> None:
    made = [new_id() for _ in range(10_000)]

    assert all(map(is_id, made))
    assert len(set(made)) == len(made)


def test_new_ids_carry_the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking_core.ids.time.time_ns", lambda: 0x0123_4567_89AB * 1_000_000)

    assert new_id().startswith("01234567-89ab-7")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1",
        "01976E00-0000-7000-8000-000000000001",
        "01976e0000007000800000000000000001",
        "{01976e00-0000-7000-8000-000000000001}",
        "01976e00-0000-7000-8000-000000000001\n",
        " 01976e00-0000-7000-8000-000000000001",
        "01976e00-0000-7000-8000-00000000000g",
        "01976e00-0000-7000-8000-00000000000\N{DEVANAGARI DIGIT ONE}",
        "'; DROP TABLE seats; --",
        None,
        7,
        b"01976e00-0000-7000-8000-000000000001",
        ["01976e00-0000-7000-8000-000000000001"],
    ],
)
def test_nothing_else_passes_for_an_id(value: object) -> None:
    assert not is_id(value)
