"""The house chain: dense, without forks, whoever writes at the same time; and looking acts up."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event

import pytest
from sqlalchemy.engine import Connection

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.activity import HOUSE_CHAIN
from booking_core.errors import DatabaseCorrupt, InternalError, StorageError
from booking_core.ids import new_id
from booking_core.storage.database import Database
from booking_core.storage.locks.chains import LOCK_CHAIN
from booking_core.storage.repositories import activity
from booking_core.storage.statements import Query
from booking_core.storage.unit_of_work import writing
from tests.support.acts import act, house, in_threads, many_acts
from tests.support.builders import NOW, bus, hold
from tests.support.faults_arena import in_processes
from tests.support.raw import run_sql, scalar


def test_an_act_is_found_as_it_was_recorded(database: Database, system: BookingSystem) -> None:
    route = act(
        database,
        "changed",
        at=NOW,
        before={"distance_m": 1, "since": NOW},
        after={"distance_m": 2, "city": "Pune \N{SNOWMAN}"},
        origin="192.0.2.7",
    )

    (found,), total = system.activity.find()

    assert total == 1
    assert found.as_dict() == {
        "chain_id": HOUSE_CHAIN,
        "seq": 1,
        "at": NOW.isoformat(),
        "actor": "ann",
        "action": "changed",
        "entity": "route",
        "entity_id": route,
        "origin": "192.0.2.7",
        "before": {"distance_m": 1, "since": "2035-06-01T12:00:00+00:00"},
        "after": {"distance_m": 2, "city": "Pune \N{SNOWMAN}"},
        "hash": found.act.sealed(None),
    }


def test_each_act_is_sealed_with_the_one_before(database: Database, database_url: str) -> None:
    for _ in range(3):
        act(database)

    with BookingSystem.open(database_url) as system:
        third, second, first = system.activity.find()[0]
        assert first.hash == first.act.sealed(None)
        assert second.hash == second.act.sealed(first.hash)
        assert third.hash == third.act.sealed(second.hash)
        assert system.activity.verify().breaks == []


def test_an_act_is_rolled_back_with_its_transaction(
    database: Database, system: BookingSystem
) -> None:
    act(database)
    with pytest.raises(ZeroDivisionError):
        _record_and_fail(database)

    assert system.activity.find()[1] == 1
    act(database)
    assert system.activity.verify().breaks == []


def _record_and_fail(database: Database) -> None:
    with writing(database) as connection:
        activity.record(
            connection, at=NOW, actor="ann", action="x", entity="user", entity_id=new_id()
        )
        raise ZeroDivisionError


def _record_many(database: Database) -> None:
    for _ in range(15):
        act(database)


def test_an_act_is_about_something_with_an_id(database: Database) -> None:
    with pytest.raises(InternalError, match="no identifier"):
        act(database, entity_id="ann@example.org")


def test_a_chain_without_its_end_takes_no_more_acts(database: Database, database_url: str) -> None:
    run_sql(database_url, "DELETE FROM activity_chains")

    with pytest.raises(DatabaseCorrupt, match="booking audit verify"):
        act(database)


def test_threads_make_one_dense_chain(
    database: Database, database_url: str, system: BookingSystem
) -> None:
    each, threads = 15, 6

    def work(number: int) -> None:
        for step in range(each):
            act(database, f"{number}/{step}")

    assert in_threads(work, threads) == []
    assert [seq for seq, _ in house(database_url)] == list(range(1, each * threads + 1))
    assert system.activity.verify().breaks == []


def test_processes_make_one_dense_chain(database_url: str, system: BookingSystem) -> None:
    each = 25

    in_processes(many_acts, [(database_url, each)] * 2)

    assert [seq for seq, _ in house(database_url)] == list(range(1, 2 * each + 1))
    assert system.activity.verify().breaks == []


def test_without_the_lock_two_acts_get_one_number(
    monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    """Negative control: only the lock stands before the database's own refusal."""
    unlocked = LOCK_CHAIN.postgres.removesuffix(" FOR UPDATE")
    monkeypatch.setattr(activity, "LOCK_CHAIN", Query(LOCK_CHAIN.sqlite, unlocked))
    database = Database(postgres_url)

    failures = in_threads(lambda _: _record_many(database), 4)
    database.close()

    assert unlocked != LOCK_CHAIN.postgres
    assert failures
    assert all(isinstance(error, StorageError) for error in failures)


