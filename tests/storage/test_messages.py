"""The outbox of messages: each is sent at least once, and what fails is tried again or given up."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.messages import MessageKind, MessageState
from booking_core.domain.policies.retries import RetryPolicy
from booking_core.engine.dispatcher import Dispatched
from booking_core.errors import IllegalTransition, MessageNotFound, StorageError
from booking_core.storage.database import Database
from booking_core.storage.repositories import messages as repository
from tests.support.builders import NOW, bus, hold, sell, sweep
from tests.support.desk import Desk, open_desk
from tests.support.mail import mailer, message, post_office, states, user
from tests.support.raw import run_sql


@pytest.fixture
def desk(
    frozen_system: BookingSystem, database: Database, database_url: str, clock: ManualClock
) -> Iterator[Desk]:
    with open_desk(frozen_system, database, database_url, clock) as opened:
        yield opened


def test_a_message_is_delivered_once_and_marked(desk: Desk) -> None:
    ann = user(desk.url, email="ann@example.org")
    sent = message(desk.url, ann, desk.booking.id)

    assert desk.dispatcher().run_once() == Dispatched(sent=1)
    assert desk.dispatcher().run_once() == Dispatched()

    assert desk.office.envelopes == [("office@bookings.example", ("ann@example.org",))]
    assert desk.office.ids == [f"<{sent}@bookings.example>"]
    found = desk.system.messages.get(sent)
    assert (found.state, found.tries, found.sent_at) == (MessageState.SENT, 1, NOW)


def test_what_the_writer_does_is_told_to_its_customer(desk: Desk) -> None:
    ann = user(desk.url)
    inventory = desk.system.create_inventory(bus())
    sold = sell(desk.system, inventory, "1A", customer=ann)
    desk.system.cancel(sold.id)
    hold(desk.system, inventory, "1B", customer=ann)
    hold(desk.system, inventory, "1C", customer="walk-in")
    desk.clock.advance(hours=1)
    sweep(desk.system)

    assert desk.dispatcher().run_once().sent == 3
    subjects = [str(mail["Subject"]) for mail in desk.office.delivered]
    assert subjects == [
        f"Your booking {sold.reference}: A – D",
        f"Cancelled: booking {sold.reference}, A – D",
        "Your reservation has ended: A – D",
    ]


def test_a_message_that_is_not_due_waits(desk: Desk) -> None:
    message(desk.url, user(desk.url), desk.booking.id, next_try_at=NOW + timedelta(minutes=1))

    assert desk.dispatcher().run_once() == Dispatched()
    desk.clock.advance(minutes=1)
    assert desk.dispatcher().run_once() == Dispatched(sent=1)


def test_a_temporary_failure_is_tried_again_later_and_later(desk: Desk) -> None:
    desk.office.answer_recipient = lambda _: "450 mailbox busy"
    late = message(desk.url, user(desk.url), desk.booking.id)

    for tries, seconds in ((1, 30), (2, 60), (3, 120)):
        done = desk.dispatcher().run_once()
        assert (done.failed, done.dead) == (1, 0)
        found = desk.system.messages.get(late)
        assert (found.state, found.tries) == (MessageState.WAITING, tries)
        assert found.failure == "The mail server answered 450: mailbox busy"
        assert found.next_try_at == desk.clock.now() + timedelta(seconds=seconds)
        assert desk.dispatcher().run_once() == Dispatched()
        desk.clock.advance(seconds=seconds)

    desk.office.answer_recipient = lambda _: "250 OK"
    assert desk.dispatcher().run_once() == Dispatched(sent=1)
    found = desk.system.messages.get(late)
    assert (found.state, found.tries, found.failure) == (MessageState.SENT, 4, None)


def test_a_failure_while_the_content_is_sent_is_one_too(desk: Desk) -> None:
    desk.office.answer_data = lambda: "452 disk full"
    sent = message(desk.url, user(desk.url), desk.booking.id)

    assert desk.dispatcher().run_once().failed == 1
    assert desk.system.messages.get(sent).failure == "The mail server answered 452: disk full"


def test_a_refusal_is_final_at_once_and_stops_no_other(desk: Desk) -> None:
    desk.office.answer_recipient = lambda to: "550 no such user" if "gone" in to else "250 OK"
    if_gone = message(desk.url, user(desk.url, email="gone@example.org"), desk.booking.id)
    fine = message(desk.url, user(desk.url), desk.booking.id)

    done = desk.dispatcher().run_once()

    assert (done.sent, done.dead) == (1, 1)
    assert states(desk.system) == {if_gone: ("dead", 1), fine: ("sent", 1)}
    assert desk.system.messages.get(if_gone).failure == "The mail server answered 550: no such user"
    assert desk.dispatcher().run_once() == Dispatched()


def test_after_its_last_try_a_message_is_dead(desk: Desk) -> None:
    desk.office.answer_recipient = lambda _: "450 later"
    sent = message(desk.url, user(desk.url), desk.booking.id)
    trying = desk.dispatcher(retries=RetryPolicy(most_tries=3))

    outcomes = []
    for _ in range(4):
        outcomes.append(trying.run_once())
        desk.clock.advance(hours=1)

    assert [(done.failed, done.dead) for done in outcomes] == [(1, 0), (1, 0), (0, 1), (0, 0)]
    assert states(desk.system) == {sent: ("dead", 3)}


def test_a_server_that_is_down_fails_the_whole_batch_without_asking_again(desk: Desk) -> None:
    ann = user(desk.url)
    waiting = {message(desk.url, ann, desk.booking.id) for _ in range(3)}
    with post_office() as closed:
        pass
    down = desk.dispatcher_to(closed)

    done = down.run_once()

    assert (done.sent, done.failed, done.dead) == (0, 3, 0)
    assert done.failure is not None
    assert "cannot be reached" in done.failure
    assert states(desk.system) == dict.fromkeys(waiting, ("waiting", 1))


def test_a_server_that_comes_back_gets_what_waited(desk: Desk) -> None:
    message(desk.url, user(desk.url), desk.booking.id)
    with post_office() as closed:
        pass
    desk.dispatcher_to(closed).run_once()
    desk.clock.advance(minutes=1)

    with post_office() as office:
        assert desk.dispatcher_to(office).run_once().sent == 1
        assert len(office.delivered) == 1


@pytest.mark.parametrize(
    ("values", "failure"),
    [
        ({"is_active": False}, "disabled"),
        ({"email": ""}, "no address"),
        ({"email": "no address"}, "cannot be used"),
        ({"email": "ann"}, "cannot be used"),
        ({"email": "ann@example.org\r\nBcc: eve@example.org"}, "cannot be used"),
        ({"email": "ann@example.org, eve@example.org"}, "cannot be used"),
        ({"email": "ann@example.org>\r\nRCPT TO:<eve@example.org"}, "cannot be used"),
    ],
)
def test_who_cannot_be_written_to_is_not(
    values: dict[str, object], failure: str, desk: Desk
) -> None:
    sent = message(desk.url, user(desk.url, **values), desk.booking.id)

    assert desk.dispatcher().run_once().dead == 1
    assert failure in str(desk.system.messages.get(sent).failure)
    assert desk.office.envelopes == []


@pytest.mark.parametrize(
    ("values", "failure"),
    [
        ({"user_id": "01976e00-0000-7000-8000-00000000ffff"}, "no such user"),
        ({"booking_id": "01976e00-0000-7000-8000-00000000ffff"}, "is not there"),
        ({"kind": "poem"}, "no letter for poem"),
    ],
)
def test_a_message_that_makes_no_sense_is_given_up(
    values: dict[str, str], failure: str, desk: Desk
) -> None:
    told = {"user_id": user(desk.url), "booking_id": desk.booking.id, **values}
    sent = message(desk.url, **told)

    assert desk.dispatcher().run_once().dead == 1
    assert failure in str(desk.system.messages.get(sent).failure)


def test_a_letter_that_cannot_be_written_stops_no_other(desk: Desk) -> None:
    odd = sell(desk.system, desk.system.create_inventory(bus()), "1A")
    run_sql(desk.url, "UPDATE bookings SET items = '[3]' WHERE id = :id", id=odd.id)
    ann = user(desk.url)
    bad, good = (message(desk.url, ann, one.id) for one in (odd, desk.booking))

    desk.dispatcher().run_once()

    assert states(desk.system) == {bad: ("dead", 1), good: ("sent", 1)}
    assert desk.system.messages.get(bad).failure == "It cannot be written (TypeError)."


def test_an_operator_revives_a_dead_message(desk: Desk) -> None:
    ann = user(desk.url, is_active=False)
    one, two = (message(desk.url, ann, desk.booking.id) for _ in range(2))
    desk.dispatcher().run_once()
    run_sql(desk.url, "UPDATE users SET is_active = true")

    revived = desk.system.messages.retry(one, actor="operator", origin="192.0.2.7")

    assert (revived.state, revived.tries) == (MessageState.WAITING, 0)
    assert desk.dispatcher().run_once().sent == 1
    assert states(desk.system) == {one: ("sent", 1), two: ("dead", 1)}
    assert desk.system.messages.retry_all(actor="operator") == 1
    assert desk.system.messages.retry_all(actor="operator") == 0
    acts, _ = desk.system.activity.find(entity="message")
    assert [(one.act.action, one.act.origin) for one in acts] == [
        ("all_retried", None),
        ("retried", "192.0.2.7"),
    ]


def test_only_a_dead_message_is_revived(desk: Desk) -> None:
    sent = message(desk.url, user(desk.url), desk.booking.id)
    desk.dispatcher().run_once()

    with pytest.raises(IllegalTransition):
        desk.system.messages.retry(sent, actor="operator")
    for absent in (desk.booking.id, "nonsense"):
        with pytest.raises(MessageNotFound):
            desk.system.messages.retry(absent, actor="operator")
    assert desk.system.activity.find(entity="message")[1] == 0


def test_messages_are_listed_newest_first_by_state(desk: Desk) -> None:
    ann, bob = user(desk.url), user(desk.url, is_active=False)
    one, two = (message(desk.url, who, desk.booking.id) for who in (ann, bob))
    desk.dispatcher().run_once()
    three = message(desk.url, ann, desk.booking.id, kind=MessageKind.HOLD_EXPIRED.value)

    assert [found.id for found in desk.system.messages.find()] == [three, two, one]
    assert [found.id for found in desk.system.messages.find(state=MessageState.DEAD)] == [two]
    assert [found.id for found in desk.system.messages.find(limit=1, offset=1)] == [two]


def test_a_thread_sends_until_it_is_stopped(desk: Desk) -> None:
    ann, seen = user(desk.url), Event()

    def observe(result: Dispatched | StorageError) -> None:
        if isinstance(result, Dispatched) and result.sent:
            seen.set()

    with desk.system.messages.sending(mailer(desk.office), 0.01, observe):
        message(desk.url, ann, desk.booking.id)
        assert seen.wait(10)

    assert len(desk.office.ids) == 1


def test_a_thread_outlives_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    failures, stop = list[Dispatched | StorageError](), Event()

    def fail(*_: object) -> bool:
        raise StorageError("away")

    def observe(result: Dispatched | StorageError) -> None:
        failures.append(result)
        if len(failures) == 2:
            stop.set()

    monkeypatch.setattr(repository, "has_due", fail)
    thread = Thread(target=desk.dispatcher().run, args=(stop, 0.01, observe))
    thread.start()
    thread.join(10)

    assert [str(failure) for failure in failures] == ["away", "away"]
