"""The waitlist: joining it, and offers in the transaction that frees."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.commands import HoldPlaces, Release
from booking_core.domain.inventory import OrphanRule
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.waitlist import NotificationPreferences, WaitlistState
from booking_core.engine.serving import Serving
from booking_core.errors import (
    AlreadyWaiting,
    BookingError,
    DeparturePassed,
    HoldLimitReached,
    IdempotencyKeyReused,
    InvalidRequest,
    InventoryNotFound,
    NotEnoughPlaces,
    NotOnSale,
    SeatsAvailable,
    TierNotFound,
)
from booking_core.ids import new_id
from tests.support.builders import NOW, bus, counted, hall, hold, seat_ids, statuses, sweep
from tests.support.raw import rows, run_sql
from tests.support.waiting import (
    NOBODY,
    buy_place,
    full_hall,
    offered,
    serves_nobody,
    sold_out,
    state,
    violations,
)

Free = Callable[[BookingSystem, str], object]


# Joining


def test_whoever_joins_waits_in_order(shared_system: BookingSystem) -> None:
    inventory, _ = sold_out(shared_system)

    ann = shared_system.waitlist.join(inventory, "ann", quantity=2)
    bob = shared_system.waitlist.join(inventory, "bob")

    assert (ann.seq, bob.seq, ann.state) == (1, 2, WaitlistState.WAITING)
    assert shared_system.waitlist.get(ann.id, "ann") == ann
    assert shared_system.waitlist.of_inventory(inventory) == ([ann, bob], 2)
    assert shared_system.waitlist.of_inventory(inventory, limit=1, offset=1) == ([bob], 2)
    standing = shared_system.waitlist.standing(bob)
    assert (standing.position, standing.estimated_wait) == (2, "unknown")


def test_joining_refuses_what_makes_no_sense(shared_system: BookingSystem) -> None:
    inventory, _ = sold_out(shared_system, holds=HoldPolicy(customer_limit=2))
    free = shared_system.create_inventory(counted())
    closed = shared_system.create_inventory(counted(on_sale=False))
    gone = shared_system.create_inventory(counted(starts_at=NOW))
    legs = shared_system.create_inventory(bus())
    join = shared_system.waitlist.join
    join(inventory, "ann")

    for error, wrong in (
        (AlreadyWaiting, {"customer_id": "ann"}),
        (SeatsAvailable, {"inventory_id": free}),
        (NotOnSale, {"inventory_id": closed}),
        (DeparturePassed, {"inventory_id": gone}),
        (InvalidRequest, {"inventory_id": legs}),
        (InventoryNotFound, {"inventory_id": NOBODY}),
        (InventoryNotFound, {"inventory_id": "no id"}),
        (HoldLimitReached, {"quantity": 3}),
        (InvalidRequest, {"quantity": 0}),
        (InvalidRequest, {"customer_id": ""}),
        (InvalidRequest, {"preferences": None}),
        (TierNotFound, {"tier": "VIP"}),
    ):
        with pytest.raises(BookingError) as refused:
            join(**{"inventory_id": inventory, "customer_id": "bob", **wrong})  # type: ignore[arg-type]  # some are wrong on purpose
        assert type(refused.value) is error, wrong


def test_what_there_is_not_in_all_is_not_waited_for(shared_system: BookingSystem) -> None:
    inventory, _ = sold_out(shared_system, places=2)

    with pytest.raises(NotEnoughPlaces):
        shared_system.waitlist.join(inventory, "ann", quantity=3)


def test_an_overdue_hold_is_as_good_as_a_free_place(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    inventory = frozen_system.create_inventory(counted({"General": 1}))
    frozen_system.hold_places(inventory, "ann", 1)
    frozen_system.waitlist.join(inventory, "bob")
    clock.advance(minutes=16)

    with pytest.raises(AlreadyWaiting):
        frozen_system.waitlist.join(inventory, "bob")
    assert frozen_system.waitlist.of_customer("bob")[0][0].state is WaitlistState.OFFERED
    assert violations(frozen_system) == []


@pytest.mark.postgres
def test_a_connection_that_was_ended_meanwhile_is_replaced(postgres_url: str) -> None:
    with BookingSystem.open(postgres_url) as system:
        inventory, _ = sold_out(system)
        system.waitlist.join(inventory, "ann")
        rows(
            postgres_url,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'booking-engine'",
        )

        assert system.waitlist.join(inventory, "bob").seq == 2


def test_a_key_gives_the_same_entry_again(shared_system: BookingSystem) -> None:
    inventory, _ = sold_out(shared_system)
    key: dict[str, Any] = {"idempotency_key": new_id()}
    join = shared_system.waitlist.join

    once = join(inventory, "ann", preferences=NotificationPreferences(sms=True), **key)

    assert join(inventory, "ann", preferences=NotificationPreferences(sms=True), **key) == once
    with pytest.raises(IdempotencyKeyReused):
        join(inventory, "ann", quantity=2, **key)
    with pytest.raises(AlreadyWaiting):
        join(inventory, "ann", idempotency_key=inventory)
    shared_system.waitlist.leave(once.id)
    with pytest.raises(AlreadyWaiting):
        join(inventory, "ann", idempotency_key=inventory)


# Offers


def by_cancelling(system: BookingSystem, inventory: str) -> None:
    (sale,) = system.bookings(inventory_id=inventory, customer_id="buyer 0")
    system.cancel(sale.id)


def by_releasing(system: BookingSystem, inventory: str) -> None:
    (held,) = system.bookings(inventory_id=inventory, customer_id="holder")
    system.release(held.id)


@pytest.mark.parametrize("free", [by_cancelling, by_releasing])
def test_what_comes_free_is_offered_at_once(shared_system: BookingSystem, free: Free) -> None:
    inventory = shared_system.create_inventory(counted({"General": 2}))
    buy_place(shared_system, inventory, "buyer 0")
    shared_system.hold_places(inventory, "holder", 1)
    ann = shared_system.waitlist.join(inventory, "ann")
    bob = shared_system.waitlist.join(inventory, "bob")

    free(shared_system, inventory)

    entry = shared_system.waitlist.get(ann.id)
    booking = offered(shared_system, ann)
    assert entry.state is WaitlistState.OFFERED
    assert (booking.customer_id, booking.state) == ("ann", BookingState.HELD)
    assert entry.offer_expires_at == booking.expires_at == NOW + timedelta(minutes=15)
    assert state(shared_system, bob) is WaitlistState.WAITING
    assert shared_system.waitlist.standing(bob).position == 1
    assert shared_system.waitlist.standing(entry).position is None
    with pytest.raises(NotEnoughPlaces):
        shared_system.hold_places(inventory, "carol", 1)


def test_an_expired_hold_is_offered_before_anybody_else_is_asked(
    frozen_system: BookingSystem, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its negative control: where nobody serves, the next who comes gets the place."""
    for serves, winner in ((True, "ann"), (False, "carol")):
        inventory = frozen_system.create_inventory(counted({"General": 1}))
        frozen_system.hold_places(inventory, "holder", 1)
        ann = frozen_system.waitlist.join(inventory, "ann")
        clock.advance(minutes=16)
        if not serves:
            monkeypatch.setattr(Serving, "serve", serves_nobody)

        try:
            frozen_system.hold_places(inventory, "carol", 1)
        except NotEnoughPlaces:
            assert winner == "ann"

        assert (state(frozen_system, ann) is WaitlistState.OFFERED) == (winner == "ann")


