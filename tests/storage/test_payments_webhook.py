"""The webhook: forged, repeated, late and in any order, money ends in one place."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.payments import Payment, PaymentState
from booking_core.domain.webhooks import signature_of
from booking_core.errors import AmountMismatch, BadSignature, PaymentNotFound
from booking_core.storage.repositories import payments as repository
from tests.support.builders import bus, hold
from tests.support.paying import Till, open_till
from tests.support.provider import SECRET, Provider, deliver, event, money_problems
from tests.support.raw import rows

ABSENT = "01976e00-0000-7000-8000-00000000ffff"


@pytest.fixture
def till(database_url: str, clock: ManualClock, tmp_path: Path) -> Iterator[Till]:
    with open_till(database_url, clock, Provider(tmp_path / "provider")) as opened:
        yield opened
        opened.system.reconciler().run_once()
        assert money_problems(opened.system, opened.provider) == []


def late(till: Till) -> Payment:
    """A payment whose money has just arrived at the provider."""
    payment = till.pay(till.hold(), "tok_late")
    till.provider.receive(payment.id)
    return payment


def everything(url: str) -> list[list[tuple[object, ...]]]:
    tables = ("payments", "refunds", "provider_events", "activity_log", "bookings", "outbox")
    return [sorted(rows(url, f"SELECT * FROM {table}"), key=repr) for table in tables]


def test_a_success_confirms_the_booking(till: Till) -> None:
    payment = deliver(till.system, event(late(till)))

    assert payment.state is PaymentState.SUCCEEDED
    assert till.booking(payment).state is BookingState.CONFIRMED


def test_a_failure_leaves_the_hold_to_be_paid_otherwise(till: Till) -> None:
    payment = till.pay(till.hold(), "tok_late")

    assert deliver(till.system, event(payment, "failed")).state is PaymentState.FAILED
    assert till.pay(till.booking(payment)).state is PaymentState.SUCCEEDED


def test_a_replay_changes_nothing(till: Till, database_url: str) -> None:
    body = event(late(till))
    deliver(till.system, body)
    before = everything(database_url)

    assert deliver(till.system, body).state is PaymentState.SUCCEEDED
    assert everything(database_url) == before


@pytest.mark.parametrize(
    "forge",
    [
        lambda _, __: None,
        lambda body, at: signature_of(b"guessed", body, at),
        lambda body, at: signature_of(SECRET.encode(), body + b" ", at),
        lambda body, at: signature_of(SECRET.encode(), body, at - timedelta(seconds=301)),
        lambda body, at: signature_of(SECRET.encode(), body, at + timedelta(seconds=301)),
    ],
    ids=["none", "another secret", "another body", "stale", "from the future"],
)
def test_a_forgery_writes_nothing(
    till: Till, database_url: str, forge: Callable[..., str | None]
) -> None:
    body = event(till.pay(till.hold(), "tok_late"))
    before = everything(database_url)

    with pytest.raises(BadSignature):
        till.system.payments.notify(body, forge(body, till.clock.now()))

    assert everything(database_url) == before


@pytest.mark.parametrize("kind", ["succeeded", "failed"])
@pytest.mark.parametrize("change", [{"amount": 89.99}, {"amount": 9_000}, {"currency": "USD"}])
def test_other_money_than_was_asked_for_confirms_nothing(
    till: Till, database_url: str, kind: str, change: dict[str, object]
) -> None:
    payment = till.pay(till.hold(), "tok_late")
    before = everything(database_url)

    with pytest.raises(AmountMismatch):
        deliver(till.system, event(payment, kind, **change))

    assert everything(database_url) == before


@pytest.mark.parametrize("unknown", [ABSENT, "no id", "x" * 200])
def test_a_payment_that_is_none_of_ours_is_not_found(
    till: Till, database_url: str, unknown: str
) -> None:
    payment = till.pay(till.hold(), "tok_late")
    before = everything(database_url)

    with pytest.raises(PaymentNotFound):
        deliver(till.system, event(payment, payment_id=unknown))

    assert everything(database_url) == before


def test_late_money_takes_the_same_seats_where_they_are_free(till: Till) -> None:
    payment = late(till)
    till.let_run_out()

    assert deliver(till.system, event(payment)).state is PaymentState.SUCCEEDED
    assert till.booking(payment).state is BookingState.CONFIRMED


def test_late_money_goes_back_where_the_seats_are_gone(till: Till) -> None:
    payment = late(till)
    till.let_run_out()
    till.lose_seats()

    assert deliver(till.system, event(payment)).state is PaymentState.REFUNDED

    (refund,) = till.system.refunds.find(payment_id=payment.id)
    assert (refund.amount, refund.cancellation_id) == (payment.amount, None)


def test_money_for_a_released_hold_goes_back(till: Till) -> None:
    payment = late(till)
    till.system.release(payment.booking_id)

    assert deliver(till.system, event(payment)).state is PaymentState.REFUNDED


# Which of two events that say the same comes first makes no difference.
ORDERS = [
    order
    for order in permutations(["succeeded", "succeeded again", "failed", "failed again"], 3)
    if all(
        name.removesuffix(" again") in order[:place]
        for place, name in enumerate(order)
        if name.endswith(" again")
    )
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("is_gone", [False, True], ids=["free", "gone"])
def test_any_order_ends_in_the_same_state(
    till: Till, order: tuple[str, ...], is_gone: bool
) -> None:
    payment = till.pay(till.hold(), "tok_late")
    bodies = {name: event(payment, name.removesuffix(" again")) for name in order}
    if is_gone:
        till.let_run_out()
        till.lose_seats()
    for name in order:
        if name.startswith("succeeded"):
            till.provider.receive(payment.id)
        for _ in range(2):
            deliver(till.system, bodies[name])

    ended = till.system.payments.get(payment.id).state
    assert ended is (PaymentState.REFUNDED if is_gone else PaymentState.SUCCEEDED)
    assert len(till.system.refunds.find(payment_id=payment.id)) == is_gone


def test_after_a_crash_between_effect_and_note_the_event_may_come_again(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = event(late(till))

    def crash(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(repository, "put_event", crash)
        with suppress(KeyboardInterrupt):
            deliver(till.system, body)

    assert deliver(till.system, body).state is PaymentState.SUCCEEDED
    assert deliver(till.system, body).state is PaymentState.SUCCEEDED


def test_a_note_before_the_effect_would_lose_the_money(
    till: Till, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """Negative control of the test above."""
    payment = late(till)
    body = event(payment)
    with monkeypatch.context() as patch:
        patch.setattr(till.system, "settle", lambda *_, **__: None)
        deliver(till.system, body)

    assert deliver(till.system, body).state is PaymentState.PENDING
    assert money_problems(till.system, till.provider) != []
    till.system.settle(payment.id)


def test_without_a_secret_every_event_is_refused(database_url: str, clock: ManualClock) -> None:
    with BookingSystem.open(database_url, clock=clock) as system:
        held = hold(system, system.create_inventory(bus()), "1A")
        payment = system.payments.initiate(held.id, "ann", method="bank_transfer")
        body = event(payment)
        for secret in (b"", SECRET.encode()):
            with pytest.raises(BadSignature):
                system.payments.notify(body, signature_of(secret, body, clock.now()))
