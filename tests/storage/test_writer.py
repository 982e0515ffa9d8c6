"""Group commit: in order, together, and nobody fails for a neighbour's fault."""

from threading import Thread
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import (
    Confirm,
    HoldPlaces,
    HoldSeats,
)
from booking_core.engine import batches
from booking_core.engine.writer import LARGEST_BATCH
from booking_core.errors import (
    EngineClosed,
    InternalError,
    InvalidRequest,
    NotEnoughPlaces,
    SeatTaken,
)
from tests.support.builders import bus, counted, hall, hold, seat_ids
from tests.support.raw import scalar


@pytest.fixture
def inventory(frozen_system: BookingSystem) -> str:
    return frozen_system.create_inventory(bus(40))


@pytest.fixture
def held(frozen_system: BookingSystem, inventory: str) -> Booking:
    return hold(frozen_system, inventory, "10A", customer="zoe")


def holds(system: BookingSystem, inventory: str, count: int) -> list[HoldSeats]:
    """One seat for each of as many customers."""
    return [
        HoldSeats(inventory_id=inventory, customer_id=f"c{n}", actor=f"c{n}", seat_ids=(seat,))
        for n, seat in enumerate(seat_ids(system, inventory)[:count])
    ]


def test_outcomes_come_in_the_order_of_the_commands(
    frozen_system: BookingSystem, inventory: str
) -> None:
    commands = holds(frozen_system, inventory, 30)

    outcomes = frozen_system.place_many([*commands, *commands])

    assert [outcome.seat_ids for outcome in outcomes[:30] if isinstance(outcome, Booking)] == [
        command.seat_ids for command in commands
    ]
    assert [type(outcome) for outcome in outcomes[30:]] == [SeatTaken] * 30


def test_commands_that_wait_together_go_together_up_to_a_bound(
    database_url: str,
) -> None:
    sizes: list[int] = []
    with BookingSystem.open(database_url, observe_batch=sizes.append) as system:
        inventory = system.create_inventory(counted({"General": LARGEST_BATCH + 44}))
        outcomes = system.place_many(
            HoldPlaces(inventory_id=inventory, customer_id=f"c{n}", quantity=1)
            for n in range(LARGEST_BATCH + 44)
        )

    assert sizes == [LARGEST_BATCH, 44]
    assert all(isinstance(outcome, Booking) for outcome in outcomes)


def test_a_lone_command_is_a_batch_of_one(database_url: str) -> None:
    sizes: list[int] = []
    with BookingSystem.open(database_url, observe_batch=sizes.append) as system:
        hold(system, system.create_inventory(bus()), "1A")

    assert sizes == [1]


def test_each_command_sees_what_the_ones_before_it_did(
    frozen_system: BookingSystem, held: Booking, inventory: str
) -> None:
    seat = held.seat_ids
    first = HoldSeats(inventory_id=inventory, customer_id="ann", seat_ids=seat)

    outcomes = frozen_system.place_many([first, Confirm(booking_id=held.id), first])

    assert [type(outcome) for outcome in outcomes] == [SeatTaken, Booking, SeatTaken]


@pytest.mark.parametrize("quantity", [0, -1, 10**30, 1.5, True])
def test_quantities_that_make_no_sense_write_nothing(
    shared_system: BookingSystem, quantity: Any
) -> None:
    inventory = shared_system.create_inventory(hall())

    with pytest.raises(InvalidRequest) as refused:
        shared_system.hold_best(inventory, "ann", quantity)

    assert refused.value.field == "quantity"
    assert shared_system.bookings(inventory_id=inventory) == []


def test_a_defect_is_told_apart_from_a_refusal_and_stops_nobody_else(
    frozen_system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(batches, "decide", fail)
        with pytest.raises(InternalError) as failed:
            hold(frozen_system, inventory, "1A")

    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    assert hold(frozen_system, inventory, "1A").places == 1


def test_an_observer_that_fails_keeps_nobody_waiting(sqlite_url: str) -> None:
    def fail(_: int) -> None:
        raise ZeroDivisionError

    with BookingSystem.open(sqlite_url) as system:
        inventory = system.create_inventory(counted())
    system = BookingSystem.open(sqlite_url, observe_batch=fail)
    outcomes: list[Any] = []
    command = HoldPlaces(inventory_id=inventory, customer_id="ann", quantity=1)
    asking = Thread(target=lambda: outcomes.extend(system.place_many([command])), daemon=True)
    asking.start()
    asking.join(10)

    assert [type(outcome) for outcome in outcomes] == [Booking]
    system.close()


def test_what_waits_is_finished_before_closing(database_url: str) -> None:
    system = BookingSystem.open(database_url)
    inventory = system.create_inventory(counted({"General": 300}))
    submissions = system.submit(
        HoldPlaces(inventory_id=inventory, customer_id=f"c{n}", quantity=1) for n in range(300)
    )

    system.close()

    assert all(isinstance(submission.wait(), Booking) for submission in submissions)
    assert scalar(database_url, "SELECT count(*) FROM bookings") == 300


def test_a_closed_system_takes_no_commands_and_may_be_closed_again(database_url: str) -> None:
    system = BookingSystem.open(database_url)
    inventory = system.create_inventory(counted())
    system.close()
    system.close()

    with pytest.raises(EngineClosed):
        system.hold_places(inventory, "ann", 1)


def test_an_outcome_may_be_asked_for_again(frozen_system: BookingSystem, inventory: str) -> None:
    (submission,) = frozen_system.submit(holds(frozen_system, inventory, 1))

    assert submission.wait() is submission.wait()


def test_nothing_to_do_is_done_at_once(frozen_system: BookingSystem) -> None:
    assert frozen_system.place_many([]) == []


def test_a_refusal_from_full_places_tells_how_many_are_left(frozen_system: BookingSystem) -> None:
    inventory = frozen_system.create_inventory(counted({"General": 3}))

    with pytest.raises(NotEnoughPlaces) as refused:
        frozen_system.hold_places(inventory, "ann", 4)

    assert refused.value.details == {"available": 3, "requested": 4}
