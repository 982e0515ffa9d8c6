"""kill -9 while money moves: it ends as seats or goes back, never lost and never twice."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from booking_core.clock import ManualClock
from booking_core.domain.payments import Payment, PaymentState
from tests.support.faults_arena import process
from tests.support.faults_payments import (
    come_to_rest,
    notify_and_die,
    pay_and_die,
    refund_and_die,
)
from tests.support.faults_waiting import DEADLINE
from tests.support.paying import Till, open_till
from tests.support.provider import Provider, deliver, event, money_problems


@pytest.fixture
def till(database_url: str, clock: ManualClock, tmp_path: Path) -> Iterator[Till]:
    with open_till(database_url, clock, Provider(tmp_path / "provider")) as opened:
        yield opened


def killed(act: Callable[..., None], *arguments: Any) -> None:
    with process(act, *arguments) as dying:
        dying.join(DEADLINE)
        assert dying.exitcode == -signal.SIGKILL


def url_of(till: Till) -> str:
    return till.system._database.url.render_as_string(hide_password=False)


def cut_down(till: Till, step: str) -> Payment:
    """A payment whose process was killed at a step."""
    held = till.hold()
    killed(pay_and_die, url_of(till), till.provider.path, held.id, step)
    (payment,) = till.system.payments.find()
    return payment


@pytest.mark.parametrize("is_gone", [False, True], ids=["free", "gone"])
@pytest.mark.parametrize("step", ["charging", "charged", "settling", "settled"])
def test_a_payment_is_finished_after_its_process_was_killed(
    till: Till, step: str, is_gone: bool
) -> None:
    payment = cut_down(till, step)
    if is_gone and step != "settled":
        till.let_run_out()
        till.lose_seats()

    come_to_rest(till)

    ended = till.system.payments.get(payment.id).state
    if step == "charging":
        assert ended is PaymentState.FAILED
    else:
        is_refunded = is_gone and step != "settled"
        assert ended is (PaymentState.REFUNDED if is_refunded else PaymentState.SUCCEEDED)
    assert money_problems(till.system, till.provider) == []


@pytest.mark.parametrize("step", ["charging", "charged", "settling", "settled"])
def test_a_customer_who_asks_again_finishes_it_too(till: Till, step: str) -> None:
    payment = cut_down(till, step)

    again = till.pay(till.booking(payment), idempotency_key="k")

    assert (again.id, again.state) == (payment.id, PaymentState.SUCCEEDED)
    assert till.provider.kept() == {payment.id: payment.amount}
    assert money_problems(till.system, till.provider) == []


@pytest.mark.parametrize("is_gone", [False, True], ids=["free", "gone"])
@pytest.mark.parametrize("step", ["settling", "settled", "noting"])
def test_an_event_whose_process_was_killed_is_sent_again(
    till: Till, step: str, is_gone: bool
) -> None:
    payment = till.pay(till.hold(), "tok_late")
    till.provider.receive(payment.id)
    body = event(payment)
    if is_gone:
        till.system.release(payment.booking_id)

    killed(notify_and_die, url_of(till), till.provider.path, body, step)
    deliver(till.system, body)

    come_to_rest(till)
    ended = till.system.payments.get(payment.id).state
    assert ended is (PaymentState.REFUNDED if is_gone else PaymentState.SUCCEEDED)
    assert money_problems(till.system, till.provider) == []


@pytest.mark.parametrize("step", ["refunding", "refunded"])
def test_a_refund_whose_process_was_killed_is_sent_once(till: Till, step: str) -> None:
    payment = till.pay(till.hold())
    till.system.cancel(payment.booking_id, refund=payment.amount)

    killed(refund_and_die, url_of(till), till.provider.path, step)

    come_to_rest(till)
    (refund,) = till.system.refunds.find(payment_id=payment.id)
    assert refund.state == "succeeded"
    assert till.provider.kept() == {payment.id: 0}
    assert money_problems(till.system, till.provider) == []


def test_without_the_reconciler_the_money_would_be_lost(till: Till) -> None:
    """Negative control."""
    cut_down(till, "charged")

    till.clock.advance(minutes=10)

    assert money_problems(till.system, till.provider) != []