def test_the_sweeper_offers_what_it_frees(frozen_system: BookingSystem, clock: ManualClock) -> None:
    inventory, sales = full_hall(frozen_system)
    frozen_system.cancel(sales["B2"].id)
    hold(frozen_system, inventory, "B2", customer="holder")
    ann = frozen_system.waitlist.join(inventory, "ann", tier="Stalls")
    clock.advance(minutes=16)

    assert sweep(frozen_system) == 1

    assert offered(frozen_system, ann).items[0].label == "B2"
    assert statuses(frozen_system, inventory)["B2"] == "held"
    assert sweep(frozen_system) == 0
    assert violations(frozen_system) == []


def test_the_first_who_fits_is_offered_and_others_keep_their_place(
    shared_system: BookingSystem,
) -> None:
    inventory, sales = full_hall(shared_system)
    join = shared_system.waitlist.join
    pair = join(inventory, "pair", quantity=2, tier="Stalls")
    vip = join(inventory, "vip", tier="VIP")
    anyone = join(inventory, "anyone")

    shared_system.cancel(sales["B1"].id)
    assert state(shared_system, pair) is WaitlistState.WAITING
    assert offered(shared_system, anyone).items[0].label == "B1"
    shared_system.cancel(sales["B2"].id)
    assert state(shared_system, pair) is WaitlistState.WAITING
    shared_system.waitlist.decline(anyone.id, "anyone")

    assert [item.label for item in offered(shared_system, pair).items] == ["B1", "B2"]
    assert state(shared_system, vip) is WaitlistState.WAITING
    shared_system.cancel(sales["A3"].id)
    assert offered(shared_system, vip).items[0].label == "A3"
    assert violations(shared_system) == []


