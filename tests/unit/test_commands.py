"""What is wrong with a request in itself, and telling a repeated request from another."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booking_core.domain.commands import (
    LONGEST_TEXT,
    MOST_PER_COMMAND,
    Cancel,
    Command,
    Confirm,
    Expire,
    Extend,
    HoldBest,
    HoldPlaces,
    Release,
)
from booking_core.errors import (
    BookingError,
    BookingNotFound,
    InvalidRequest,
    InventoryNotFound,
    SeatNotFound,
)
from tests.support.ledgers import hold_best, hold_places, hold_seats

BOOKING_ID = "01976e00-0000-7000-8000-0000000000b1"
SEATS = hold_seats("1A", "1B")
BEST = hold_best(2)
PLACES = hold_places(2)
EXTEND = Extend(booking_id=BOOKING_ID)
CONFIRM = Confirm(booking_id=BOOKING_ID, customer_id="ann", actor="ann")
WELL_FORMED = [SEATS, BEST, PLACES, EXTEND, CONFIRM]
UNSTORABLE = ["a\x00b", "a\ud800b"]
NO_TEXT: list[Any] = ["", "   ", "x" * (LONGEST_TEXT + 1), None, 7, ["ann"], *UNSTORABLE]


def short(value: object) -> str:
    """For test ids: what tells values apart, also such that cannot be printed."""
    return ascii(value)[-24:]


def by_type(value: object) -> str:
    return type(value).__name__


def problem(command: Command, **changes: Any) -> BookingError:
    found = replace(command, **changes).problem()
    assert found is not None, "this should have been found wrong"
    return found


@pytest.mark.parametrize("command", WELL_FORMED, ids=by_type)
def test_a_well_formed_command_has_no_problem(command: Command) -> None:
    assert command.problem() is None
    assert replace(command, idempotency_key="k" * LONGEST_TEXT).problem() is None


@pytest.mark.parametrize("text", NO_TEXT, ids=short)
@pytest.mark.parametrize(
    ("command", "field"),
    [(SEATS, "actor"), (SEATS, "customer_id"), (CONFIRM, "actor")],
)
def test_names_are_short_texts_that_can_be_stored(
    command: Command, field: str, text: object
) -> None:
    found = problem(command, **{field: text})

    assert isinstance(found, InvalidRequest)
    assert found.field == field


@pytest.mark.parametrize("text", [text for text in NO_TEXT if text is not None], ids=short)
def test_the_customer_whose_booking_it_is_has_a_name_that_can_be_stored(text: object) -> None:
    found = problem(CONFIRM, customer_id=text)

    assert found.field in {"customer_id", "booking_id"}


@pytest.mark.parametrize("key", [text for text in NO_TEXT if text is not None], ids=short)
@pytest.mark.parametrize("command", WELL_FORMED, ids=by_type)
def test_idempotency_keys_are_short_texts_that_can_be_stored(command: Command, key: object) -> None:
    found = problem(command, idempotency_key=key)

    assert isinstance(found, InvalidRequest)
    assert found.field == "idempotency_key"


def test_texts_may_be_in_any_script() -> None:
    assert replace(SEATS, customer_id="Zoë Ångström 李 🚌").problem() is None


@pytest.mark.parametrize("command", [SEATS, BEST, PLACES], ids=by_type)
@pytest.mark.parametrize("inventory_id", ["", "7", None, 7, "'; --"], ids=short)
def test_what_is_no_inventory_id_is_no_inventory(command: Command, inventory_id: object) -> None:
    found = problem(command, inventory_id=inventory_id)

    assert isinstance(found, InventoryNotFound)
    assert found.field == "inventory_id"


@pytest.mark.parametrize(
    "command",
    [EXTEND, CONFIRM, *(make(booking_id=BOOKING_ID) for make in (Release, Cancel, Expire))],
)
@pytest.mark.parametrize("booking_id", ["", "7", None, 7, BOOKING_ID.upper()], ids=short)
def test_what_is_no_booking_id_is_no_booking(command: Command, booking_id: object) -> None:
    found = problem(command, booking_id=booking_id)

    assert isinstance(found, BookingNotFound)
    assert found.field == "booking_id"


@pytest.mark.parametrize("command", [BEST, PLACES], ids=by_type)
@pytest.mark.parametrize(
    "quantity", [0, -1, MOST_PER_COMMAND + 1, 1.0, "2", None, True, 10**30], ids=short
)
def test_quantities_are_positive_whole_numbers(command: Command, quantity: object) -> None:
    found = problem(command, quantity=quantity)

    assert isinstance(found, InvalidRequest)
    assert found.field == "quantity"


@pytest.mark.parametrize("command", [BEST, PLACES], ids=by_type)
@pytest.mark.parametrize("quantity", [1, MOST_PER_COMMAND], ids=short)
def test_quantities_from_1_to_the_bound_are_taken(command: Command, quantity: int) -> None:
    assert replace(command, quantity=quantity).problem() is None  # type: ignore[call-arg]  # commands of several types


@pytest.mark.parametrize("tier", [["VIP"], {"VIP"}, 7, *UNSTORABLE, "x" * 10_000], ids=short)
@pytest.mark.parametrize("command", [BEST, PLACES], ids=by_type)
def test_a_tier_is_named_by_a_storable_text(command: Command, tier: object) -> None:
    found = problem(command, tier=tier)

    assert found.field == "tier"


@pytest.mark.parametrize("seat_ids", [(), SEATS.seat_ids * MOST_PER_COMMAND], ids=short)
def test_one_to_a_thousand_seats_may_be_named(seat_ids: tuple[str, ...]) -> None:
    found = problem(SEATS, seat_ids=seat_ids)

    assert isinstance(found, InvalidRequest)
    assert found.field == "seat_ids"


@pytest.mark.parametrize("seat", ["1A", "", None, 7, SEATS.seat_ids[0].upper()], ids=short)
def test_what_is_no_seat_id_is_no_seat(seat: object) -> None:
    found = problem(SEATS, seat_ids=(*SEATS.seat_ids, seat))

    assert isinstance(found, SeatNotFound)
    assert found.field == "seat_ids"


def test_a_seat_may_be_named_only_once() -> None:
    found = problem(SEATS, seat_ids=(*SEATS.seat_ids, SEATS.seat_ids[0]))

    assert isinstance(found, InvalidRequest)
    assert found.field == "seat_ids"
    assert "more than once" in found.message


@pytest.mark.parametrize("seat_ids", [None, 7])
def test_seats_that_are_no_list_are_refused_without_an_accident(seat_ids: object) -> None:
    assert problem(SEATS, seat_ids=seat_ids).field == "seat_ids"


@pytest.mark.parametrize(
    "legs", [{"from_leg": "0"}, {"from_leg": None}, {"from_leg": True}], ids=short
)
def test_a_first_leg_is_a_whole_number(legs: dict[str, Any]) -> None:
    assert problem(SEATS, **legs).field == "from_leg"


@pytest.mark.parametrize("to_leg", ["1", 1.0, False], ids=short)
def test_a_last_leg_is_a_whole_number(to_leg: object) -> None:
    assert isinstance(problem(SEATS, to_leg=to_leg), InvalidRequest)


@pytest.mark.parametrize("duration", [timedelta(), timedelta(seconds=-1), 300, "5m"], ids=short)
@pytest.mark.parametrize("command", [SEATS, BEST, PLACES, EXTEND], ids=by_type)
def test_durations_are_times_longer_than_nothing(command: Command, duration: object) -> None:
    found = problem(command, duration=duration)

    assert isinstance(found, InvalidRequest)
    assert found.field == "duration"


def test_keys_belong_to_the_customer_or_else_to_who_acts() -> None:
    assert replace(SEATS, actor="clerk").principal == "ann"
    assert replace(CONFIRM, actor="clerk").principal == "ann"
    assert replace(CONFIRM, customer_id=None, actor="clerk").principal == "clerk"


def test_the_same_request_has_the_same_fingerprint_whoever_sends_it_under_whatever_key() -> None:
    for command in WELL_FORMED:
        again = replace(command, actor="clerk", idempotency_key="k1")
        assert again.fingerprint() == command.fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        {"inventory_id": BOOKING_ID},
        {"customer_id": "bob"},
        {"from_leg": 1},
        {"to_leg": 1},
        {"duration": timedelta(minutes=1)},
        {"seat_ids": SEATS.seat_ids[:1]},
        {"seat_ids": SEATS.seat_ids[::-1]},
    ],
    ids=short,
)
def test_any_other_request_has_another_fingerprint(change: dict[str, Any]) -> None:
    assert replace(SEATS, **change).fingerprint() != SEATS.fingerprint()


def test_different_acts_on_one_booking_have_different_fingerprints() -> None:
    acts = [make(booking_id=BOOKING_ID) for make in (Extend, Release, Confirm, Cancel, Expire)]

    assert len({act.fingerprint() for act in acts}) == len(acts)


def test_values_cannot_imitate_other_fields() -> None:
    one = HoldPlaces(
        inventory_id=PLACES.inventory_id, customer_id="ann", quantity=1, tier="a\ntier='b'"
    )

    assert one.fingerprint() != replace(one, tier="a").fingerprint()
    best = HoldBest(inventory_id=one.inventory_id, customer_id="ann", quantity=1)
    assert replace(one, tier=None).fingerprint() != best.fingerprint()
