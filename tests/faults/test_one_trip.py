"""Holds in one trip when the link is cut, the server ends sessions, or others write in between:
done once or not at all, and never reported as failed when they may have been done."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.engine.one_trip import OneTrip
from booking_core.errors import BookingError, DatabaseUnreachable, OutcomeUnknown, SeatTaken
from booking_core.storage import one_trip
from booking_core.storage.one_trip import BlindHold
from booking_core.storage.statements import Query
from booking_core.storage.wire import PostgresWire
from tests.support.builders import bus, seat_ids
from tests.support.faults_proxy import link_to
from tests.support.faults_waiting import Later, wait_until
from tests.support.raw import raw_connection, rows, run_sql, scalar

pytestmark = pytest.mark.postgres
ROOMY = HoldPolicy(customer_limit=1_000)
COMMITTED = b"C\0\0\0\x0bCOMMIT\0"
FAREWELL_FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0"
FAREWELL = b"E" + (len(FAREWELL_FIELDS) + 4).to_bytes(4, "big") + FAREWELL_FIELDS


def warmed(system: BookingSystem, seats: int = 40) -> str:
    """A bus whose next lone hold goes in one trip."""
    bus_id = system.create_inventory(bus(seats, holds=ROOMY))
    warm(system, bus_id, 0)
    return bus_id


def warm(system: BookingSystem, bus_id: str, first: int) -> None:
    """Two holds with keys, which take the ordinary path, of the seats from `first` on."""
    for number, seat in enumerate(seat_ids(system, bus_id)[first : first + 2], first):
        key = f"{bus_id} {number}"
        system.hold_seats(bus_id, f"warm {number}", [seat], idempotency_key=key)


def attempt(hold: Callable[[], Booking]) -> Booking | BookingError:
    try:
        return hold()
    except BookingError as error:
        return error


def holding(system: BookingSystem, bus_id: str, label: str = "5A") -> Callable[[], Booking]:
    return partial(system.hold_seats, bus_id, "ann", seat_ids(system, bus_id, label))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[BlindHold]:
    """What went out in one trip."""
    gone: list[BlindHold] = []
    send = BlindHold.send

    def note_and_send(hold: BlindHold, wire: Any) -> str:
        gone.append(hold)
        return send(hold, wire)

    monkeypatch.setattr(BlindHold, "send", note_and_send)
    return gone


def bookings_of(url: str, customer: str) -> int:
    query = "SELECT count(*) FROM bookings WHERE customer_id = :customer"
    return int(scalar(url, query, customer=customer))


def end_sessions(url: str) -> None:
    rows(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'booking-engine'",
    )


def sessions(url: str) -> int:
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'booking-engine'"
    )
    return int(scalar(url, query))


# Commits in doubt


@pytest.mark.parametrize(
    "heard", [b"", FAREWELL, COMMITTED, COMMITTED + FAREWELL], ids=["", "bye", "done", "done, bye"]
)
def test_a_commit_whose_answer_is_lost_is_in_doubt_and_not_repeated(
    heard: bytes, postgres_url: str, sent: list[BlindHold]
) -> None:
    with link_to(postgres_url) as link, BookingSystem.open(link.url) as system:
        bus_id = warmed(system)
        link.cut_at(COMMITTED, instead=heard)

        outcome = attempt(holding(system, bus_id))

        assert len(sent) == 1
        assert isinstance(outcome, OutcomeUnknown | Booking)
        assert isinstance(outcome, Booking) or COMMITTED not in heard or not heard
        assert bookings_of(postgres_url, "ann") == 1
        assert system.fsck().violations == []


def test_wherever_the_link_is_cut_a_hold_is_made_once_or_not_at_all(
    postgres_url: str, sent: list[BlindHold], thorough: bool
) -> None:
    with link_to(postgres_url) as link, BookingSystem.open(link.url) as system:
        bus_id = warmed(system, seats=400)
        step = 3 if thorough else 17
        for turn, heard in enumerate(count(0, step)):
            warm(system, bus_id, 2 + 3 * turn)
            seat = seat_ids(system, bus_id)[4 + 3 * turn]
            link.cut_after(heard)
            hold = partial(system.hold_seats, bus_id, f"c{turn}", [seat])
            outcome = Later(partial(attempt, hold)).start().result()
            was_cut = link.mend()
            made = bookings_of(postgres_url, f"c{turn}")
            assert isinstance(outcome, Booking | OutcomeUnknown), heard
            assert made == 1 or (made == 0 and isinstance(outcome, OutcomeUnknown)), heard
            if not was_cut:
                break

        assert len(sent) > 3
        assert system.fsck().violations == []


def test_a_session_that_was_ended_before_is_noticed_and_replaced(
    postgres_url: str, sent: list[BlindHold]
) -> None:
    with BookingSystem.open(postgres_url) as system:
        bus_id = warmed(system)
        end_sessions(postgres_url)
        wait_until(lambda: sessions(postgres_url) == 0, "the sessions are gone")

        assert holding(system, bus_id)().places == 1

        assert sent == []


def test_a_session_ended_while_it_sends_leaves_the_outcome_unknown(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was written, but nothing has said so."""
    commit = PostgresWire.commit_unseen

    def end_then_commit(wire: PostgresWire) -> None:
        end_sessions(postgres_url)
        commit(wire)

    with BookingSystem.open(postgres_url) as system:
        bus_id = warmed(system)
        with monkeypatch.context() as patch:
            patch.setattr(PostgresWire, "commit_unseen", end_then_commit)
            outcome = attempt(holding(system, bus_id))

        assert isinstance(outcome, OutcomeUnknown)
        assert bookings_of(postgres_url, "ann") == 0
        assert holding(system, bus_id)().places == 1


