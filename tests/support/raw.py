"""SQL straight to a test's database, past the engine: to look behind it, and to tamper with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool


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
