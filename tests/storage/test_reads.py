"""Reading inventories and bookings: lists, single ones, and what is not there."""

from datetime import timedelta
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.errors import BookingNotFound, InventoryNotFound
from booking_core.ids import new_id
from tests.support.builders import STARTS_AT, bus, counted, hold, sell


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


def test_inventories_are_listed_by_their_start(system: BookingSystem) -> None:
    late, early = (
        system.create_inventory(bus(starts_at=STARTS_AT + timedelta(hours=n))) for n in (2, 1)
    )
    same = [system.create_inventory(bus(starts_at=STARTS_AT)) for _ in range(2)]

    listed = [summary.id for summary in system.inventories()]

    assert listed == [*sorted(same), early, late]
    assert [summary.id for summary in system.inventories(limit=2, offset=1)] == listed[1:3]


def test_the_list_and_the_single_inventory_say_the_same(system: BookingSystem) -> None:
    one, two = system.create_inventory(bus()), system.create_inventory(counted({"A": 2, "B": 3}))
    sell(system, one, "1A", to_leg=1)
    hold(system, one, "1A", "1B", from_leg=1)
    system.confirm(system.hold_places(two, "ann", 2).id)
    system.hold_places(two, "ann", 1)

    summaries = {summary.id: summary for summary in system.inventories()}

    assert summaries == {one: system.inventory(one), two: system.inventory(two)}
    assert (summaries[one].available, summaries[two].available) == (6, 2)
    assert summaries[one].as_dict()["starts_at"] == STARTS_AT.isoformat()


def test_tiers_show_their_counters_as_stored(system: BookingSystem) -> None:
    inventory = system.create_inventory(bus(4, legs=3))
    hold(system, inventory, "1A")
    sell(system, inventory, "1B", to_leg=1)

    (tier,) = system.tiers(inventory)

    assert (tier.name, tier.capacity, tier.held, tier.sold) == ("Standard", 12, 3, 1)


NOBODY = "01976e00-0000-7000-8000-00000000ffff"


@pytest.mark.parametrize("absent", [NOBODY, "7", "", "a\x00b", "'; DROP TABLE seats; --"])
def test_what_is_not_there_is_not_found(shared_system: BookingSystem, absent: str) -> None:
    with pytest.raises(InventoryNotFound):
        shared_system.inventory(absent)
    with pytest.raises(InventoryNotFound):
        shared_system.layout(absent)
    with pytest.raises(InventoryNotFound):
        shared_system.tiers(absent)
    with pytest.raises(BookingNotFound):
        shared_system.booking(absent)


@pytest.mark.parametrize("absent", [NOBODY, "7", "", "a\x00b", "\ud800"])
def test_nothing_belongs_to_what_is_not_there(shared_system: BookingSystem, absent: str) -> None:
    hold(shared_system, shared_system.create_inventory(bus()), "1A")

    assert shared_system.bookings(inventory_id=absent) == []
    assert shared_system.bookings(customer_id=absent) == []
    assert shared_system.holds(inventory_id=absent) == []
    assert shared_system.history(absent) == []


def test_bookings_are_listed_newest_first_and_by_what_is_asked(
    system: BookingSystem, clock: ManualClock
) -> None:
    one, two = system.create_inventory(bus()), system.create_inventory(bus())
    a, b = hold(system, one, "1A"), sell(system, one, "1B", customer="bob")
    c = hold(system, two, "1A")
    clock.advance(minutes=15)
    d = hold(system, two, "1B")

    def ids(**query: Any) -> list[str]:
        return [booking.id for booking in system.bookings(**query)]

    assert ids() == [d.id, c.id, b.id, a.id]
    assert ids(limit=2, offset=1) == [c.id, b.id]
    assert ids(inventory_id=one) == [b.id, a.id]
    assert ids(customer_id="bob") == [b.id]
    assert ids(state=b.state) == [b.id]
    assert ids(inventory_id=two, customer_id="bob") == []
    assert [booking.id for booking in system.holds()] == [d.id]
    assert [booking.id for booking in system.holds(inventory_id=one)] == []


def test_a_booking_is_shown_to_its_customer_and_to_operators_only(system: BookingSystem) -> None:
    held = hold(system, system.create_inventory(bus()), "1A")

    assert system.booking(held.id) == system.booking(held.id, customer_id="ann") == held
    with pytest.raises(BookingNotFound) as foreign:
        system.booking(held.id, customer_id="bob")
    with pytest.raises(BookingNotFound) as absent:
        system.booking(new_id(), customer_id="bob")
    assert foreign.value.as_dict().keys() == absent.value.as_dict().keys()
