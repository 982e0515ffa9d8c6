"""Money that has arrived ends as one confirmed booking or as one full refund."""

from collections.abc import Callable

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain import events, settling
from booking_core.domain.bookings import BookingState
from booking_core.domain.payments import PaymentState
from booking_core.errors import ConstraintViolated, PaymentNotFound
from booking_core.ids import new_id
from tests.support.builders import NOW, bus, counted, hold, seat_ids, sell, statuses, sweep
from tests.support.money import add_payment, payment_state, refunds
from tests.support.raw import rows, scalar

PastHold = Callable[[BookingSystem, ManualClock], None]


def unswept(_: BookingSystem, clock: ManualClock) -> None:
    clock.advance(minutes=16)


def swept(system: BookingSystem, clock: ManualClock) -> None:
    clock.advance(minutes=16)
    sweep(system)


@pytest.fixture
def inventory(frozen_system: BookingSystem) -> str:
    return frozen_system.create_inventory(bus(8, legs=3))


def violations(system: BookingSystem) -> list[str]:
    return [f"{v.check}: {v.subject} {v.detail}" for v in system.fsck().violations]


def test_a_live_hold_is_confirmed_with_reference_and_tickets(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    held = hold(frozen_system, inventory, "1A", "1B")
    payment = add_payment(database_url, held)

    booking = frozen_system.settle(payment)

    assert booking.state is BookingState.CONFIRMED
    assert booking.reference == f"BK{NOW:%Y%m%d}001"
    assert payment_state(database_url, payment) is PaymentState.SUCCEEDED
    assert rows(
        database_url,
        "SELECT number, label, position FROM tickets WHERE booking_id = :id ORDER BY position",
        id=held.id,
    ) == [(f"TKT{NOW:%Y%m%d}001", "1A", 0), (f"TKT{NOW:%Y%m%d}002", "1B", 1)]
    assert refunds(database_url) == []
    assert violations(frozen_system) == []


def test_settling_again_changes_nothing(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    payment = add_payment(database_url, hold(frozen_system, inventory, "1A"))
    once = frozen_system.settle(payment)

    assert frozen_system.settle(payment) == once
    assert scalar(database_url, "SELECT count(*) FROM tickets") == 1


@pytest.mark.parametrize("run_out", [unswept, swept])
def test_a_hold_that_ran_out_gets_its_seats_back_where_they_are_free(
    frozen_system: BookingSystem,
    clock: ManualClock,
    database_url: str,
    inventory: str,
    run_out: PastHold,
) -> None:
    held = hold(frozen_system, inventory, "1A", "1B", from_leg=1)
    payment = add_payment(database_url, held)
    run_out(frozen_system, clock)

    booking = frozen_system.settle(payment)

    assert booking.state is BookingState.CONFIRMED
    assert booking.closed_at is None
    assert statuses(frozen_system, inventory)["1A"] == "sold"
    assert payment_state(database_url, payment) is PaymentState.SUCCEEDED
    sweep(frozen_system)
    assert violations(frozen_system) == []


@pytest.mark.parametrize("run_out", [unswept, swept])
def test_all_goes_back_where_another_has_one_of_the_seats(
    frozen_system: BookingSystem,
    clock: ManualClock,
    database_url: str,
    inventory: str,
    run_out: PastHold,
) -> None:
    held = hold(frozen_system, inventory, "1A", "1B")
    payment = add_payment(database_url, held)
    run_out(frozen_system, clock)
    other = hold(frozen_system, inventory, "1B", customer="bob", from_leg=2)

    booking = frozen_system.settle(payment)

    assert booking.state is not BookingState.CONFIRMED
    assert frozen_system.booking(other.id).is_live_hold(frozen_system.now())
    assert payment_state(database_url, payment) is PaymentState.REFUNDED
    assert refunds(database_url) == [(payment, held.amount, "pending")]
    assert frozen_system.settle(payment).id == held.id
    assert refunds(database_url) == [(payment, held.amount, "pending")]
    sweep(frozen_system)
    assert violations(frozen_system) == []


def sell_what_late_money_was_for(
    system: BookingSystem, clock: ManualClock, url: str
) -> tuple[str, list[str]]:
    """What copies of the claims show of a seat that was sold to another when money for a hold that
    had run out arrived; and what is wrong once that sale was undone and the seat held again."""
    inventory = system.create_inventory(bus(4))
    sell(system, inventory, "1B", "1C", "1D", customer="dora")
    held = hold(system, inventory, "1A")
    payment = add_payment(url, held)
    clock.advance(minutes=16)
    other = sell(system, inventory, "1A", customer="bob")
    assert statuses(system, inventory)["1A"] == "sold"
    system.settle(payment)
    assert payment_state(url, payment) is PaymentState.REFUNDED
    shown = statuses(system, inventory)["1A"]
    system.cancel(other.id)
    system.hold_best(inventory, "carol", 1)
    return shown, violations(system)


def test_late_money_that_goes_back_takes_nobodys_seat(
    frozen_system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    shown, wrong = sell_what_late_money_was_for(frozen_system, clock, database_url)

    assert shown == "sold"
    assert wrong == []


def test_if_its_event_named_the_seat_all_copies_would_be_wrong(
    frozen_system: BookingSystem,
    clock: ManualClock,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control: the seat shows as available, and the counters end up wrong."""
    really_told = events.payload
    monkeypatch.setattr(
        events,
        "payload",
        lambda decision: {**really_told(decision), "seats": decision.after.seat_ids},
    )

    shown, wrong = sell_what_late_money_was_for(frozen_system, clock, database_url)

    assert shown == "available"
    assert [one.split(":")[0] for one in wrong] == ["tier counters equal a recount of claims"]


def test_seats_another_hold_let_go_of_are_free_too(
    frozen_system: BookingSystem, clock: ManualClock, database_url: str, inventory: str
) -> None:
    held = hold(frozen_system, inventory, "1A")
    payment = add_payment(database_url, held)
    clock.advance(minutes=16)
    hold(frozen_system, inventory, "1A", customer="bob")
    clock.advance(minutes=16)

    assert frozen_system.settle(payment).state is BookingState.CONFIRMED
    sweep(frozen_system)
    assert violations(frozen_system) == []


@pytest.mark.parametrize("run_out", [unswept, swept])
@pytest.mark.parametrize("others", [8, 9])
def test_counted_places_come_back_while_there_is_room(
    frozen_system: BookingSystem,
    clock: ManualClock,
    database_url: str,
    run_out: PastHold,
    others: int,
) -> None:
    inventory = frozen_system.create_inventory(counted({"General": 10}))
    held = frozen_system.hold_places(inventory, "ann", 2)
    payment = add_payment(database_url, held)
    run_out(frozen_system, clock)
    frozen_system.hold_places(inventory, "bob", others)

    booking = frozen_system.settle(payment)

    has_room = others + held.places <= 10
    assert (booking.state is BookingState.CONFIRMED) is has_room
    expected = PaymentState.SUCCEEDED if has_room else PaymentState.REFUNDED
    assert payment_state(database_url, payment) is expected
    sweep(frozen_system)
    assert violations(frozen_system) == []


def test_what_has_left_is_not_sold_any_more(
    frozen_system: BookingSystem, clock: ManualClock, database_url: str, inventory: str
) -> None:
    payment = add_payment(database_url, hold(frozen_system, inventory, "1A"))
    clock.advance(days=3)

    assert frozen_system.settle(payment).state is BookingState.HELD
    assert payment_state(database_url, payment) is PaymentState.REFUNDED


def test_a_hold_given_back_is_not_paid_for(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    held = hold(frozen_system, inventory, "1A")
    payment = add_payment(database_url, held)
    frozen_system.release(held.id)

    assert frozen_system.settle(payment).state is BookingState.RELEASED
    assert refunds(database_url) == [(payment, held.amount, "pending")]


def test_who_pays_twice_gets_the_second_payment_back(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    held = hold(frozen_system, inventory, "1A")
    first, second = add_payment(database_url, held), add_payment(database_url, held)

    frozen_system.settle(first)
    frozen_system.settle(second)

    assert payment_state(database_url, first) is PaymentState.SUCCEEDED
    assert refunds(database_url) == [(second, held.amount, "pending")]
    assert violations(frozen_system) == []


def test_another_amount_confirms_nothing(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    held = hold(frozen_system, inventory, "1A")
    payment = add_payment(database_url, held, amount=held.amount - 1)

    assert frozen_system.settle(payment).state is BookingState.HELD
    assert refunds(database_url) == [(payment, held.amount - 1, "pending")]


def test_were_amounts_not_compared_a_sale_would_be_paid_too_little(
    frozen_system: BookingSystem,
    database_url: str,
    inventory: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control; and fsck tells."""
    held = hold(frozen_system, inventory, "1A")
    payment = add_payment(database_url, held, amount=held.amount - 1)
    monkeypatch.setattr(settling, "_is_the_price", lambda *_: True)

    assert frozen_system.settle(payment).state is BookingState.CONFIRMED
    assert violations(frozen_system) != []


def test_an_unknown_payment_is_not_found(frozen_system: BookingSystem) -> None:
    for payment_id in (new_id(), "no id at all"):
        with pytest.raises(PaymentNotFound):
            frozen_system.settle(payment_id)


def test_without_looking_whether_seats_are_free_the_database_refuses(
    frozen_system: BookingSystem,
    clock: ManualClock,
    database_url: str,
    inventory: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control of the rule above: behind it stands the guard of the claims."""
    payment = add_payment(database_url, hold(frozen_system, inventory, "1A"))
    clock.advance(minutes=16)
    hold(frozen_system, inventory, "1A", customer="bob")
    monkeypatch.setattr(settling, "_can_be_claimed_anew", lambda *_: True)

    with pytest.raises(ConstraintViolated):
        frozen_system.settle(payment)

    assert payment_state(database_url, payment) is PaymentState.PENDING


def test_numbers_run_on_and_are_never_given_twice(frozen_system: BookingSystem) -> None:
    inventory = frozen_system.create_inventory(bus(40))
    other = frozen_system.create_inventory(counted({"General": 10}))
    references = []
    for number, seat in enumerate(seat_ids(frozen_system, inventory)[:12]):
        held = frozen_system.hold_seats(inventory, f"c{number}", [seat])
        references.append(frozen_system.confirm(held.id).reference)
    held = frozen_system.hold_places(other, "ann", 3)
    references.append(frozen_system.confirm(held.id).reference)

    assert references == [f"BK{NOW:%Y%m%d}{number:03}" for number in range(1, 14)]


def test_a_customer_with_an_account_is_written_to(
    frozen_system: BookingSystem, clock: ManualClock, database_url: str, inventory: str
) -> None:
    user = new_id()
    confirmed = hold(frozen_system, inventory, "1A", customer=user)
    frozen_system.confirm(confirmed.id)
    frozen_system.cancel(confirmed.id)
    overdue = hold(frozen_system, inventory, "1B", customer=user)
    hold(frozen_system, inventory, "1C", customer="somebody without one")
    clock.advance(minutes=16)
    sweep(frozen_system)

    assert rows(
        database_url,
        "SELECT kind, user_id, subject_id, state FROM outbox_messages ORDER BY created_at, id",
    ) == [
        ("booking_confirmed", user, confirmed.id, "waiting"),
        ("booking_cancelled", user, confirmed.id, "waiting"),
        ("hold_expired", user, overdue.id, "waiting"),
    ]
