"""Seat maps come from a cache and are never older than what was acknowledged before, whoever
changed it; and what expires shows without any event."""

from collections.abc import Iterator

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.seat_map import SeatMap
from booking_core.errors import InvalidRequest, InventoryNotFound
from booking_core.ids import new_id
from tests.support.builders import bus, hall, hold, seat_ids, sell, statuses, sweep


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


@pytest.fixture
def other(database_url: str, clock: ManualClock) -> Iterator[BookingSystem]:
    """Another program on the same database."""
    with BookingSystem.open(database_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def inventory(system: BookingSystem) -> str:
    return system.create_inventory(bus(4, legs=2))


def test_every_change_acknowledged_before_shows(system: BookingSystem, inventory: str) -> None:
    seen = [statuses(system, inventory)["1A"]]
    held = hold(system, inventory, "1A")
    seen.append(statuses(system, inventory)["1A"])
    system.confirm(held.id)
    seen.append(statuses(system, inventory)["1A"])
    system.cancel(held.id)
    seen.append(statuses(system, inventory)["1A"])

    assert seen == ["available", "held", "sold", "available"]


def test_changes_by_another_program_show_too(
    system: BookingSystem, other: BookingSystem, inventory: str
) -> None:
    for label in ("1A", "1B", "1C"):
        assert statuses(system, inventory)[label] == "available"
        sell(other, inventory, label)
        assert statuses(system, inventory)[label] == "sold"
        assert statuses(other, inventory) == statuses(system, inventory)


def test_best_seats_are_chosen_on_what_another_program_left(
    system: BookingSystem, other: BookingSystem
) -> None:
    inventory = system.create_inventory(hall(1, 4))
    taken: set[str] = set()
    for number in range(4):
        one = (system, other)[number % 2].hold_best(inventory, f"c{number}", 1)
        assert not taken & set(one.seat_ids)
        taken.update(one.seat_ids)

    assert taken == set(seat_ids(system, inventory))


def test_a_hold_that_expires_shows_as_free_without_any_event(
    system: BookingSystem, inventory: str, clock: ManualClock
) -> None:
    hold(system, inventory, "1A")
    before = system.seat_map(inventory)
    clock.advance(minutes=15, microseconds=-1)
    assert statuses(system, inventory)["1A"] == "held"

    clock.advance(microseconds=1)
    after = system.seat_map(inventory)

    assert statuses(system, inventory)["1A"] == "available"
    assert (after.version, after.available) == (before.version, before.available + 1)


def test_holds_expire_one_after_the_other(
    system: BookingSystem, inventory: str, clock: ManualClock
) -> None:
    for label in ("1A", "1B", "1C"):
        hold(system, inventory, label)
        clock.advance(minutes=1)
    available = []
    clock.advance(minutes=11)
    for _ in range(4):
        available.append(system.seat_map(inventory).available)
        clock.advance(minutes=1)

    assert available == [1, 2, 3, 4]


def test_sweeping_what_was_taken_over_does_not_free_it(
    system: BookingSystem, inventory: str, clock: ManualClock
) -> None:
    hold(system, inventory, "1A", "1B")
    statuses(system, inventory)
    clock.advance(minutes=15)
    sell(system, inventory, "1A", customer="bob")

    assert sweep(system) == 1

    assert statuses(system, inventory) == {
        "1A": "sold",
        "1B": "available",
        "1C": "available",
        "1D": "available",
    }


def test_each_stretch_of_legs_has_a_map_of_its_own(system: BookingSystem, inventory: str) -> None:
    sell(system, inventory, "1A", to_leg=1)
    hold(system, inventory, "1B", from_leg=1)

    both = {"1C": "available", "1D": "available"}
    assert statuses(system, inventory, 0, 1) == {"1A": "sold", "1B": "available", **both}
    assert statuses(system, inventory, 1, 2) == {"1A": "available", "1B": "held", **both}
    assert statuses(system, inventory) == {"1A": "sold", "1B": "held", **both}
    assert system.inventory(inventory).available == 2


def test_an_inventory_that_is_not_there_has_no_map(system: BookingSystem) -> None:
    for absent in (new_id(), "not an id"):
        with pytest.raises(InventoryNotFound):
            system.seat_map(absent)


@pytest.mark.parametrize("span", [(0, 3), (-1, 1), (1, 1), (2, 2)])
def test_legs_that_do_not_exist_have_no_map(
    system: BookingSystem, inventory: str, span: tuple[int, int]
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        system.seat_map(inventory, *span)

    assert refused.value.field == "from_leg"


def test_maps_may_be_read_by_many_threads_while_seats_are_sold(
    system: BookingSystem, database_url: str
) -> None:
    """Versions never go back for anybody, and nobody sees fewer sold than he knew of."""
    from concurrent.futures import ThreadPoolExecutor

    inventory = system.create_inventory(bus(40, legs=1))
    labels = [seat.label for seat in system.layout(inventory).seats.values()]

    def watch(_: int) -> list[SeatMap]:
        return [system.seat_map(inventory) for _ in range(30)]

    with ThreadPoolExecutor(3) as pool:
        watching = pool.map(watch, range(3))
        for number, label in enumerate(labels):
            sell(system, inventory, label, customer=f"c{number}")
            assert system.seat_map(inventory).available <= 39 - number
        for seen in watching:
            versions = [seat_map.version for seat_map in seen]
            available = [seat_map.available for seat_map in seen]
            assert versions == sorted(versions)
            assert available == sorted(available, reverse=True)
