"""Paying for a hold: one open payment at a time, the server's price, and nothing charged twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.payments import PaymentState
from booking_core.errors import (
    AlreadyPaid,
    AmountMismatch,
    BookingError,
    BookingNotFound,
    GatewayUnreachable,
    HoldExpired,
    IdempotencyKeyReused,
    IllegalTransition,
    InvalidRequest,
    PaymentDeclined,
    PaymentInProgress,
    PaymentNotFound,
    PaymentRefunded,
)
from booking_core.ids import new_id
from tests.support.paying import Till, open_till
from tests.support.provider import CODE, Provider, deliver, event, fails_at, money_problems
from tests.support.raw import rows, scalar


@pytest.fixture
def till(database_url: str, clock: ManualClock, tmp_path: Path) -> Iterator[Till]:
    with open_till(database_url, clock, Provider(tmp_path / "provider")) as opened:
        yield opened
        assert money_problems(opened.system, opened.provider) == []


def test_a_payment_that_succeeds_confirms_the_booking(till: Till) -> None:
    held = till.hold("1A", "1B")

    payment = till.pay(held, amount=held.amount, currency="EUR")

    assert payment.state is PaymentState.SUCCEEDED
    assert (payment.amount, payment.currency) == (held.amount, "EUR")
    assert till.booking(payment).state is BookingState.CONFIRMED
    assert till.provider.kept() == {payment.id: held.amount}


def test_who_pays_and_from_where_is_in_the_activity_log(till: Till, database_url: str) -> None:
    payment = till.pay(till.hold(), "tok_late", actor="someone", origin="192.0.2.1")

    found = rows(
        database_url,
        "SELECT action, actor, origin FROM activity_log WHERE entity_id = :id ORDER BY seq",
        id=payment.id,
    )
    assert found == [
        ("initiated", "someone", "192.0.2.1"),
        ("pending", "someone", "192.0.2.1"),
    ]


def test_a_decline_leaves_the_hold_and_another_payment_may_follow(till: Till) -> None:
    held = till.hold()

    with pytest.raises(PaymentDeclined) as refusal:
        till.pay(held, "tok_declined")

    failed = till.system.payments.get(refusal.value.details["payment_id"])
    assert failed.state is PaymentState.FAILED
    assert till.system.booking(held.id).is_live_hold(till.clock.now())
    assert till.pay(held).state is PaymentState.SUCCEEDED


@pytest.mark.parametrize(("amount", "currency"), [(1, None), (0, None), (9_000, "USD")])
def test_another_amount_charges_and_writes_nothing(
    till: Till, database_url: str, amount: int, currency: str | None
) -> None:
    held = till.hold()

    with pytest.raises(AmountMismatch):
        till.pay(held, amount=amount, currency=currency)

    assert scalar(database_url, "SELECT count(*) FROM payments") == 0
    assert till.system.booking(held.id) == held
    assert till.provider.kept() == {}


def test_only_ones_own_live_hold_can_be_paid_for(till: Till) -> None:
    held = till.hold()
    refusals: list[type[BookingError]] = []
    for booking_id, customer in ((held.id, "eve"), (new_id(), "ann"), ("no id", "ann")):
        with pytest.raises(BookingNotFound) as refusal:
            till.system.payments.initiate(booking_id, customer, method="card", token="tok_ok")
        refusals.append(type(refusal.value))
    assert set(refusals) == {BookingNotFound}

    till.clock.advance(minutes=15)
    with pytest.raises(HoldExpired):
        till.pay(held)
    till.let_run_out()
    with pytest.raises(HoldExpired):
        till.pay(held)

    released = till.hold()
    till.system.release(released.id)
    with pytest.raises(IllegalTransition):
        till.pay(released)


def test_a_block_is_nobodys_to_pay(till: Till) -> None:
    seat_id = next(iter(till.system.layout(till.inventory).seats))
    block = till.system.block_seat(till.inventory, seat_id)

    with pytest.raises(BookingNotFound):
        till.system.payments.initiate(block.id, block.customer_id, method="card")


def test_what_is_paid_is_not_paid_again(till: Till) -> None:
    held = till.hold()
    till.pay(held)

    with pytest.raises(AlreadyPaid):
        till.pay(held)


@pytest.mark.parametrize("method", ["cash", "", "CARD"])
def test_the_sandbox_knows_its_methods(till: Till, database_url: str, method: str) -> None:
    from booking_core.gateways.sandbox import SandboxGateway

    till.system._charges._gateways = {"sandbox": SandboxGateway()}
    with pytest.raises(InvalidRequest) as refusal:
        till.system.payments.initiate(till.hold().id, "ann", method=method)

    assert refusal.value.field == "payment_method"
    assert scalar(database_url, "SELECT count(*) FROM payments") == 0


# While a payment is on its way


def test_a_hold_is_extended_while_a_payment_is_on_its_way(till: Till) -> None:
    held = till.hold()
    till.clock.advance(minutes=10)

    till.pay(held, "tok_late")

    extended = till.system.booking(held.id).expires_at
    assert (extended - till.clock.now()).total_seconds() == 15 * 60


def test_a_hold_at_its_cap_can_still_be_paid_for(till: Till) -> None:
    held = till.hold()
    for _ in range(5):
        till.clock.advance(minutes=11)
        held = till.system.extend(held.id)

    assert till.pay(held).state is PaymentState.SUCCEEDED


def test_one_payment_is_open_at_a_time(till: Till) -> None:
    held = till.hold()
    late = till.pay(held, "tok_late")

    with pytest.raises(PaymentInProgress) as refusal:
        till.pay(held)

    assert refusal.value.details == {"payment_id": late.id}


def test_a_payment_that_waits_for_its_customer_gives_way_to_another(till: Till) -> None:
    held = till.hold()
    first = till.pay(held, "tok_code")

    second = till.pay(held)

    assert second.state is PaymentState.SUCCEEDED
    superseded = till.system.payments.get(first.id)
    assert superseded.state is PaymentState.FAILED
    assert "Superseded" in (superseded.failure or "")


def test_money_of_a_superseded_payment_goes_back(till: Till) -> None:
    held = till.hold()
    first = till.pay(held, "tok_code")
    second = till.pay(held)
    till.provider.receive(first.id)

    assert deliver(till.system, event(first)).state is PaymentState.REFUNDED

    till.system.reconciler().run_once()
    assert till.provider.kept() == {first.id: 0, second.id: held.amount}


# The second step


def test_the_right_code_completes_a_payment(till: Till) -> None:
    payment = till.pay(till.hold(), "tok_code")
    assert payment.state is PaymentState.REQUIRES_ACTION

    done = till.system.payments.complete(payment.id, "ann", CODE)

    assert done.state is PaymentState.SUCCEEDED
    assert till.booking(done).state is BookingState.CONFIRMED
    assert till.system.payments.complete(payment.id, "ann", CODE) == done


def test_a_wrong_code_is_declined_and_may_be_corrected(till: Till) -> None:
    payment = till.pay(till.hold(), "tok_code")

    with pytest.raises(PaymentDeclined) as refusal:
        till.system.payments.complete(payment.id, "ann", "0000")

    assert refusal.value.field == "code"
    assert till.system.payments.complete(payment.id, "ann", CODE).state is PaymentState.SUCCEEDED


def test_a_step_is_taken_only_by_whose_payment_it_is_and_when_it_is_wanted(till: Till) -> None:
    payment = till.pay(till.hold(), "tok_late")

    with pytest.raises(PaymentNotFound):
        till.system.payments.complete(payment.id, "eve", CODE)
    with pytest.raises(PaymentNotFound):
        till.system.payments.complete(new_id(), "ann", CODE)
    with pytest.raises(PaymentInProgress):
        till.system.payments.complete(payment.id, "ann", CODE)


def test_a_step_taken_too_late_gives_the_money_back(till: Till) -> None:
    payment = till.pay(till.hold(), "tok_code")
    till.let_run_out()
    till.lose_seats()

    with pytest.raises(PaymentRefunded):
        till.system.payments.complete(payment.id, "ann", CODE)

    till.system.reconciler().run_once()
    assert till.provider.kept() == {payment.id: 0}


# Idempotency keys


def test_the_same_key_gives_the_same_payment(till: Till) -> None:
    held = till.hold()

    first = till.pay(held, idempotency_key="k")

    assert till.pay(held, idempotency_key="k") == first
    assert till.provider.kept() == {first.id: held.amount}


def test_the_same_key_gives_the_same_decline(till: Till) -> None:
    held = till.hold()
    declined = []
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as refusal:
            till.pay(held, "tok_declined", idempotency_key="k")
        declined.append(refusal.value.details["payment_id"])

    assert declined[0] == declined[1]


def test_a_key_is_good_for_one_request_and_one_customer(till: Till) -> None:
    held, other = till.hold("1A"), till.hold("1B")
    foreign = till.hold("1C", customer="bob")
    till.pay(held, idempotency_key="k")

    with pytest.raises(IdempotencyKeyReused):
        till.pay(other, idempotency_key="k")
    assert till.pay(foreign, idempotency_key="k").customer_id == "bob"


def test_a_key_is_forgotten_after_a_day(till: Till) -> None:
    held = till.hold("1A")
    till.pay(held, idempotency_key="k")
    till.clock.advance(hours=24)

    assert till.pay(till.hold("1B"), idempotency_key="k").state is PaymentState.SUCCEEDED


def test_a_key_of_a_hold_may_be_one_of_a_payment_too(till: Till) -> None:
    from tests.support.builders import hold

    held = hold(till.system, till.inventory, "1A", idempotency_key="k")

    assert till.pay(held, idempotency_key="k").state is PaymentState.SUCCEEDED


@pytest.mark.parametrize("lost_at", ["charging", "charged"])
def test_a_lost_answer_is_found_again_under_the_same_key(till: Till, lost_at: str) -> None:
    held = till.hold()
    till.provider.between = fails_at(lost_at)
    with pytest.raises(GatewayUnreachable):
        till.pay(held, idempotency_key="k")
    with pytest.raises(PaymentInProgress):
        till.pay(held)

    till.provider.between = fails_at()
    payment = till.pay(held, idempotency_key="k")

    assert payment.state is PaymentState.SUCCEEDED
    assert till.provider.kept() == {payment.id: held.amount}


# What is kept of a card


def test_neither_card_number_nor_token_is_stored(
    database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    from booking_core import BookingSystem
    from tests.support.builders import bus, hold

    with BookingSystem.open(database_url, clock=clock) as system:
        held = hold(system, system.create_inventory(bus()), "1A")
        system.payments.initiate(
            held.id, "ann", method="card", card_number="4242 4242 4242 4242", idempotency_key="k"
        )
    for table in ("payments", "activity_log", "idempotency_records", "outbox", "bookings"):
        stored = repr(rows(database_url, f"SELECT * FROM {table}"))
        assert stored != "[]"
        assert "4242424242" not in stored.replace(" ", "")