def test_a_seat_taken_out_of_a_booking_is_offered(shared_system: BookingSystem) -> None:
    inventory = shared_system.create_inventory(hall(rows=1, seats=2))
    seats = seat_ids(shared_system, inventory)
    sale = shared_system.confirm(shared_system.hold_seats(inventory, "buyer", seats).id)
    ann = shared_system.waitlist.join(inventory, "ann")

    shared_system.cancel(sale.id, seat_ids=seats[1:])

    assert offered(shared_system, ann).seat_ids == seats[1:]
    assert violations(shared_system) == []


def test_what_nobody_who_waits_can_use_stays_on_sale(shared_system: BookingSystem) -> None:
    inventory, sales = sold_out(shared_system, places=3)
    pair = shared_system.waitlist.join(inventory, "pair", quantity=2)

    shared_system.cancel(sales[0].id)
    with pytest.raises(SeatsAvailable):
        shared_system.waitlist.join(inventory, "single")
    single = buy_place(shared_system, inventory, "single")
    shared_system.cancel(single.id)
    shared_system.cancel(sales[1].id)

    assert offered(shared_system, pair).places == 2


def test_a_rule_against_single_seats_keeps_nobody_waiting(shared_system: BookingSystem) -> None:
    inventory, sales = full_hall(shared_system, orphan_rule=OrphanRule.ENFORCE)
    for label in ("B1", "B2", "B3"):
        shared_system.cancel(sales[label].id)
    shared_system.hold_seats(inventory, "holder", seat_ids(shared_system, inventory, "B1", "B2"))
    shared_system.hold_seats(inventory, "third", seat_ids(shared_system, inventory, "B3"))
    ann = shared_system.waitlist.join(inventory, "ann", quantity=2, tier="Stalls")
    (held,) = shared_system.bookings(inventory_id=inventory, customer_id="holder")
    shared_system.release(held.id)

    assert offered(shared_system, ann).places == 2


def test_a_batch_offers_between_its_commands(shared_system: BookingSystem) -> None:
    """One who releases and one who holds in the same batch: the waiter comes between them."""
    inventory = shared_system.create_inventory(counted({"General": 1}))
    held = shared_system.hold_places(inventory, "holder", 1)
    ann = shared_system.waitlist.join(inventory, "ann")

    released, refused = shared_system.place_many(
        [
            Release(booking_id=held.id),
            HoldPlaces(inventory_id=inventory, customer_id="carol", quantity=1),
        ]
    )

    assert not isinstance(released, BookingError)
    assert isinstance(refused, NotEnoughPlaces)
    assert state(shared_system, ann) is WaitlistState.OFFERED


def test_nothing_is_offered_while_it_is_not_on_sale(shared_system: BookingSystem) -> None:
    inventory, sales = sold_out(shared_system)
    ann = shared_system.waitlist.join(inventory, "ann")
    shared_system.sales.set_on_sale(inventory, on_sale=False, actor="op")

    shared_system.cancel(sales[0].id)
    assert state(shared_system, ann) is WaitlistState.WAITING
    assert violations(shared_system) == []
    shared_system.sales.set_on_sale(inventory, on_sale=True, actor="op")

    assert state(shared_system, ann) is WaitlistState.OFFERED
    assert violations(shared_system) == []


def test_an_operator_offers_after_adding_capacity(
    frozen_system: BookingSystem, database_url: str
) -> None:
    inventory, _ = sold_out(frozen_system)
    entries = [frozen_system.waitlist.join(inventory, f"c{n}") for n in range(70)]
    run_sql(database_url, "UPDATE tiers SET capacity = capacity + 60")
    run_sql(database_url, "UPDATE inventories SET layout_version = layout_version + 1")

    assert frozen_system.waitlist.offer_now(inventory, actor="op") == 60

    states = [state(frozen_system, entry) for entry in entries]
    assert states == [WaitlistState.OFFERED] * 60 + [WaitlistState.WAITING] * 10
    assert frozen_system.waitlist.offer_now(inventory) == 0
    with pytest.raises(InventoryNotFound):
        frozen_system.waitlist.offer_now(NOBODY)
    assert violations(frozen_system) == []
