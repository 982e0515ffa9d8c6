"""The same key and request by the same principal gives the same answer, for 24 hours."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.commands import Confirm, HoldPlaces, HoldSeats
from booking_core.errors import (
    BookingError,
    BookingNotFound,
    HoldExpired,
    IdempotencyKeyReused,
    NotEnoughPlaces,
    SeatTaken,
)
from booking_core.ids import new_id
from tests.support.builders import bus, counted, hold, seat_ids
from tests.support.raw import scalar

DAY = timedelta(hours=24)


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


@pytest.fixture
def inventory(system: BookingSystem) -> str:
    return system.create_inventory(counted({"General": 10}))


def stored(url: str) -> int:
    return int(scalar(url, "SELECT count(*) FROM idempotency_records"))


def test_a_repeated_request_gets_the_same_booking_and_does_nothing(
    system: BookingSystem, inventory: str
) -> None:
    first = system.hold_places(inventory, "ann", 2, idempotency_key="k1")
    again = system.hold_places(inventory, "ann", 2, idempotency_key="k1")

    assert again == first
    assert system.inventory(inventory).available == 8
    assert system.inventory(inventory).version == 1


def test_the_answer_is_the_one_given_then_not_what_became_of_it(
    system: BookingSystem, inventory: str, clock: ManualClock
) -> None:
    first = system.hold_places(inventory, "ann", 2, idempotency_key="k1")
    sold = system.confirm(first.id, idempotency_key="k2")
    clock.advance(hours=5)
    system.cancel(first.id, idempotency_key="k3")

    assert system.hold_places(inventory, "ann", 2, idempotency_key="k1") == first
    assert system.confirm(first.id, idempotency_key="k2") == sold
    assert system.booking(first.id).state is BookingState.CANCELLED


def test_a_refusal_is_repeated_even_when_it_would_go_through_now(
    system: BookingSystem, inventory: str
) -> None:
    full = system.hold_places(inventory, "bob", 10)
    with pytest.raises(NotEnoughPlaces) as refused:
        system.hold_places(inventory, "ann", 1, idempotency_key="k1")
    system.release(full.id)

    with pytest.raises(NotEnoughPlaces) as again:
        system.hold_places(inventory, "ann", 1, idempotency_key="k1")

    assert again.value.as_dict() == refused.value.as_dict()


def test_what_is_not_found_is_not_found_again(system: BookingSystem, database_url: str) -> None:
    absent = new_id()

    for _ in range(2):
        with pytest.raises(BookingNotFound):
            system.confirm(absent, customer_id="ann", idempotency_key="k1")

    assert stored(database_url) == 1


@pytest.mark.parametrize(
    "other", [{"quantity": 3}, {"tier": "General"}, {"duration": timedelta(minutes=1)}]
)
def test_another_request_under_the_same_key_is_refused(
    system: BookingSystem, inventory: str, other: dict[str, Any]
) -> None:
    system.hold_places(inventory, "ann", 2, idempotency_key="k1")

    with pytest.raises(IdempotencyKeyReused) as refused:
        system.hold_places(inventory, "ann", **{"quantity": 2, **other}, idempotency_key="k1")

    assert refused.value.field == "idempotency_key"
    assert system.inventory(inventory).available == 8


def test_another_act_under_the_same_key_is_refused(system: BookingSystem, inventory: str) -> None:
    held = system.hold_places(inventory, "ann", 2, idempotency_key="k1")

    with pytest.raises(IdempotencyKeyReused):
        system.confirm(held.id, customer_id="ann", idempotency_key="k1")

    assert system.booking(held.id).state is BookingState.HELD


def test_everybody_has_keys_of_his_own(system: BookingSystem, inventory: str) -> None:
    anns = system.hold_places(inventory, "ann", 2, idempotency_key="k1")
    bobs = system.hold_places(inventory, "bob", 2, idempotency_key="k1")

    assert anns.id != bobs.id


def test_who_acts_for_a_customer_uses_the_customers_keys(
    system: BookingSystem, inventory: str
) -> None:
    first = system.hold_places(inventory, "ann", 2, actor="clerk", idempotency_key="k1")

    assert system.hold_places(inventory, "ann", 2, actor="ann", idempotency_key="k1") == first


def test_after_24_hours_a_key_is_fresh_again(
    system: BookingSystem, inventory: str, clock: ManualClock
) -> None:
    first = system.hold_places(inventory, "ann", 2, idempotency_key="k1")
    clock.advance(hours=24, microseconds=-1)
    assert system.hold_places(inventory, "ann", 2, idempotency_key="k1") == first

    clock.advance(microseconds=1)
    second = system.hold_places(inventory, "ann", 2, idempotency_key="k1")

    assert second.id != first.id
    assert system.hold_places(inventory, "ann", 2, idempotency_key="k1") == second


def test_a_malformed_request_uses_up_no_key(
    system: BookingSystem, inventory: str, database_url: str
) -> None:
    with pytest.raises(BookingError):
        system.hold_places(inventory, "ann", 0, idempotency_key="k1")

    assert stored(database_url) == 0
    assert system.hold_places(inventory, "ann", 1, idempotency_key="k1").places == 1


def test_within_one_batch_a_key_counts_from_its_first_use(
    system: BookingSystem, inventory: str, database_url: str
) -> None:
    command = HoldPlaces(inventory_id=inventory, customer_id="ann", quantity=2, idempotency_key="k")
    other = HoldPlaces(inventory_id=inventory, customer_id="ann", quantity=3, idempotency_key="k")

    first, again, reused = system.place_many([command, command, other])

    assert isinstance(first, Booking)
    assert again == first
    assert isinstance(reused, IdempotencyKeyReused)
    assert stored(database_url) == 1
    assert system.inventory(inventory).available == 8


def test_answers_survive_the_program(database_url: str, clock: ManualClock) -> None:
    with BookingSystem.open(database_url, clock=clock) as system:
        inventory = system.create_inventory(bus())
        seats = seat_ids(system, inventory, "1A")
        first = system.hold_seats(inventory, "ann", seats, idempotency_key="k1")
    with BookingSystem.open(database_url, clock=clock) as system:
        assert system.hold_seats(inventory, "ann", seats, idempotency_key="k1") == first


def test_a_refusal_comes_back_with_all_its_particulars(system: BookingSystem) -> None:
    inventory = system.create_inventory(bus())
    hold(system, inventory, "1A", customer="bob")

    refusals = []
    for _ in range(2):
        with pytest.raises(SeatTaken) as refused:
            hold(system, inventory, "1A", idempotency_key="k1")
        refusals.append(refused.value)

    assert refusals[1].details == {"seat_id": seat_ids(system, inventory, "1A")[0]}
    assert refusals[0].as_dict() == refusals[1].as_dict()


def test_an_expired_hold_is_told_alike_each_time(
    system: BookingSystem, inventory: str, clock: ManualClock
) -> None:
    held = system.hold_places(inventory, "ann", 1)
    clock.advance(hours=1)
    (one, two) = system.place_many([Confirm(booking_id=held.id, idempotency_key="k1")] * 2)

    assert isinstance(one, HoldExpired)
    assert isinstance(two, HoldExpired)
    assert one.as_dict() == two.as_dict()


def test_the_sweeper_forgets_answers_that_nobody_may_use_any_more(
    system: BookingSystem, inventory: str, clock: ManualClock, database_url: str
) -> None:
    """Also where no hold ever expires, for instance because all are confirmed."""
    system.confirm(system.hold_places(inventory, "ann", 1, idempotency_key="k1").id)
    clock.advance(hours=12)
    system.confirm(system.hold_places(inventory, "ann", 1, idempotency_key="k2").id)
    clock.advance(hours=12)

    system.expire()

    assert stored(database_url) == 1


@pytest.mark.parametrize("same_inventory", [True, False])
def test_one_key_used_by_many_engines_at_once_holds_once(
    database_url: str, same_inventory: bool
) -> None:
    """Without a common inventory no lock keeps them apart, only the key itself does."""
    engines = 4
    with BookingSystem.open(database_url) as system:
        inventories = [system.create_inventory(bus()) for _ in range(engines)]
        seats = [seat_ids(system, inventory, "1A") for inventory in inventories]
    together = Barrier(engines)

    def contend(number: int) -> Booking | BookingError:
        which = 0 if same_inventory else number
        with BookingSystem.open(database_url) as own:
            together.wait(60)
            (outcome,) = own.place_many(
                [
                    HoldSeats(
                        inventory_id=inventories[which],
                        customer_id="ann",
                        seat_ids=seats[which],
                        idempotency_key="k1",
                    )
                ]
            )
        return outcome

    with ThreadPoolExecutor(engines) as pool:
        outcomes = list(pool.map(contend, range(engines)))

    bookings = [outcome for outcome in outcomes if isinstance(outcome, Booking)]
    others = [type(outcome) for outcome in outcomes if not isinstance(outcome, Booking)]
    assert len({booking.id for booking in bookings}) == 1
    assert set(others) == (set() if same_inventory else {IdempotencyKeyReused})
    assert scalar(database_url, "SELECT count(*) FROM bookings") == 1
