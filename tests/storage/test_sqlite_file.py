"""SQLite: a private file, WAL, foreign keys, and the write lock taken at once."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import sleep

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import HoldBest
from booking_core.errors import DatabaseBusy
from booking_core.storage import database as database_module
from booking_core.storage import sqlite_lock
from booking_core.storage.database import Database
from booking_core.storage.unit_of_work import UnitOfWork
from booking_core.storage.wire import SqliteWire
from tests.support.builders import bus, hold, sell, sweep
from tests.support.raw import scalar


@pytest.fixture
def file(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def other_writer(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection of another program."""
    connection = sqlite3.connect(file, isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a lock, so that nothing here depends on how long anything takes."""
    for module in (database_module, sqlite_lock):
        monkeypatch.setattr(module, "BUSY_MILLISECONDS", 0)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_and_its_journals_are_the_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "booking.sqlite3"
    with BookingSystem.open(f"sqlite:///{file}") as system:
        sell(system, system.create_inventory(bus()), "1A")
        modes = {path.name: mode(path) for path in tmp_path.iterdir()}

    assert modes == {
        "booking.sqlite3": 0o600,
        "booking.sqlite3-wal": 0o600,
        "booking.sqlite3-shm": 0o600,
    }


def test_a_file_that_was_there_keeps_the_mode_its_owner_gave_it(file: Path) -> None:
    file.chmod(0o640)

    with BookingSystem.open(f"sqlite:///{file}"):
        pass

    assert mode(file) == 0o640


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 5_000)],
)
def test_every_connection_is_prepared(sqlite_url: str, pragma: str, value: object) -> None:
    database = Database(sqlite_url)
    work = UnitOfWork(database)
    try:
        with database.connect() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        with work.transaction() as wire:
            assert isinstance(wire, SqliteWire)
            assert wire._connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)
    finally:
        work.close()
        database.close()


def test_a_transaction_takes_the_write_lock_before_its_first_statement(
    sqlite_url: str, other_writer: sqlite3.Connection, impatient: None
) -> None:
    other_writer.execute("PRAGMA busy_timeout = 0")
    work = UnitOfWork(Database(sqlite_url))

    with work.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other_writer.execute("BEGIN IMMEDIATE")

    other_writer.execute("BEGIN IMMEDIATE")
    other_writer.execute("ROLLBACK")
    work.close()
    work.database.close()


def test_a_reading_transaction_stops_no_writer(
    sqlite_url: str, other_writer: sqlite3.Connection, impatient: None
) -> None:
    other_writer.execute("PRAGMA busy_timeout = 0")
    work = UnitOfWork(Database(sqlite_url))

    with work.transaction(read_only=True):
        other_writer.execute("BEGIN IMMEDIATE")
        other_writer.execute("COMMIT")

    work.close()
    work.database.close()


def test_while_another_writes_commands_are_refused_as_busy_and_reads_go_on(
    sqlite_url: str, other_writer: sqlite3.Connection, impatient: None
) -> None:
    with BookingSystem.open(sqlite_url) as system:
        inventory = system.create_inventory(bus())
        other_writer.execute("BEGIN IMMEDIATE")

        with pytest.raises(DatabaseBusy) as refused:
            hold(system, inventory, "1A")
        assert refused.value.retryable
        assert system.inventory(inventory).available == 8
        assert sweep(system) == 0

        other_writer.execute("ROLLBACK")
        assert hold(system, inventory, "1A").places == 1
    assert scalar(sqlite_url, "SELECT count(*) FROM bookings") == 1


def test_a_writer_waits_for_the_lock_rather_than_failing(
    sqlite_url: str, other_writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = Event()
    really_begin = SqliteWire.begin

    def begin(wire: SqliteWire, *, read_only: bool = False) -> None:
        begins.set()
        really_begin(wire, read_only=read_only)

    with BookingSystem.open(sqlite_url) as system:
        inventory = system.create_inventory(bus())
        other_writer.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(SqliteWire, "begin", begin)
        (ticket,) = system.submit([HoldBest(inventory_id=inventory, customer_id="ann", quantity=1)])

        assert begins.wait(60)
        sleep(0.05)
        other_writer.execute("COMMIT")

        assert isinstance(ticket.wait(), Booking)
