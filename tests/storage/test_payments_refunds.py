"""Money on its way back: sent once, tried again, given up on in the open."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from booking_core.clock import ManualClock
from booking_core.domain.payments import Payment, Refund, RefundState
from booking_core.domain.policies.payments import PAYMENTS
from booking_core.errors import GatewayUnreachable, IllegalTransition, RefundNotFound
from booking_core.ids import new_id
from tests.support.paying import Till, open_till
from tests.support.provider import Provider, fails_at, money_problems
from tests.support.raw import rows


@pytest.fixture
def till(database_url: str, clock: ManualClock, tmp_path: Path) -> Iterator[Till]:
    with open_till(database_url, clock, Provider(tmp_path / "provider")) as opened:
        yield opened


def cancelled(till: Till) -> Payment:
    """A paid booking that was cancelled three days ahead; what goes back is due."""
    payment = till.pay(till.hold())
    till.system.cancel(payment.booking_id, refund=payment.amount)
    return payment


def refund_of(till: Till, payment: Payment) -> Refund:
    (refund,) = till.system.refunds.find(payment_id=payment.id)
    return refund


def run(till: Till) -> tuple[int, int]:
    done = till.system.reconciler().run_once()
    return done.refunds_tried, done.refunds_done


def test_a_refund_that_is_due_is_sent_once(till: Till) -> None:
    payment = cancelled(till)
    assert refund_of(till, payment).state is RefundState.PENDING

    assert [run(till), run(till)] == [(1, 1), (0, 0)]

    refund = refund_of(till, payment)
    assert refund.state is RefundState.SUCCEEDED
    assert refund.completed_at == till.clock.now()
    assert till.provider.kept() == {payment.id: 0}
    assert money_problems(till.system, till.provider) == []


def test_a_refund_that_fails_is_tried_again_later_and_later(till: Till) -> None:
    payment = cancelled(till)
    till.provider.between = fails_at("refunding")
    waits = []
    for _ in range(4):
        assert run(till) == (1, 0)
        assert run(till) == (0, 0)
        refund = refund_of(till, payment)
        waits.append(refund.next_try_at - till.clock.now())
        till.clock.advance(seconds=waits[-1].total_seconds())

    for tries, wait in enumerate(waits, start=1):
        full = PAYMENTS.refunds.wait(tries, 0)
        assert full / 2 <= wait <= full
    assert refund_of(till, payment).failure == "The provider cannot be reached."
    assert refund_of(till, payment).state is RefundState.PENDING


def test_the_last_try_is_the_last_until_an_operator_asks_for_more(
    till: Till, database_url: str
) -> None:
    payment = cancelled(till)
    till.provider.between = fails_at("refunding")
    for _ in range(PAYMENTS.refunds.most_tries):
        assert run(till) == (1, 0)
        till.clock.advance(hours=4)
    assert run(till) == (0, 0)
    failed = refund_of(till, payment)
    assert failed.state is RefundState.FAILED
    assert till.system.refunds.health().failed_refunds == 1
    assert till.system.refunds.find(state=RefundState.FAILED) == [failed]

    till.provider.between = fails_at()
    till.system.refunds.retry(failed.id, actor="operator", origin="192.0.2.1")

    assert run(till) == (1, 1)
    assert till.system.refunds.health().failed_refunds == 0
    assert rows(
        database_url,
        "SELECT action, actor FROM activity_log WHERE entity_id = :id ORDER BY seq",
        id=failed.id,
    ) == [("failed", "reconciler"), ("pending", "operator"), ("succeeded", "reconciler")]


def test_money_that_went_without_an_answer_does_not_go_twice(till: Till) -> None:
    payment = cancelled(till)
    till.provider.between = fails_at("refunded")
    assert run(till) == (1, 0)
    assert till.provider.kept() == {payment.id: 0}

    till.provider.between = fails_at()
    till.clock.advance(minutes=1)

    assert run(till) == (1, 1)
    assert till.provider.kept() == {payment.id: 0}


def test_one_refund_that_fails_does_not_keep_back_others(till: Till) -> None:
    payments = [cancelled(till)]
    till.clock.advance(seconds=1)
    payments.append(cancelled(till))
    steps = iter([True, False])

    def between(step: str) -> None:
        if step == "refunding" and next(steps):
            raise ZeroDivisionError

    till.provider.between = between
    done = till.system.reconciler().run_once()

    assert (done.refunds_tried, done.refunds_done) == (2, 1)
    assert [type(error) for error in done.errors] == [ZeroDivisionError]
    assert [refund_of(till, payment).state for payment in payments] == ["pending", "succeeded"]


def test_a_failure_that_comes_late_does_not_undo_a_success(till: Till) -> None:
    """The lease of a slow try ran out, and another process was quicker."""
    payment = cancelled(till)

    def overtaken(step: str) -> None:
        if step == "refunding":
            till.provider.between = fails_at()
            till.clock.advance(minutes=1)
            assert run(till) == (1, 1)
            raise GatewayUnreachable("Too slow.")

    till.provider.between = overtaken
    assert run(till) == (1, 0)
    assert refund_of(till, payment).state is RefundState.SUCCEEDED


def test_a_run_is_bounded(till: Till) -> None:
    for _ in range(3):
        cancelled(till)
    reconciler = till.system.reconciler()

    assert [reconciler.run_once(most=2).refunds_tried for _ in range(3)] == [2, 1, 0]


def test_what_was_sent_or_is_not_there_cannot_be_retried(till: Till) -> None:
    payment = cancelled(till)
    run(till)

    with pytest.raises(IllegalTransition):
        till.system.refunds.retry(refund_of(till, payment).id, actor="operator")
    for unknown in (new_id(), "no id"):
        with pytest.raises(RefundNotFound):
            till.system.refunds.retry(unknown, actor="operator")


def test_a_refund_that_waits_can_be_tried_at_once(till: Till) -> None:
    payment = cancelled(till)
    till.provider.between = fails_at("refunding")
    run(till)
    till.provider.between = fails_at()

    till.system.refunds.retry(refund_of(till, payment).id, actor="operator")

    assert run(till) == (1, 1)


def test_refunds_are_found_by_payment_booking_and_state(till: Till) -> None:
    payment = cancelled(till)
    refund = refund_of(till, payment)

    assert till.system.refunds.find(booking_id=payment.booking_id) == [refund]
    assert till.system.refunds.find(state=RefundState.FAILED) == []
    assert till.system.refunds.find(payment_id="no id") == []


def test_health_tells_what_is_open(till: Till) -> None:
    assert till.system.refunds.health() == replace(
        till.system.refunds.health(), open_payments=0, oldest_open_at=None, pending_refunds=0
    )
    cancelled(till)
    opened = till.pay(till.hold("1B"), "tok_late")
    till.clock.advance(minutes=1)

    health = till.system.refunds.health()

    assert (health.open_payments, health.pending_refunds, health.failed_refunds) == (1, 1, 0)
    assert health.oldest_open_at is not None
    assert opened.updated_at - health.oldest_open_at == timedelta()
