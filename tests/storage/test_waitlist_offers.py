"""What becomes of an offer, and who is told of it."""

from datetime import timedelta

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.payments import PaymentState
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.waitlist import NotificationPreferences, WaitlistState
from booking_core.errors import (
    HoldExpired,
    IllegalTransition,
    InventoryNotFound,
    WaitlistEntryNotFound,
)
from booking_core.ids import new_id
from tests.support.builders import NOW, counted
from tests.support.money import add_payment, payment_state
from tests.support.raw import rows, scalar
from tests.support.waiting import (
    NOBODY,
    an_offer,
    buy_place,
    sold_out,
    state,
    violations,
)


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
    inventory = frozen_system.create_inventory(counted({"General": 1}))
    held = frozen_system.hold_places(inventory, "late", 1)
    payment = add_payment(database_url, held)
    ann = frozen_system.waitlist.join(inventory, "ann")
    clock.advance(minutes=16)

    frozen_system.settle(payment)

    assert payment_state(database_url, payment) is PaymentState.REFUNDED
    assert state(frozen_system, ann) is WaitlistState.OFFERED
    assert violations(frozen_system) == []


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
    assert shared_system.activity.verify().breaks == []


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
