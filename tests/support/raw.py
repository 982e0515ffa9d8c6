"""SQL straight to a test's database, past the engine: to look behind it, and to tamper with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import booking_core.storage.tables.registry  # noqa: F401 - registers every table


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """A plain SQLAlchemy engine that keeps no connection open."""
    engine = sa.create_engine(url, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def raw_connection(url: str) -> Iterator[Connection]:
    """A connection of one's own; nothing is committed but by the caller."""
    with engine_of(url) as engine, engine.connect() as connection:
        yield connection


def run_sql(url: str, *statements: str, **parameters: Any) -> None:
    """Run statements in one transaction. SQLite checks no foreign keys here."""
    with engine_of(url) as engine, engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement), parameters)


def tamper(url: str, *statements: str, **parameters: Any) -> None:
    """Run statements that the database itself would refuse: its checks and foreign keys are off.

    PostgreSQL has lost these constraints for good afterwards; nobody may be reading meanwhile.
    """
    with engine_of(url) as engine, engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(sa.text("PRAGMA ignore_check_constraints = ON"))
        else:
            for table, names in connection.execute(sa.text(_CONSTRAINTS)).all():
                drops = ", ".join(f"DROP CONSTRAINT {name}" for name in names)
                connection.execute(sa.text(f"ALTER TABLE {table} {drops}"))
        for statement in statements:
            connection.execute(sa.text(statement), parameters)


_CONSTRAINTS = """
    SELECT conrelid::regclass::text, array_agg(conname) FROM pg_constraint
    WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace
    GROUP BY conrelid"""


def rows(url: str, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """What a query gives, identifiers as text."""
    with raw_connection(url) as connection:
        found = connection.execute(sa.text(query), parameters)
        return [tuple(_plain(value) for value in row) for row in found]


def scalar(url: str, query: str, **parameters: Any) -> Any:
    """The one value that a query gives."""
    return rows(url, query, **parameters)[0][0]


def _plain(value: Any) -> Any:
    return str(value) if type(value).__name__ == "UUID" else value


Saved = dict[sa.Table, list[dict[str, Any]]]


def saved_rows(connection: Connection) -> Saved:
    """The rows of our tables, but for tables without any."""
    found = {
        table: [dict(row._mapping) for row in connection.execute(table.select())]
        for table in SQLModel.metadata.sorted_tables
    }
    return {table: there for table, there in found.items() if there}


def deletions() -> list[str]:
    """Statements that delete all rows of our tables."""
    return [f"DELETE FROM {table}" for table in reversed(SQLModel.metadata.sorted_tables)]


def put_back(connection: Connection, saved: Saved) -> None:
    """Make those the only rows of our tables."""
    for statement in deletions():
        connection.exec_driver_sql(statement)
    for table, rows_of_it in saved.items():
        connection.execute(table.insert(), [dict(row) for row in rows_of_it])
