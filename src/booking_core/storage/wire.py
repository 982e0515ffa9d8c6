"""The driver's own connection, for writing: one transaction after another, few round trips.

SQLAlchemy's execution costs more than the database does at this rate, so the write path speaks
to sqlite3 and psycopg through this one small surface. Reads elsewhere use SQLAlchemy.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from sqlalchemy.engine import Connection

from booking_core.errors import OutcomeUnknown, StorageError
from booking_core.storage.database import Database
from booking_core.storage.sqlite_lock import begin_immediate
from booking_core.storage.statements import Query, Row, Write

if TYPE_CHECKING:
    from booking_core.storage.pipeline import PostgresDraft

# Plans must not depend on how full a table was when a connection first planned: the write path
# only ever looks rows up by key.
_POSTGRES_SETTINGS = """
    SET plan_cache_mode = force_generic_plan; SET jit = off;
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off
"""


class Answer(Protocol):
    """What a statement gave. On PostgreSQL reading it waits for all that was sent until then."""

    def rows(self) -> list[Sequence[Any]]: ...

    @property
    def count(self) -> int:
        """Rows written."""
        ...


class Reader(Protocol):
    """Anything a query can be put to."""

    def query(self, query: Query, **parameters: Any) -> Answer: ...


class RowWriter(Reader, Protocol):
    """Anything that rows can be written through, too."""

    def write(
        self, write: Write, rows: Sequence[Row], *, now: datetime | None = None
    ) -> Answer: ...


class Outbound(Protocol):
    """Where decided rows go to."""

    def write(
        self, write: Write, rows: Sequence[Row], *, now: datetime | None = None
    ) -> Answer: ...

    def push(self) -> None:
        """Let the database begin with what was sent, without waiting for it."""
        ...


class Wire(RowWriter, Protocol):
    """One connection, for one thread at a time. Errors are the driver's own.

    `portion` is how many commands to decide before what they do is pushed: a server can work on
    it meanwhile, an embedded database cannot.
    """

    portion: int

    def begin(self, *, read_only: bool = False) -> None: ...

    def commit(self) -> None: ...

    def commit_unseen(self) -> None:
        """Commit together with what was sent and not answered yet: each of these statements must
        fail by itself where it does not do what was decided."""
        ...

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come that nobody asked for, as when a server ends the session."""
        ...

    def rollback(self) -> None: ...

    def push(self) -> None:
        """Let the database begin with what was sent, without waiting for it."""
        ...

    def send(self, query: Query, values: Mapping[str, Any]) -> None:
        """A query whose answer nobody reads, given more values than it may need."""
        ...

    def array(self, ids: Iterable[str]) -> str:
        """Identifiers as one parameter. They must be canonical."""
        ...

    def close(self) -> None: ...


class OverlappingWire(Wire, Protocol):
    """One that takes in more while the server still works on what was sent before."""

    def start_commit(self) -> None:
        """Let the server commit what was written before, which must have been answered. Whatever
        is sent next is not part of it."""
        ...

    def finish_commit(self) -> None:
        """Wait for the commit that was begun. Raises OutcomeUnknown."""
        ...

    def mark(self) -> None:
        """Have what was sent so far answered without waiting for what is sent next."""
        ...

    def draft(self) -> "PostgresDraft": ...


def open_wire(database: Database) -> Wire:
    """A new connection of its own, outside the pool."""
    with database.translated_errors():
        pooled = database.engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        return PostgresWire(driver) if database.is_postgres else SqliteWire(driver)


