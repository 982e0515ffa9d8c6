"""Dispatchers side by side: one at a time has a message, and what is lost is sent again."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.messages import Mail
from booking_core.engine.dispatcher import LARGEST_BATCH, LEASE, Dispatched
from booking_core.gateways.smtp import SmtpMailer
from booking_core.storage.database import Database
from booking_core.storage.repositories import messages as repository
from tests.support.acts import in_threads
from tests.support.desk import Desk, open_desk
from tests.support.mail import message, states, user


@pytest.fixture
def desk(
    frozen_system: BookingSystem, database: Database, database_url: str, clock: ManualClock
) -> Iterator[Desk]:
    with open_desk(frozen_system, database, database_url, clock) as opened:
        yield opened


def test_batches_are_bounded(desk: Desk) -> None:
    ann = user(desk.url)
    for _ in range(LARGEST_BATCH + 3):
        message(desk.url, ann, desk.booking.id)
    sending = desk.dispatcher()

    assert [sending.run_once().sent for _ in range(3)] == [LARGEST_BATCH, 3, 0]
    assert len(set(desk.office.ids)) == len(desk.office.ids) == LARGEST_BATCH + 3


def test_dispatchers_side_by_side_send_everything_once(desk: Desk) -> None:
    ann = user(desk.url)
    waiting = {message(desk.url, ann, desk.booking.id) for _ in range(3 * LARGEST_BATCH)}
    dispatchers = [desk.dispatcher() for _ in range(3)]

    def work(number: int) -> None:
        while dispatchers[number].run_once() != Dispatched():
            pass

    assert in_threads(work, 3) == []
    assert sorted(desk.office.ids) == sorted(f"<{one}@bookings.example>" for one in waiting)


def test_without_the_lease_two_dispatchers_send_the_same(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    """Negative control: a lease that ends at once leaves the message to the next who looks."""
    monkeypatch.setattr("booking_core.engine.dispatcher.LEASE", timedelta())
    sent = message(desk.url, user(desk.url), desk.booking.id)
    one, two = desk.dispatcher(), desk.dispatcher()
    monkeypatch.setattr(SmtpMailer, "longest_send", timedelta())
    inner = one._mailer.send

    def while_sending(mail: Mail) -> None:
        inner(mail)
        two.run_once()

    monkeypatch.setattr(one._mailer, "send", while_sending)
    one.run_once()

    assert desk.office.ids == [f"<{sent}@bookings.example>"] * 2


def test_a_lease_keeps_others_away_while_one_is_sending(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    message(desk.url, user(desk.url), desk.booking.id)
    one, two = desk.dispatcher(), desk.dispatcher()
    inner, others = one._mailer.send, list[Dispatched]()

    def while_sending(mail: Mail) -> None:
        inner(mail)
        others.append(two.run_once())

    monkeypatch.setattr(one._mailer, "send", while_sending)

    assert one.run_once().sent == 1
    assert others == [Dispatched()]
    assert len(desk.office.ids) == 1


def test_who_crashes_after_sending_has_it_sent_again_under_the_same_id(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    sent = message(desk.url, user(desk.url), desk.booking.id)
    with monkeypatch.context() as patch:
        patch.setattr(repository, "mark_sent", _crash)
        with pytest.raises(ZeroDivisionError):
            desk.dispatcher().run_once()
    assert states(desk.system) == {sent: ("waiting", 1)}
    assert desk.dispatcher().run_once() == Dispatched()

    desk.clock.advance(seconds=LEASE.total_seconds())
    assert desk.dispatcher().run_once().sent == 1

    first, second = desk.office.delivered
    assert desk.office.ids == [f"<{sent}@bookings.example>"] * 2
    assert [first[h] for h in ("Date", "To", "Subject")] == [
        second[h] for h in ("Date", "To", "Subject")
    ]
    assert states(desk.system) == {sent: ("sent", 2)}


def _crash(*_: object) -> None:
    raise ZeroDivisionError


def test_who_lost_the_lease_does_not_undo_what_another_did(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    """One is stuck in sending, and fails; meanwhile another has sent it."""
    sent = message(desk.url, user(desk.url), desk.booking.id)
    slow, quick = desk.dispatcher(), desk.dispatcher()
    inner = slow._mailer.send

    def stuck(mail: Mail) -> None:
        desk.clock.advance(seconds=LEASE.total_seconds())
        quick.run_once()
        desk.office.answer_recipient = lambda _: "550 too late"
        inner(mail)

    monkeypatch.setattr(slow._mailer, "send", stuck)
    slow.run_once()

    assert states(desk.system) == {sent: ("sent", 2)}


def test_what_a_lease_has_no_time_for_is_left_to_others(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    ann = user(desk.url)
    one, two = (message(desk.url, ann, desk.booking.id) for _ in range(2))
    slow = desk.dispatcher()
    inner = slow._mailer.send

    def dawdle(mail: Mail) -> None:
        inner(mail)
        desk.clock.advance(seconds=LEASE.total_seconds() - 1)

    monkeypatch.setattr(slow._mailer, "send", dawdle)

    assert slow.run_once().sent == 1
    assert states(desk.system)[two] == ("waiting", 0)
    assert desk.dispatcher().run_once().sent == 1
    assert states(desk.system) == {one: ("sent", 1), two: ("sent", 1)}


def test_who_is_stopped_gives_back_what_was_not_sent(desk: Desk) -> None:
    waiting = message(desk.url, user(desk.url), desk.booking.id)
    stop = Event()
    stop.set()

    assert desk.dispatcher().run_once(stop) == Dispatched()
    assert states(desk.system) == {waiting: ("waiting", 0)}
    assert desk.dispatcher().run_once().sent == 1
