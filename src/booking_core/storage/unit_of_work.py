"""The only commit and rollback."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

from sqlalchemy.engine import Connection

from booking_core.storage.database import Database
from booking_core.storage.sqlite_lock import begin_immediate
from booking_core.storage.wire import OverlappingWire, Wire, open_wire


class UnitOfWork:
    """Transactions on one connection that is opened when first needed and again after a failure.

    For one thread at a time.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._wire: Wire | None = None

    @property
    def is_connected(self) -> bool:
        return self._wire is not None

    @property
    def is_silent(self) -> bool:
        """Whether there is a connection, and nothing speaks against its being good."""
        return self._wire is not None and self._wire.is_silent

    @contextmanager
    def transaction(self, *, read_only: bool = False, unseen: bool = False) -> Iterator[Wire]:
        """Commit at the end, roll back on any error; errors are of our tree. `unseen` commits
        what is not answered yet; an error other than OutcomeUnknown means that nothing was."""
        with self._connected() as wire:
            wire.begin(read_only=read_only)
            yield wire
            if unseen:
                wire.commit_unseen()
            else:
                wire.commit()

    @contextmanager
    def chain(self) -> Iterator[OverlappingWire]:
        """On PostgreSQL: transactions that the caller begins and commits, one after another. What
        is not committed when an error leaves it is rolled back; errors are of our tree."""
        with self._connected() as wire:
            yield cast(OverlappingWire, wire)

    @contextmanager
    def _connected(self) -> Iterator[Wire]:
        with self.database.translated_errors():
            if self._wire is None:
                self._wire = open_wire(self.database)
            wire = self._wire
            try:
                yield wire
            except Exception:
                self._abandon(wire)
                raise
            except BaseException:
                # An interrupt comes between any two steps, also between an answer and its taking
                # down: the next transaction could be given answers that belong to this one.
                self.close()
                raise

    def _abandon(self, wire: Wire) -> None:
        """Roll back; a connection that cannot even do that is thrown away."""
        try:
            wire.rollback()
        except Exception:  # noqa: BLE001 - whatever it was, the connection is of no more use
            self.close()

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            with suppress(Exception):
                wire.close()


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """One transaction on a pooled connection, for whatever is not in the write path: commits at
    the end, rolls back on any error; errors are of our tree.

    On SQLite it takes the write lock at once, as every writing transaction must.
    """
    with database.translated_errors(), database.engine.connect() as connection:
        if database.is_postgres:
            with connection.begin():
                yield connection
        else:
            with _immediate(connection):
                yield connection


@contextmanager
def _immediate(connection: Connection) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    begin_immediate(driver)
    try:
        yield
        driver.execute("COMMIT")
    except BaseException:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """One consistent view of everything, for reads that take long; it locks nobody out."""
    with database.connect() as connection:
        if database.is_postgres:
            settings = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            connection.exec_driver_sql(settings)
        else:
            connection.exec_driver_sql("BEGIN")
        # The view is taken by the first read.
        connection.exec_driver_sql("SELECT count(*) FROM activity_chains")
        yield connection