class PooledReader:
    """Puts queries to a pooled connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_postgres = connection.dialect.name == "postgresql"

    def query(self, query: Query, **parameters: Any) -> Answer:
        text = query.postgres if self._is_postgres else query.sqlite
        if not self._is_postgres:
            parameters = query.sqlite_parameters(parameters)
        cursor = self._connection.exec_driver_sql(text, parameters)
        rows: list[Sequence[Any]] = [tuple(row) for row in cursor]
        return _Rows(rows if self._is_postgres else query.decoded(rows))


class PooledWriter(PooledReader):
    """Writes through a pooled connection, in the transaction of `unit_of_work.writing`."""

    def write(self, write: Write, rows: Sequence[Row], *, now: datetime | None = None) -> Answer:
        if self._is_postgres:
            parameters = {"rows": orjson.dumps(rows).decode(), "now": now}
            cursor = self._connection.exec_driver_sql(write.postgres, parameters)
        else:
            cursor = self._connection.exec_driver_sql(write.sqlite, write.sqlite_rows(rows, now))
        return _Rows([], cursor.rowcount)


class _Rows:
    def __init__(self, rows: list[Sequence[Any]], count: int = 0) -> None:
        self._rows = rows
        self.count = count

    def rows(self) -> list[Sequence[Any]]:
        return self._rows


NO_ROWS: Answer = _Rows([])


class _SqliteAnswer:
    def __init__(self, cursor: sqlite3.Cursor, query: Query | None = None) -> None:
        self._rows = [] if query is None else query.decoded(cursor.fetchall())
        self.count = cursor.rowcount

    def rows(self) -> list[Sequence[Any]]:
        return self._rows


class SqliteWire:
    """sqlite3. A writing transaction takes the write lock at once."""

    portion = 256

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self, *, read_only: bool = False) -> None:
        if read_only:
            self._connection.execute("BEGIN")
        else:
            begin_immediate(self._connection)

    @property
    def is_silent(self) -> bool:
        return True

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def commit_unseen(self) -> None:
        self.commit()

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def push(self) -> None:
        pass

    def query(self, query: Query, **parameters: Any) -> Answer:
        stored = query.sqlite_parameters(parameters)
        return _SqliteAnswer(self._connection.execute(query.sqlite, stored), query)

    def write(self, write: Write, rows: Sequence[Row], *, now: datetime | None = None) -> Answer:
        stored = write.sqlite_rows(rows, now)
        return _SqliteAnswer(self._connection.executemany(write.sqlite, stored))

    def send(self, query: Query, values: Mapping[str, Any]) -> None:
        self.query(query, **values)

    def array(self, ids: Iterable[str]) -> str:
        return orjson.dumps(list(ids)).decode()

    def close(self) -> None:
        self._connection.close()


class PostgresWire:
    """psycopg's connection in pipeline mode, every statement prepared."""

    portion = 32

    def __init__(self, connection: Any) -> None:
        from booking_core.storage.pipeline import Pipeline

        self._connection = connection
        connection.rollback()
        connection.autocommit = True
        connection.execute(_POSTGRES_SETTINGS)
        connection.add_notice_handler(self._notice)
        self._commit_in_doubt = False
        self._pipeline = Pipeline(connection)

    def _notice(self, diagnostic: Any) -> None:
        # A commit whose wait for a synchronous standby is cancelled reports success with only a
        # warning (01000 on COMMIT); whether it survives a failover is then unknown.
        if "synchronous replication" in (diagnostic.message_primary or ""):
            self._commit_in_doubt = True

    def begin(self, *, read_only: bool = False) -> None:
        mode = " ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else ""
        self._pipeline.send("BEGIN" + mode, {})

    @property
    def is_silent(self) -> bool:
        return self._pipeline.is_silent()

    def commit(self) -> None:
        # What was sent before must have been done; only then may losing the link be in doubt.
        self._pipeline.receive()
        self.commit_unseen()

    def start_commit(self) -> None:
        import psycopg

        self._queue_commit()
        # It may have got out all the same: whoever waits for it is told.
        with suppress(psycopg.Error):
            self._pipeline.mark()

    def commit_unseen(self) -> None:
        self._queue_commit()
        self.finish_commit()

    def _queue_commit(self) -> None:
        self._commit_in_doubt = False
        self._commit = self._pipeline.send("COMMIT", {})

    def finish_commit(self) -> None:
        import psycopg

        commit = self._commit
        try:
            self._pipeline.receive(commit.part)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            # Something before it failed, and the server has said so to the end.
            if commit.was_skipped:
                raise
            # A link that is lost after the answer has come takes nothing back.
            if commit.tag != "COMMIT":
                raise _outcome_unknown() from error
        if self._commit_in_doubt:
            raise _outcome_unknown()
        if commit.tag != "COMMIT":
            raise StorageError("The database rolled a transaction back instead of committing it.")

    def rollback(self) -> None:
        import psycopg

        with suppress(psycopg.Error):
            self._pipeline.receive()
        self._pipeline.send("ROLLBACK", {})
        self._pipeline.receive()

    def push(self) -> None:
        self._pipeline.push()

    def query(self, query: Query, **parameters: Any) -> Answer:
        return self._pipeline.send(query.postgres, parameters)

    def write(self, write: Write, rows: Sequence[Row], *, now: datetime | None = None) -> Answer:
        return self._pipeline.send(*write.to_postgres(rows, now))

    def mark(self) -> None:
        self._pipeline.mark()

    def draft(self) -> "PostgresDraft":
        from booking_core.storage.pipeline import PostgresDraft

        return PostgresDraft(self._pipeline)

    def send(self, query: Query, values: Mapping[str, Any]) -> None:
        self._pipeline.send(query.postgres, values)

    def array(self, ids: Iterable[str]) -> str:
        return "{" + ",".join(ids) + "}"

    def close(self) -> None:
        self._connection.close()


def _outcome_unknown() -> OutcomeUnknown:
    return OutcomeUnknown(
        "The connection was lost while the database was committing: the change may or may not "
        "have been made. Repeat the request with the same idempotency key, or look first."
    )
