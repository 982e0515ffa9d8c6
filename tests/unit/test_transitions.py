"""The transition table, and the booking's states in it."""

from enum import StrEnum
from itertools import product

import pytest

from booking_core.domain.bookings import BOOKING_TRANSITIONS, BookingState
from booking_core.domain.transitions import TransitionTable
from booking_core.errors import IllegalTransition

LEGAL = {
    ("held", "confirmed"),
    ("held", "expired"),
    ("held", "released"),
    ("expired", "confirmed"),
    ("confirmed", "cancelled"),
}


class Light(StrEnum):
    GREEN = "green"
    RED = "red"


LIGHTS = TransitionTable("light", {Light.GREEN: frozenset({Light.RED})})


@pytest.mark.parametrize(("current", "target"), [*product(BookingState, BookingState)])
def test_a_booking_goes_only_where_the_design_says(
    current: BookingState, target: BookingState
) -> None:
    assert BOOKING_TRANSITIONS.allows(current, target) == ((current, target) in LEGAL)


def test_a_state_without_successors_is_final() -> None:
    assert not LIGHTS.allows(Light.RED, Light.GREEN)


def test_no_state_follows_itself_unless_the_table_says_so() -> None:
    assert not LIGHTS.allows(Light.GREEN, Light.GREEN)


def test_require_passes_a_legal_transition() -> None:
    LIGHTS.require(Light.GREEN, Light.RED)


def test_require_names_the_subject_and_both_states() -> None:
    with pytest.raises(IllegalTransition) as refused:
        LIGHTS.require(Light.RED, Light.GREEN)

    assert refused.value.message == "A light that is red cannot become green."
    assert refused.value.details == {"current": "red", "target": "green"}