def test_a_link_lost_before_the_commit_went_out_leaves_no_doubt(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is run again on a new connection."""
    with BookingSystem.open(postgres_url) as system:
        bus_id = warmed(system)
        with monkeypatch.context() as patch:
            patch.setattr(BlindHold, "_add_journal", _unreachable)
            assert holding(system, bus_id)().places == 1

        assert bookings_of(postgres_url, "ann") == 1


def _unreachable(*_: object) -> None:
    raise DatabaseUnreachable("gone")


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_gives_the_connection_up(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, interrupt: type[BaseException]
) -> None:
    def be_interrupted(*_: object) -> None:
        raise interrupt

    with BookingSystem.open(postgres_url) as system:
        bus_id = warmed(system)
        with monkeypatch.context() as patch:
            patch.setattr(BlindHold, "_add_journal", be_interrupted)
            with pytest.raises(interrupt):
                holding(system, bus_id)()

        assert not system._writer._runner._work.is_connected
        assert holding(system, bus_id)().places == 1
        assert bookings_of(postgres_url, "ann") == 1


# Others in between


def test_a_lock_is_waited_for_and_what_its_holder_wrote_is_seen(
    postgres_url: str, sent: list[BlindHold]
) -> None:
    with BookingSystem.open(postgres_url) as system, raw_connection(postgres_url) as other:
        bus_id = warmed(system)
        other.exec_driver_sql("UPDATE inventories SET on_sale = false")
        waiting = Later(partial(attempt, holding(system, bus_id))).start()
        assert not waiting.is_done(0.1)
        other.commit()

        assert isinstance(waiting.result(), BookingError)
        assert len(sent) == 1
        assert bookings_of(postgres_url, "ann") == 0


def test_who_waited_too_long_decides_anew_by_the_time_it_is_then(
    postgres_url: str, sent: list[BlindHold]
) -> None:
    """Also where the lock's holder changed nothing."""
    with BookingSystem.open(postgres_url) as system, raw_connection(postgres_url) as other:
        bus_id = warmed(system)
        other.exec_driver_sql("SELECT 1 FROM inventories FOR UPDATE")
        waiting = Later(holding(system, bus_id)).start()
        assert not waiting.is_done(0.4)
        freed_at = system.now()
        other.rollback()

        assert waiting.result().held_at >= freed_at
        assert len(sent) == 1


def _without(patch: pytest.MonkeyPatch, name: str, expression: str, instead: str = "true") -> None:
    """Switch an assertion off."""
    query: Query = getattr(one_trip, name)
    assert expression in query.postgres
    cut = replace(query, postgres=query.postgres.replace(expression, instead))
    patch.setattr(one_trip, name, cut)


def test_negative_control_without_the_version_the_keys_refuse(
    postgres_url: str, sent: list[BlindHold], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A double sale by the key of claims, another hold by those of activity log and outbox."""
    _without(monkeypatch, "TAKE_VERSION", "version = %(seq)s::bigint - 1")
    _without(
        monkeypatch,
        "TAKE_VERSION",
        "activity_hash IS NOT DISTINCT FROM %(last_hash)s::text",
    )
    with BookingSystem.open(postgres_url) as system, BookingSystem.open(postgres_url) as other:
        bus_id = warmed(system)
        holding(other, bus_id, "5A")()

        assert isinstance(attempt(holding(system, bus_id, "5A")), SeatTaken)
        warm(system, bus_id, 4)
        holding(other, bus_id, "6A")()
        assert holding(system, bus_id, "6B")().places == 1

        assert len(sent) == 2
        assert system.fsck().violations == []


def test_negative_control_without_its_assertion_the_limit_is_overrun(
    postgres_url: str, sent: list[BlindHold], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is behind this one: it is what the limit rests on."""
    _without(monkeypatch, "INSERT_BOOKING", "<= %(customer_limit)s::int", "IS NOT NULL")
    with BookingSystem.open(postgres_url) as system:
        bus_id = warmed(system)
        run_sql(postgres_url, "UPDATE inventories SET customer_limit = 1")
        warm(system, bus_id, 2)

        outcomes = [attempt(holding(system, bus_id, label)) for label in ("5A", "5B")]

        assert [type(outcome) for outcome in outcomes] == [Booking, Booking]
        assert len(sent) == bookings_of(postgres_url, "ann") == 2


def test_negative_control_without_the_path_nothing_is_sent_blindly(
    postgres_url: str, sent: list[BlindHold], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OneTrip, "run", lambda *_: None)
    with BookingSystem.open(postgres_url) as system:
        holding(system, warmed(system))()

    assert sent == []
