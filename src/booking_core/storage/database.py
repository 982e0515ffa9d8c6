"""Opening a database: URLs, connections, and the driver's errors in our own words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from booking_core.errors import (
    BookingError,
    ConstraintViolated,
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseUnreachable,
    DriverMissing,
    InvalidDatabaseUrl,
    SchemaMissing,
    StorageError,
)

BUSY_MILLISECONDS = 5_000
CONNECT_SECONDS = 3
# A cut link is noticed after this long instead of after the kernel's many minutes.
TCP_USER_TIMEOUT_MILLISECONDS = 2_000
_SECRET_OPTIONS = ("password", "sslpassword")
_SQLITE_CANNOT_WORK = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
_URL_EXAMPLES = "sqlite:///bookings.sqlite3 or postgresql+psycopg://user@host/name"


class Database:
    """One database by URL. Connections come from a pool; nothing is opened before it is used."""

    def __init__(self, url: str) -> None:
        self.url = _parse(url)
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        self.engine: Engine = _postgres(self.url) if self.is_postgres else _sqlite(self.url)

    @property
    def name(self) -> str:
        """For messages: the URL without a password, wherever it stands."""
        shown = self.url.difference_update_query(_SECRET_OPTIONS)
        return shown.render_as_string(hide_password=True)

    @property
    def file(self) -> Path | None:
        """The database file of SQLite."""
        return None if self.is_postgres else Path(str(self.url.database))

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A pooled connection for reads; whatever was begun on it is rolled back."""
        with self.translated_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn the driver's errors into ours, without SQL, parameters or passwords."""
        try:
            yield
        except BookingError:
            raise
        except Exception as error:
            translated = self.translate(error)
            if translated is None:
                raise
            raise translated from error

    def now(self) -> datetime:
        """The time by the database's own clock, UTC."""
        with self.connect() as connection:
            found: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
            return found.astimezone(UTC)

    def require_reachable(self, *, create: bool) -> None:
        """Connect once. A SQLite file that is not there is made only with `create`."""
        if self.file is not None and not create and not self.file.exists():
            raise DatabaseUnreachable(
                f"There is no database at {self.file}. "
                "Make one with: booking db upgrade, or: booking seed demo"
            )
        with self.connect():
            pass

    def translate(self, error: BaseException) -> StorageError | None:
        """Our error for one of SQLAlchemy's or the driver's; None for anything else."""
        cause = getattr(error, "orig", None) or error
        if isinstance(cause, sqlite3.Error):
            return _translate_sqlite(cause, self.name)
        if self.is_postgres:
            return _translate_postgres(cause, self.name)
        return None

    def close(self) -> None:
        self.engine.dispose()


def _parse(text: str) -> URL:
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise InvalidDatabaseUrl(
            f"The database URL cannot be read. It looks like {_URL_EXAMPLES}.", field="database"
        ) from error
    if backend == "sqlite" and url.drivername in {"sqlite", "sqlite+pysqlite"}:
        return _sqlite_url(url)
    if backend == "postgresql" and url.drivername in {"postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    raise InvalidDatabaseUrl(
        f"{url.drivername} databases are not supported. Use {_URL_EXAMPLES}.", field="database"
    )


def _sqlite_url(url: URL) -> URL:
    if not url.database or url.database == ":memory:":
        raise InvalidDatabaseUrl(
            "A database in memory would be lost and cannot be shared; name a file: "
            "sqlite:///bookings.sqlite3.",
            field="database",
        )
    return url


def _sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    arguments = {"timeout": BUSY_MILLISECONDS / 1000}
    # Parameters hold hashes of passwords and tokens, and errors end up in logs.
    engine = sa.create_engine(url, connect_args=arguments, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def create_private(*_: Any) -> None:
        _create_private(path)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        # Transactions are begun by us, always IMMEDIATE where they write.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = WAL")

    return engine


def _create_private(path: Path) -> None:
    """Make the file, if it is not there, readable by its owner alone; SQLite then gives its
    journal files the same mode.

    A file that is there is not opened: closing it again would drop the locks that all other
    connections of this process have on it (POSIX).
    """
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise DatabaseUnreachable(
            f"The database file {path} cannot be opened: {error.strerror}."
        ) from error


def _postgres(url: URL) -> Engine:
    if find_spec("psycopg") is None:
        raise DriverMissing(
            "PostgreSQL needs the psycopg driver. Install it with: "
            "pip install 'booking-engine[postgres]'."
        )
    arguments = {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": TCP_USER_TIMEOUT_MILLISECONDS,
        "options": "-c timezone=UTC",
        "application_name": "booking-engine",
    }
    engine = sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=10,
        connect_args=arguments,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        from psycopg.types.json import set_json_loads
        from psycopg.types.string import TextLoader

        # Identifiers are text everywhere in Python; uuid objects cost more than the query.
        connection.adapters.register_loader("uuid", TextLoader)
        set_json_loads(orjson.loads, connection)

    return engine


def _translate_sqlite(error: sqlite3.Error, name: str) -> StorageError | None:
    if isinstance(error, sqlite3.ProgrammingError):
        return None
    if isinstance(error, sqlite3.IntegrityError):
        return ConstraintViolated(f"The database refused a change: {error}.")
    if "no such table" in str(error) or "no such column" in str(error):
        return _schema_missing(name)
    code = getattr(error, "sqlite_errorcode", None)
    return _by_sqlite_code(None if code is None else code & 0xFF, error, name)


def _by_sqlite_code(code: int | None, error: sqlite3.Error, name: str) -> StorageError:
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return DatabaseBusy(f"{name} is busy with another writer. Try again in a moment.")
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return DatabaseCorrupt(
            f"{name} is damaged or no SQLite database. Restore it from a backup, "
            "or name another file."
        )
    if code in _SQLITE_CANNOT_WORK:
        return DatabaseUnreachable(f"{name} cannot be used: {error}.")
    return StorageError(f"{name} refused a statement: {error}.")


def _translate_postgres(error: BaseException, name: str) -> StorageError | None:
    import psycopg

    if not isinstance(error, psycopg.Error):
        return None
    if isinstance(error, psycopg.errors.IntegrityError):
        return ConstraintViolated(
            f"The database refused a change: {error.diag.constraint_name or error.sqlstate}.",
            constraint=error.diag.constraint_name,
        )
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return _schema_missing(name)
    if isinstance(
        error,
        psycopg.errors.DeadlockDetected
        | psycopg.errors.SerializationFailure
        | psycopg.errors.LockNotAvailable
        | psycopg.errors.QueryCanceled
        | psycopg.errors.TooManyConnections,
    ):
        return DatabaseBusy(f"{name} is busy. Try again in a moment.")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return DatabaseUnreachable(
            f"{name} cannot be reached. Check that the server runs and that the URL is right."
        )
    return StorageError(f"{name} refused a statement ({error.sqlstate}).")


def _schema_missing(name: str) -> SchemaMissing:
    return SchemaMissing(f"{name} has no tables of ours yet. Run: booking db upgrade")
