"""Answers of the HTTP interface under idempotency keys. All on a connection of the caller's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from booking_core.storage.statements import table_of
from booking_core.storage.tables.journal import RequestRow


@dataclass(frozen=True, slots=True)
class Key:
    """Whose key on which route."""

    principal: str
    route: str
    key: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is stored under a key; without a `status` it is in flight since `at`."""

    fingerprint: str
    status: int | None
    headers: Sequence[Sequence[str]] | None
    body: bytes | None
    at: datetime


def add(connection: Connection, key: Key, fingerprint: str, at: datetime) -> bool:
    """Begin a request; False where there is one under the key."""
    table = table_of(RequestRow)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(table)
        .values(
            principal=key.principal, route=key.route, key=key.key, fingerprint=fingerprint, at=at
        )
        .on_conflict_do_nothing()
        .returning(table.c.key)
    )
    return connection.execute(statement).first() is not None


def locked(connection: Connection, key: Key) -> Request | None:
    """What is under a key, and stays so until the transaction ends."""
    table = table_of(RequestRow)
    columns = (table.c.fingerprint, table.c.status, table.c.headers, table.c.body, table.c.at)
    row = connection.execute(sa.select(*columns).where(_is(key)).with_for_update()).first()
    return None if row is None else Request(*row)


def begin_again(connection: Connection, key: Key, fingerprint: str, at: datetime) -> None:
    """Put a request in flight in the place of what was there."""
    values = {"fingerprint": fingerprint, "at": at, "status": None, "headers": None, "body": None}
    connection.execute(table_of(RequestRow).update().where(_is(key)).values(**values))


def finish(
    connection: Connection,
    key: Key,
    at: datetime,
    *,
    status: int,
    headers: Sequence[Sequence[str]],
    body: bytes,
) -> bool:
    """Store the answer of what is in flight since `at`; False where somebody else took over."""
    table = table_of(RequestRow)
    statement = (
        table.update()
        .where(_is_in_flight(key, at))
        .values(status=status, headers=[list(pair) for pair in headers], body=body)
        .returning(table.c.key)
    )
    return connection.execute(statement).first() is not None


def forget(connection: Connection, key: Key, at: datetime) -> None:
    """Remove what is in flight since `at`."""
    connection.execute(table_of(RequestRow).delete().where(_is_in_flight(key, at)))


def forget_until(connection: Connection, until: datetime, most: int) -> int:
    """Delete some of what began until then; how many it were."""
    table = table_of(RequestRow)
    names = (table.c.principal, table.c.route, table.c.key)
    some = sa.select(*names).where(table.c.at <= until).limit(most)
    statement = table.delete().where(sa.tuple_(*names).in_(some)).returning(table.c.key)
    return len(connection.execute(statement).all())


def _is(key: Key) -> sa.ColumnElement[bool]:
    table = table_of(RequestRow)
    return sa.and_(
        table.c.principal == key.principal, table.c.route == key.route, table.c.key == key.key
    )


def _is_in_flight(key: Key, at: datetime) -> sa.ColumnElement[bool]:
    table = table_of(RequestRow)
    return sa.and_(_is(key), table.c.at == at, table.c.status.is_(None))