def test_without_an_immediate_transaction_two_acts_get_one_number(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    """Negative control: on SQLite the transaction is the lock."""

    @contextmanager
    def deferred(database: Database) -> Iterator[Connection]:
        with database.translated_errors(), database.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection
            connection.exec_driver_sql("COMMIT")

    monkeypatch.setattr("tests.support.acts.writing", deferred)
    database = Database(sqlite_url)

    failures = in_threads(lambda _: _record_many(database), 4)
    database.close()

    assert failures
    assert all(isinstance(error, StorageError) for error in failures)


@pytest.fixture
def history(frozen_system: BookingSystem, database: Database, clock: ManualClock) -> list[str]:
    """Five acts a minute apart, the last one on a booking; the ids of what they are about."""
    made = []
    for actor, action, entity in (
        ("ann", "created", "route"),
        ("bob", "created", "bus"),
        ("ann", "deleted", "route"),
        ("bob", "logged_in", "user"),
    ):
        made.append(act(database, action, at=clock.now(), actor=actor, entity=entity))
        clock.advance(minutes=1)
    inventory = frozen_system.create_inventory(bus())
    made.append(hold(frozen_system, inventory, "1A", customer="ann").id)
    return made


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"actor": "ann"}, [4, 2, 0]),
        ({"action": "created"}, [1, 0]),
        ({"entity": "booking"}, [4]),
        ({"actor": "ann", "entity": "route", "action": "deleted"}, [2]),
        ({"since": NOW + timedelta(minutes=3)}, [4, 3]),
        ({"until": NOW + timedelta(minutes=1)}, [0]),
        ({"since": NOW + timedelta(minutes=1), "until": NOW + timedelta(minutes=3)}, [2, 1]),
        ({"actor": "nobody"}, []),
        ({"actor": "an\x00n"}, []),
        ({"entity_id": "nonsense"}, []),
    ],
)
def test_acts_are_found_by_what_they_are(
    frozen_system: BookingSystem,
    history: list[str],
    wanted: dict[str, str | datetime],
    expected: list[int],
) -> None:
    found, total = frozen_system.activity.find(**wanted)  # type: ignore[arg-type]  # by name

    assert [one.act.entity_id for one in found] == [history[number] for number in expected]
    assert total == len(expected)


def test_acts_are_found_by_what_they_are_about(
    frozen_system: BookingSystem, history: list[str]
) -> None:
    found, total = frozen_system.activity.find(entity_id=history[2])

    assert ([one.act.action for one in found], total) == (["deleted"], 1)


def test_pages_of_acts_are_disjoint_and_complete(
    frozen_system: BookingSystem, history: list[str]
) -> None:
    pages = [frozen_system.activity.find(limit=2, offset=offset) for offset in (0, 2, 4, 6)]

    assert [one.act.entity_id for found, _ in pages for one in found] == history[::-1]
    assert [total for _, total in pages] == [5] * 4


def test_an_export_has_every_act_chain_by_chain(
    frozen_system: BookingSystem, history: list[str]
) -> None:
    exported = list(frozen_system.activity.export())

    assert [one.act.entity_id for one in exported] == history
    assert [one.act.seq for one in exported] == [1, 2, 3, 4, 1]


def test_acts_are_followed_as_they_come_each_once(
    system: BookingSystem, database: Database
) -> None:
    stop, began = Event(), system.now()
    act(database, "first")
    following = system.activity.follow(stop, began, every_seconds=0.01)

    seen = [next(following).act.action]
    act(database, "second")
    act(database, "third")
    seen += [next(following).act.action, next(following).act.action]
    stop.set()

    assert seen == ["first", "second", "third"]
    assert list(following) == []


def test_an_act_that_comes_to_light_late_is_followed_too(
    system: BookingSystem, database: Database
) -> None:
    """It was timed before others, and committed after them."""
    stop, now = Event(), system.now()
    act(database, "early", at=now)
    following = system.activity.follow(stop, now - timedelta(minutes=1), every_seconds=0.01)

    assert next(following).act.action == "early"
    act(database, "late", at=now - timedelta(seconds=5))
    assert next(following).act.action == "late"
    stop.set()


def test_the_number_of_acts_is_seen_behind_the_engine(
    database: Database, database_url: str
) -> None:
    act(database)

    assert scalar(database_url, "SELECT seq FROM activity_chains") == 1
