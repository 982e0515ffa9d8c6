"""Money that many move at once, from several engines on one database."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from booking_core.clock import ManualClock
from booking_core.domain.paying import to_supersede
from booking_core.domain.payments import Payment, PaymentState, RefundState
from booking_core.engine import charges, initiations
from booking_core.errors import AlreadyPaid, PaymentInProgress
from booking_core.storage.repositories import payments as repository
from booking_core.storage.repositories import refunds
from tests.support.builders import sweep
from tests.support.faults_payments import all_at_once, come_to_rest, open_tills
from tests.support.faults_waiting import DEADLINE
from tests.support.paying import Till
from tests.support.provider import deliver, event, money_problems

SEATS = ("1A", "1B", "1C", "1D")


@pytest.fixture
def tills(database_url: str, clock: ManualClock, tmp_path: Path) -> Iterator[list[Till]]:
    with open_tills(database_url, clock, tmp_path / "provider") as opened:
        yield opened


# One booking, many payments


def pay_many_times(tills: list[Till], **options: Any) -> list[Any]:
    held = tills[0].hold()
    return all_at_once([partial(tills[n % len(tills)].pay, held, **options) for n in range(9)])


def test_of_many_payments_at_once_one_is_charged(tills: list[Till]) -> None:
    outcomes = pay_many_times(tills)

    paid = [one for one in outcomes if isinstance(one, Payment)]
    assert [one.state for one in paid] == [PaymentState.SUCCEEDED]
    refused = {type(one) for one in outcomes if not isinstance(one, Payment)}
    assert refused <= {AlreadyPaid, PaymentInProgress}
    assert len(tills[0].provider.kept()) == 1
    come_to_rest(tills[0])
    assert money_problems(tills[0].system, tills[0].provider) == []


def test_of_many_payments_under_one_key_there_is_one(tills: list[Till]) -> None:
    outcomes = pay_many_times(tills, idempotency_key="k")

    assert {one.id for one in outcomes} == {outcomes[0].id}
    assert {one.state for one in outcomes} == {PaymentState.SUCCEEDED}
    assert len(tills[0].provider.kept()) == 1


def test_without_the_rule_customers_are_charged_twice_but_never_keep_paying(
    tills: list[Till], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control of the first; and what lies behind it gives the money back."""
    monkeypatch.setattr(initiations, "to_supersede", lambda _: [])
    monkeypatch.setattr(initiations, "require_payable", lambda *_: None)

    pay_many_times(tills)

    assert len(tills[0].provider.kept()) > 1
    come_to_rest(tills[0])
    assert sorted(tills[0].provider.kept().values())[-2:] == [0, 9_000]
    assert money_problems(tills[0].system, tills[0].provider) == []


def test_without_the_lock_both_have_read_before_either_writes(
    request: pytest.FixtureRequest, tills: list[Till], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: on SQLite the transaction itself is the lock."""
    if "sqlite" in request.node.name:
        pytest.skip("one transaction writes at a time")
    met = threading.Barrier(2)

    def read_together(known: Any) -> list[Payment]:
        found = to_supersede(known)
        met.wait(DEADLINE)
        return found

    held = tills[0].hold()
    monkeypatch.setattr(initiations, "to_supersede", read_together)
    monkeypatch.setattr(repository, "lock_all_of_booking", lambda *_: None)
    all_at_once([partial(till.pay, held) for till in tills[:2]])

    assert len(tills[0].provider.kept()) == 2


# Everything at once, where a hold ends


def late_payments(till: Till) -> list[Payment]:
    """One for each seat; the money of every second one has arrived. The holds end now."""
    made = [till.pay(till.hold(seat), "tok_late") for seat in SEATS]
    for payment in made[::2]:
        till.provider.receive(payment.id)
    till.clock.advance(minutes=15)
    return made


def tell_of(till: Till, payment: Payment, *kinds: str) -> None:
    for kind in kinds:
        deliver(till.system, event(payment, kind))


def everything(tills: list[Till], made: list[Payment]) -> list[Callable[[], Any]]:
    one, two, three = tills
    acts: list[Callable[[], Any]] = [
        partial(sweep, one.system),
        one.system.reconciler().run_once,
        two.system.reconciler().run_once,
    ]
    for seat, payment in zip(SEATS, made, strict=True):
        arrived = ["succeeded"] if payment in made[::2] else []
        body = event(payment, *arrived) if arrived else event(payment, "failed")
        acts += [
            partial(tell_of, one, payment, *arrived, "failed"),
            partial(deliver, two.system, body),
            partial(deliver, three.system, body),
            partial(three.hold, seat, customer="eve"),
            partial(two.pay, two.booking(payment)),
            partial(three.system.release, payment.booking_id),
            partial(two.system.cancel, payment.booking_id),
        ]
    return acts


def test_whoever_wins_every_payment_ends_as_seats_or_goes_back(tills: list[Till]) -> None:
    made = late_payments(tills[0])
    all_at_once(everything(tills, made))
    for payment in made:
        tell_of(tills[0], payment, "failed")

    tills[0].let_run_out()
    come_to_rest(tills[0])
    assert money_problems(tills[0].system, tills[0].provider) == []
    assert tills[0].system.refunds.health().pending_refunds == 0


def test_were_a_late_failure_believed_money_would_be_lost(
    tills: list[Till], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""

    class Anything:
        def allows(self, *_: object) -> bool:
            return True

    monkeypatch.setattr(charges, "PAYMENT_TRANSITIONS", Anything())
    made = late_payments(tills[0])
    all_at_once(everything(tills, made))
    for payment in made:
        tell_of(tills[0], payment, "failed")

    come_to_rest(tills[0])
    assert money_problems(tills[0].system, tills[0].provider) != []


# Refunds that several processes find


def refunds_tried(tills: list[Till]) -> Counter[str]:
    """How often each refund was sent to the provider while all look at once."""
    till = tills[0]
    for seat in SEATS:
        payment = till.pay(till.hold(seat))
        till.system.cancel(payment.booking_id, refund=payment.amount)
    tried: Counter[str] = Counter()
    lock = threading.Lock()
    for each in tills:
        gateway = each.system._charges.gateway
        refund = gateway.refund

        def counting(one: Any, payment: Payment, key: str, refund: Any = refund) -> Any:
            with lock:
                tried[key] += 1
            return refund(one, payment, key)

        object.__setattr__(
            each.system._charges, "_gateways", {gateway.name: _Counting(gateway, counting)}
        )
    all_at_once([each.system.reconciler().run_once for each in tills for _ in range(2)])
    return tried


class _Counting:
    def __init__(self, gateway: Any, refund: Callable[..., Any]) -> None:
        self.name = gateway.name
        self.refund = refund


def test_a_refund_is_tried_by_one_at_a_time(tills: list[Till]) -> None:
    tried = refunds_tried(tills)

    assert sorted(tried.values()) == [1] * len(SEATS)
    assert {one.state for one in tills[0].system.refunds.find()} == {RefundState.SUCCEEDED}
    assert money_problems(tills[0].system, tills[0].provider) == []


def test_without_being_put_off_refunds_are_tried_by_many(
    tills: list[Till], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control; under one key the money still goes once."""
    monkeypatch.setattr(refunds, "update", lambda *_: None)

    tried = refunds_tried(tills)

    assert max(tried.values()) > 1
    assert set(tills[0].provider.kept().values()) == {0}
