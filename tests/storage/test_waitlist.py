"""The waitlist: joining, offers in the transaction that frees, and what becomes of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.inventory import OrphanRule
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.waitlist import NotificationPreferences, WaitlistState
from booking_core.engine.serving import Serving
from booking_core.errors import (
    AlreadyWaiting,
    BookingError,
    DeparturePassed,
    HoldExpired,
    HoldLimitReached,
    IdempotencyKeyReused,
    IllegalTransition,
    InvalidRequest,
    InventoryNotFound,
    NotEnoughPlaces,
    NotOnSale,
    SeatsAvailable,
    TierNotFound,
    WaitlistEntryNotFound,
)
from booking_core.ids import new_id
from tests.support.builders import NOW, bus, counted, hold, seat_ids, statuses, sweep
from tests.support.money import add_payment, payment_state
from tests.support.raw import rows, scalar
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
    from booking_core.domain.commands import HoldPlaces, Release

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
    from tests.support.raw import run_sql

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


# What becomes of an offer


def an_offer(system: BookingSystem, **changes: Any) -> tuple[str, str, str]:
    """An inventory, the entry of ann, who has an offer, and that of bob, who waits."""
    inventory, sales = sold_out(system, **changes)
    ann = system.waitlist.join(inventory, "ann")
    bob = system.waitlist.join(inventory, "bob")
    system.cancel(sales[0].id)
    return inventory, ann.id, bob.id


def test_accepting_gives_the_hold_with_time_to_pay(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    _, ann, bob = an_offer(frozen_system)
    clock.advance(minutes=10)

    booking = frozen_system.waitlist.accept(ann, "ann", idempotency_key="k")

    assert booking.expires_at == clock.now() + timedelta(minutes=15)
    assert frozen_system.waitlist.accept(ann, "ann", idempotency_key="k") == booking
    entry = frozen_system.waitlist.get(ann)
    assert (entry.state, entry.closed_at) == (WaitlistState.ACCEPTED, clock.now())
    with pytest.raises(IllegalTransition):
        frozen_system.waitlist.accept(ann, "ann")
    with pytest.raises(IllegalTransition):
        frozen_system.waitlist.decline(ann, "ann")
    assert frozen_system.confirm(booking.id).state is BookingState.CONFIRMED
    assert frozen_system.waitlist.get(bob).state is WaitlistState.WAITING
    assert violations(frozen_system) == []


def test_accepting_early_keeps_what_is_left_of_the_offer(frozen_system: BookingSystem) -> None:
    _, ann, _ = an_offer(frozen_system, holds=HoldPolicy(timedelta(minutes=5)))

    booking = frozen_system.waitlist.accept(ann, "ann")

    assert booking.expires_at == NOW + timedelta(minutes=15)


@pytest.mark.parametrize("leaves", [False, True])
def test_what_is_let_go_is_offered_to_the_next(shared_system: BookingSystem, leaves: bool) -> None:
    _, ann, bob = an_offer(shared_system)
    let_go = shared_system.waitlist.leave if leaves else shared_system.waitlist.decline

    entry = let_go(ann, "ann")

    assert entry.state is (WaitlistState.LEFT if leaves else WaitlistState.DECLINED)
    assert shared_system.waitlist.get(bob).state is WaitlistState.OFFERED
    with pytest.raises(IllegalTransition):
        shared_system.waitlist.accept(ann, "ann")
    assert violations(shared_system) == []


def test_an_offer_that_runs_out_goes_to_the_next(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    _, ann, bob = an_offer(frozen_system)
    clock.advance(minutes=15)

    with pytest.raises(HoldExpired):
        frozen_system.waitlist.accept(ann, "ann")

    assert frozen_system.waitlist.get(ann).state is WaitlistState.EXPIRED
    assert frozen_system.waitlist.get(bob).state is WaitlistState.OFFERED
    clock.advance(minutes=15)
    frozen_system.expire()
    assert frozen_system.waitlist.get(bob).state is WaitlistState.EXPIRED
    assert violations(frozen_system) == []


def test_a_booking_moves_its_entry_along(shared_system: BookingSystem) -> None:
    for move, expected in (
        ("confirm", WaitlistState.ACCEPTED),
        ("extend", WaitlistState.ACCEPTED),
        ("release", WaitlistState.DECLINED),
    ):
        _, ann, _ = an_offer(shared_system, holds=HoldPolicy(timedelta(minutes=20)))
        booking_id = shared_system.waitlist.get(ann).booking_id
        assert booking_id is not None

        getattr(shared_system, move)(booking_id, customer_id="ann")

        assert shared_system.waitlist.get(ann).state is expected
    assert violations(shared_system) == []


def test_leaving_while_waiting(shared_system: BookingSystem) -> None:
    inventory, ann, bob = an_offer(shared_system)

    left = shared_system.waitlist.leave(bob, "bob")

    assert left.state is WaitlistState.LEFT
    assert shared_system.waitlist.leave(bob, "bob") == left
    again = shared_system.waitlist.join(inventory, "bob")
    assert again.seq == 3
    mine, total = shared_system.waitlist.of_customer(
        "bob", states=[WaitlistState.WAITING, WaitlistState.LEFT], limit=1
    )
    assert (mine, total >= 2) == ([again], True)
    shared_system.waitlist.accept(ann, "ann")
    with pytest.raises(IllegalTransition):
        shared_system.waitlist.leave(ann, "ann")


def test_a_waitlist_is_closed_for_all_at_once(shared_system: BookingSystem) -> None:
    inventory, ann, bob = an_offer(shared_system)
    carol = shared_system.waitlist.join(inventory, "carol")

    assert shared_system.waitlist.close(inventory, actor="op") == 2

    states = [shared_system.waitlist.get(entry).state for entry in (ann, bob, carol.id)]
    assert states == [WaitlistState.OFFERED, WaitlistState.EXPIRED, WaitlistState.EXPIRED]
    shared_system.waitlist.decline(ann)
    assert shared_system.hold_places(inventory, "dan", 1).places == 1
    assert shared_system.waitlist.close(inventory) == 0
    with pytest.raises(InventoryNotFound):
        shared_system.waitlist.close(NOBODY)
    assert violations(shared_system) == []


def test_anothers_entry_is_as_one_that_is_not_there(shared_system: BookingSystem) -> None:
    _, ann, bob = an_offer(shared_system)
    waitlist = shared_system.waitlist

    for touch in (waitlist.get, waitlist.accept, waitlist.decline, waitlist.leave):
        for entry_id, customer in ((ann, "bob"), (NOBODY, "bob"), ("no id", "bob")):
            with pytest.raises(WaitlistEntryNotFound):
                touch(entry_id, customer)
    with pytest.raises(IllegalTransition):
        waitlist.accept(bob, "bob")
    assert waitlist.of_inventory("no id") == waitlist.of_customer("\x00") == ([], 0)


def test_late_money_does_not_take_what_is_offered(
    frozen_system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    from booking_core.domain.payments import PaymentState

    inventory = frozen_system.create_inventory(counted({"General": 1}))
    held = frozen_system.hold_places(inventory, "late", 1)
    payment = add_payment(database_url, held)
    ann = frozen_system.waitlist.join(inventory, "ann")
    clock.advance(minutes=16)

    frozen_system.settle(payment)

    assert payment_state(database_url, payment) is PaymentState.REFUNDED
    assert state(frozen_system, ann) is WaitlistState.OFFERED
    assert violations(frozen_system) == []


# What is told


def test_offers_are_told_by_mail_to_those_who_wish(
    frozen_system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    inventory, sales = sold_out(frozen_system)
    ann, bob = new_id(), new_id()
    frozen_system.waitlist.join(inventory, ann)
    frozen_system.waitlist.join(inventory, bob, preferences=NotificationPreferences(email=False))
    frozen_system.cancel(sales[0].id)
    frozen_system.cancel(sales[1].id)
    clock.advance(minutes=16)
    frozen_system.expire()

    query = "SELECT kind FROM outbox_messages WHERE user_id = :id ORDER BY id"
    assert rows(database_url, query, id=ann) == [
        ("waitlist_offered",),
        ("waitlist_offer_expired",),
    ]
    assert rows(database_url, query, id=bob) == []


def test_an_offer_is_an_event_for_its_customer(shared_system: BookingSystem) -> None:
    inventory, ann, _ = an_offer(shared_system)

    news = shared_system.live.news({inventory: 0})

    (event,) = [event.payload for event in news if "offer" in event.payload]
    entry = shared_system.waitlist.get(ann)
    assert event["offer"]["waitlist_id"] == ann
    assert event["offer"]["customer_id"] == "ann"
    assert event["state"] == "held"
    assert entry.offer_expires_at is not None
    assert event["offer"]["expires_at"] == event["expires_at"]
    acts = shared_system.history(entry.booking_id or "")
    assert [(act["action"], act["actor"]) for act in acts] == [("offered", "waitlist")]


def test_the_estimate_goes_by_how_fast_places_came_back(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    inventory, sales = sold_out(frozen_system, places=4)
    clock.advance(hours=10)
    frozen_system.cancel(sales[0].id)
    buy_place(frozen_system, inventory, "next")
    entries = [frozen_system.waitlist.join(inventory, f"c{n}") for n in range(3)]

    waits = [s.estimated_wait for s in frozen_system.waitlist.standings(entries)]

    assert waits == ["10-11 hours", "20-21 hours", "1-2 days"]


def test_an_inventory_that_nobody_waits_for_is_as_before(
    frozen_system: BookingSystem, database_url: str
) -> None:
    inventory, ann, bob = an_offer(frozen_system)
    count = "SELECT waiters FROM inventories WHERE id = :id"

    assert scalar(database_url, count, id=inventory) == 2
    frozen_system.waitlist.decline(ann)
    frozen_system.waitlist.accept(bob)

    assert scalar(database_url, count, id=inventory) == 0
    assert violations(frozen_system) == []
