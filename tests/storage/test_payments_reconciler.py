"""What was left open is finished: confirmed or given back, never lost and never twice."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.payments import Payment, PaymentState
from booking_core.engine.reconciler import Reconciled
from booking_core.errors import GatewayUnreachable, StorageError
from tests.support.paying import Till, open_till
from tests.support.provider import Provider, deliver, event, fails_at, money_problems


@pytest.fixture
def till(database_url: str, clock: ManualClock, tmp_path: Path) -> Iterator[Till]:
    with open_till(database_url, clock, Provider(tmp_path / "provider")) as opened:
        yield opened
        opened.provider.between = fails_at()
        reconcile(opened)
        assert money_problems(opened.system, opened.provider) == []


def cut_short(till: Till, step: str, how: str = "tok_ok") -> Payment:
    """A payment whose initiation never learned what the provider did."""
    till.provider.between = fails_at(step)
    with suppress(GatewayUnreachable):
        till.pay(till.hold(), how)
    till.provider.between = fails_at()
    (payment,) = till.system.payments.find()
    assert payment.state is PaymentState.INITIATED
    return payment


def reconcile(till: Till, **later: float) -> Reconciled:
    till.clock.advance(**(later or {"seconds": 61}))
    return till.system.reconciler().run_once()


@pytest.mark.parametrize(
    ("step", "token", "state"),
    [
        ("charged", "tok_ok", PaymentState.SUCCEEDED),
        ("charged", "tok_declined", PaymentState.FAILED),
        ("charged", "tok_code", PaymentState.REQUIRES_ACTION),
        ("charged", "tok_late", PaymentState.PENDING),
        ("charging", "tok_ok", PaymentState.FAILED),
    ],
)
def test_a_payment_without_an_answer_is_looked_up(
    till: Till, step: str, token: str, state: PaymentState
) -> None:
    payment = cut_short(till, step, token)

    reconcile(till)

    assert till.system.payments.get(payment.id).state is state


def test_money_taken_for_seats_that_are_gone_goes_back(till: Till) -> None:
    payment = cut_short(till, "charged")
    till.let_run_out()
    till.lose_seats()

    done = reconcile(till)

    assert till.system.payments.get(payment.id).state is PaymentState.REFUNDED
    assert (done.refunds_tried, done.refunds_done) == (1, 1)
    assert till.provider.kept() == {payment.id: 0}


def test_a_provider_has_time_to_answer(till: Till) -> None:
    payment = cut_short(till, "charged")

    assert reconcile(till, seconds=29).looked_up == 0
    assert till.system.payments.get(payment.id).state is PaymentState.INITIATED
    assert reconcile(till, seconds=1).looked_up == 1


def test_a_provider_that_cannot_be_reached_is_asked_again(till: Till) -> None:
    payment = cut_short(till, "charged")
    till.provider.between = fails_at("looked up")

    (error,) = reconcile(till).errors

    assert isinstance(error, GatewayUnreachable)
    assert reconcile(till, seconds=1).looked_up == 0
    till.provider.between = fails_at()
    reconcile(till)
    assert till.system.payments.get(payment.id).state is PaymentState.SUCCEEDED


def test_one_payment_that_cannot_be_finished_does_not_keep_back_others(till: Till) -> None:
    broken = till.pay(till.hold("1A"), "tok_late")
    till.clock.advance(seconds=1)
    sound = till.pay(till.hold("1B"), "tok_late")
    till.provider.receive(sound.id)

    def between(_: str) -> None:
        till.provider.between = fails_at()
        raise ZeroDivisionError

    till.provider.between = between
    done = reconcile(till)

    assert [type(error) for error in done.errors] == [ZeroDivisionError]
    assert till.system.payments.get(sound.id).state is PaymentState.SUCCEEDED
    assert till.system.payments.get(broken.id).state is PaymentState.PENDING


def test_money_that_no_webhook_told_of_is_found(till: Till) -> None:
    payment = till.pay(till.hold(), "tok_late")
    till.provider.receive(payment.id)

    reconcile(till)

    assert till.booking(payment).state is BookingState.CONFIRMED


def test_a_hold_lives_as_long_as_its_money_is_under_way_up_to_its_cap(till: Till) -> None:
    payment = till.pay(till.hold(), "tok_late")
    held_at = till.booking(payment).held_at
    for _ in range(11):
        reconcile(till, minutes=5)
        assert till.booking(payment).is_live_hold(till.clock.now())

    reconcile(till, minutes=5)

    assert not till.booking(payment).is_live_hold(till.clock.now())
    assert till.clock.now() - held_at >= till.booking(payment).expires_at - held_at


def test_a_payment_that_waits_for_its_customer_keeps_no_seats(till: Till) -> None:
    payment = till.pay(till.hold(), "tok_code")
    before = till.booking(payment)

    reconcile(till)

    assert till.booking(payment) == before


@pytest.mark.parametrize("token", ["tok_code", "tok_late"])
def test_what_was_abandoned_is_given_up_once_its_hold_is_over(till: Till, token: str) -> None:
    payment = till.pay(till.hold(), token)
    till.let_run_out()

    reconcile(till)

    assert till.system.payments.get(payment.id).state is PaymentState.FAILED


@pytest.mark.parametrize("is_gone", [False, True])
def test_money_that_comes_after_all_is_settled_all_the_same(till: Till, is_gone: bool) -> None:
    payment = till.pay(till.hold(), "tok_late")
    till.let_run_out()
    reconcile(till)
    if is_gone:
        till.lose_seats()
    till.provider.receive(payment.id)

    ended = deliver(till.system, event(payment)).state

    assert ended is (PaymentState.REFUNDED if is_gone else PaymentState.SUCCEEDED)


def test_a_run_is_bounded(till: Till) -> None:
    for label in ("1A", "1B", "1C"):
        till.pay(till.hold(label), "tok_late")
    till.clock.advance(minutes=2)
    reconciler = till.system.reconciler()

    assert [reconciler.run_once(most=2).looked_up for _ in range(3)] == [2, 1, 0]


def test_an_idle_run_writes_nothing(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise AssertionError("an idle reconciler begins no transaction")

    for module in ("reconciler", "refunds"):
        monkeypatch.setattr(f"booking_core.engine.{module}.writing", refuse)
    assert till.system.reconciler().run_once() == Reconciled()


def test_it_runs_until_it_is_stopped(till: Till) -> None:
    stop, seen = Event(), list[Reconciled | StorageError]()

    def observe(done: Reconciled | StorageError) -> None:
        seen.append(done)
        stop.set()

    till.system.reconciler().run(stop, 0.01, observe)

    assert seen == [Reconciled()]


def test_a_database_that_is_away_is_reported_and_tried_again(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    from booking_core.engine.reconciler import Reconciler
    from booking_core.errors import DatabaseBusy

    stop, seen = Event(), list[Reconciled | StorageError]()
    busy = DatabaseBusy("busy")
    results: list[Reconciled | StorageError] = [busy, Reconciled()]

    def run_once(_: Reconciler) -> Reconciled:
        result = results.pop(0)
        if isinstance(result, StorageError):
            raise result
        stop.set()
        return result

    monkeypatch.setattr(Reconciler, "run_once", run_once)
    till.system.reconciler().run(stop, 0.0, seen.append)

    assert seen == [busy, Reconciled()]
