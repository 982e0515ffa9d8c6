"""Bad input gets a clear error that names the field, on both databases, and writes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.inventory import InventoryDraft, OrphanRule
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import (
    BookingError,
    BookingNotFound,
    DeparturePassed,
    HoldLimitReached,
    IllegalTransition,
    InvalidRequest,
    InventoryNotFound,
    NoAdjacentSeats,
    NotCancellable,
    NotEnoughPlaces,
    NotOnSale,
    OrphanSeatLeft,
    SeatNotFound,
    SeatTaken,
    TierNotFound,
)
from booking_core.ids import new_id
from tests.support.builders import LEG_TIME, NOW, bus, counted, hall, hold, seat_ids, sell

Act = Callable[[BookingSystem, str], object]


def seats(*labels: str, **options: Any) -> Act:
    return lambda system, inventory: hold(system, inventory, *labels, **options)


def other_seats(system: BookingSystem, inventory: str) -> object:
    foreign = seat_ids(system, system.create_inventory(bus()), "1A")
    return system.hold_seats(inventory, "ann", (*seat_ids(system, inventory, "1A"), *foreign))


def these(*ids: str) -> Act:
    return lambda system, inventory: system.hold_seats(inventory, "ann", ids)


def best(quantity: int, **options: Any) -> Act:
    return lambda system, inventory: system.hold_best(inventory, "ann", quantity, **options)


def places(quantity: int, **options: Any) -> Act:
    return lambda system, inventory: system.hold_places(inventory, "ann", quantity, **options)


def twice(system: BookingSystem, inventory: str) -> object:
    return system.hold_seats(inventory, "ann", seat_ids(system, inventory, "1A", "1B", "1A"))


PAST = NOW - timedelta(minutes=1)
TOO_MANY = HoldLimitReached
LIMITED = HoldPolicy(customer_limit=2)
# what is wrong -> (inventory, act, error, field)
BAD: dict[str, tuple[InventoryDraft, Act, type[BookingError], str]] = {
    "unknown seat": (bus(), these(new_id()), SeatNotFound, "seat_ids"),
    "no seat id": (bus(), these("1A"), SeatNotFound, "seat_ids"),
    "seat of another inventory": (bus(), other_seats, SeatNotFound, "seat_ids"),
    "duplicate seats": (bus(), twice, InvalidRequest, "seat_ids"),
    "no seats": (bus(), these(), InvalidRequest, "seat_ids"),
    "zero best seats": (bus(), best(0), InvalidRequest, "quantity"),
    "fewer than no places": (counted(), places(-1), InvalidRequest, "quantity"),
    "more seats than the cap": (
        bus(holds=LIMITED),
        seats("1A", "1B", "1C"),
        HoldLimitReached,
        "seat_ids",
    ),
    "more best than the cap": (bus(holds=LIMITED), best(3), TOO_MANY, "quantity"),
    "more places than the cap": (counted(holds=LIMITED), places(3), TOO_MANY, "quantity"),
    "past departure": (bus(starts_at=PAST), seats("1A"), DeparturePassed, "inventory_id"),
    "past event": (counted(starts_at=PAST), places(1), DeparturePassed, "inventory_id"),
    "past stop": (
        bus(starts_at=PAST - LEG_TIME),
        seats("1A", from_leg=1),
        DeparturePassed,
        "inventory_id",
    ),
    "not on sale": (bus(on_sale=False), best(1), NotOnSale, "inventory_id"),
    "legs that do not exist": (bus(legs=2), seats("1A", to_leg=3), InvalidRequest, "from_leg"),
    "places of seats": (bus(), places(1), InvalidRequest, "inventory_id"),
    "seats of places": (counted(), best(1), InvalidRequest, "inventory_id"),
    "unknown tier": (hall(), best(1, tier="Box"), TierNotFound, "tier"),
    "more seats than there are": (hall(1, 4), best(5), NotEnoughPlaces, "quantity"),
    "more places than there are": (counted({"A": 4}), places(5), NotEnoughPlaces, "quantity"),
    "no such row": (hall(2, 4), best(5, adjacent=True), NoAdjacentSeats, "quantity"),
    "an orphan left": (
        hall(1, 6, orphan_rule=OrphanRule.ENFORCE),
        seats("A2"),
        OrphanSeatLeft,
        "seat_ids",
    ),
    "a hold for no time": (bus(), best(1, duration=timedelta()), InvalidRequest, "duration"),
    "no customer": (bus(), seats("1A", customer=" "), InvalidRequest, "customer_id"),
    "an endless key": (bus(), best(1, idempotency_key="k" * 65), InvalidRequest, "idempotency_key"),
}


def everything(system: BookingSystem, inventory: str) -> tuple[object, ...]:
    """All that a hold could change."""
    return (
        system.bookings(inventory_id=inventory),
        system.tiers(inventory),
        system.inventory(inventory),
        list(system.seat_map(inventory)),
    )


@pytest.mark.parametrize("bad", list(BAD))
def test_a_bad_hold_is_refused_and_writes_nothing(shared_system: BookingSystem, bad: str) -> None:
    draft, act, error, field = BAD[bad]
    inventory = shared_system.create_inventory(draft)
    before = everything(shared_system, inventory)

    with pytest.raises(BookingError) as refused:
        act(shared_system, inventory)

    assert type(refused.value) is error
    assert refused.value.field == field
    assert refused.value.message
    assert everything(shared_system, inventory) == before


@pytest.mark.parametrize("inventory", ["01976e00-0000-7000-8000-00000000ffff", "7", ""])
def test_an_unknown_inventory_is_named(shared_system: BookingSystem, inventory: str) -> None:
    with pytest.raises(InventoryNotFound) as refused:
        shared_system.hold_places(inventory, "ann", 1)

    assert refused.value.field == "inventory_id"


def test_a_seat_that_is_taken_is_named(shared_system: BookingSystem) -> None:
    inventory = shared_system.create_inventory(bus())
    sell(shared_system, inventory, "1A", customer="bob")
    before = everything(shared_system, inventory)

    with pytest.raises(SeatTaken) as refused:
        hold(shared_system, inventory, "1B", "1A")

    assert refused.value.details == {"seat_id": seat_ids(shared_system, inventory, "1A")[0]}
    assert everything(shared_system, inventory) == before


@pytest.mark.parametrize("act", ["extend", "release", "confirm", "cancel"])
def test_a_foreign_booking_is_not_found(shared_system: BookingSystem, act: str) -> None:
    inventory = shared_system.create_inventory(bus())
    held = hold(shared_system, inventory, "1A", customer="bob")

    with pytest.raises(BookingNotFound) as refused:
        getattr(shared_system, act)(held.id, customer_id="ann")

    assert refused.value.field == "booking_id"
    assert shared_system.booking(held.id) == held


@pytest.mark.parametrize("act", ["extend", "release", "confirm"])
def test_a_confirmed_booking_is_no_hold_any_more(shared_system: BookingSystem, act: str) -> None:
    sold = sell(shared_system, shared_system.create_inventory(bus()), "1A")

    with pytest.raises(IllegalTransition):
        getattr(shared_system, act)(sold.id)

    assert shared_system.booking(sold.id) == sold


def test_a_hold_is_not_cancelled(shared_system: BookingSystem) -> None:
    held = hold(shared_system, shared_system.create_inventory(bus()), "1A")

    with pytest.raises(NotCancellable):
        shared_system.cancel(held.id)


def test_an_orphan_beside_seats_sold_before_is_seen(shared_system: BookingSystem) -> None:
    """The rule looks at the whole row, not only at the seats that the command names."""
    inventory = shared_system.create_inventory(hall(1, 6, orphan_rule=OrphanRule.ENFORCE))
    sell(shared_system, inventory, "A1", "A2", customer="bob")

    with pytest.raises(OrphanSeatLeft) as refused:
        hold(shared_system, inventory, "A4")

    assert refused.value.details["seat"] == "A3"


def test_no_orphan_is_seen_where_the_neighbour_is_sold(shared_system: BookingSystem) -> None:
    """A2 fills the gap between A1 and A3, and leaves nobody alone."""
    inventory = shared_system.create_inventory(hall(1, 6, orphan_rule=OrphanRule.ENFORCE))
    sell(shared_system, inventory, "A1", "A2", "A3", customer="bob")

    with pytest.raises(OrphanSeatLeft):
        hold(shared_system, inventory, "A5")
    assert hold(shared_system, inventory, "A4").places == 1


def test_the_limit_counts_all_holds_of_a_customer_here_and_no_others(
    shared_system: BookingSystem,
) -> None:
    inventory = shared_system.create_inventory(bus(holds=LIMITED))
    other = shared_system.create_inventory(bus(holds=LIMITED))
    first = hold(shared_system, inventory, "1A")
    hold(shared_system, other, "1A", "1B")
    hold(shared_system, inventory, "1B")

    with pytest.raises(HoldLimitReached):
        hold(shared_system, inventory, "1C")
    hold(shared_system, inventory, "1C", customer="bob")
    shared_system.confirm(first.id)

    assert hold(shared_system, inventory, "1D").places == 1


def test_a_hold_longer_than_the_policys_is_not_given(shared_system: BookingSystem) -> None:
    inventory = shared_system.create_inventory(bus())

    held = hold(shared_system, inventory, "1A", duration=timedelta(days=400))

    assert held.expires_at == NOW + timedelta(minutes=15)
