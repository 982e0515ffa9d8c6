"""API keys by the digests of their secrets. All of it on a connection of the caller's."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.api_keys import ApiKey, Scope
from booking_core.storage.statements import select, table_of
from booking_core.storage.tables.accounts import ApiKeyRow
from booking_core.storage.wire import PooledReader

_COLUMNS = (
    "id",
    "name",
    "prefix",
    "scopes",
    "created_by",
    "created_at",
    "expires_at",
    "revoked_at",
    "last_used_at",
    "digest",
)
_BY_ID = select(ApiKeyRow, _COLUMNS, sqlite="WHERE id = :id", postgres="WHERE id = %(id)s::uuid")
_BY_IDS = select(
    ApiKeyRow,
    _COLUMNS,
    sqlite="WHERE id IN (SELECT value FROM json_each(:ids))",
    postgres="WHERE id = ANY (ARRAY (SELECT json_array_elements_text(%(ids)s::json)::uuid))",
)
_BY_DIGESTS = select(
    ApiKeyRow,
    _COLUMNS,
    sqlite="WHERE digest IN (SELECT value FROM json_each(:digests))",
    postgres="WHERE digest = ANY (ARRAY (SELECT json_array_elements_text(%(digests)s::json)))",
)
_PAGE = select(
    ApiKeyRow,
    _COLUMNS,
    sqlite="ORDER BY id DESC LIMIT :limit OFFSET :offset",
    postgres="ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s",
)


def add(connection: Connection, key: ApiKey, digest: str) -> None:
    row = {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "digest": digest,
        "scopes": [str(scope) for scope in key.scopes],
        "created_by": key.created_by,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }
    connection.execute(table_of(ApiKeyRow).insert().values(**row))


def by_id(connection: Connection, key_id: str) -> ApiKey | None:
    rows = PooledReader(connection).query(_BY_ID, id=key_id).rows()
    return _key_of(rows[0]) if rows else None


def by_ids(connection: Connection, ids: Iterable[str]) -> list[ApiKey]:
    """The keys that there are."""
    found = PooledReader(connection).query(_BY_IDS, ids=orjson.dumps(list(ids)).decode())
    return [_key_of(row) for row in found.rows()]


def by_digests(connection: Connection, digests: Iterable[str]) -> list[tuple[ApiKey, str]]:
    """The keys that there are, each with its digest."""
    asked = orjson.dumps(list(digests)).decode()
    found = PooledReader(connection).query(_BY_DIGESTS, digests=asked)
    return [(_key_of(row), row[9]) for row in found.rows()]


def page(connection: Connection, limit: int, offset: int) -> list[ApiKey]:
    """Newest first."""
    found = PooledReader(connection).query(_PAGE, limit=limit, offset=offset)
    return [_key_of(row) for row in found.rows()]


def revoke(connection: Connection, key_id: str, now: datetime) -> bool:
    """False where there is no such key, or it was revoked before."""
    table = table_of(ApiKeyRow)
    statement = (
        table.update()
        .where(table.c.id == key_id, table.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(table.c.id)
    )
    return connection.execute(statement).first() is not None


def mark_used(connection: Connection, key_id: str, now: datetime, every: timedelta) -> None:
    """Note the time, unless one within `every` before it stands there."""
    table = table_of(ApiKeyRow)
    is_stale = sa.or_(table.c.last_used_at.is_(None), table.c.last_used_at <= now - every)
    connection.execute(
        table.update().where(table.c.id == key_id, is_stale).values(last_used_at=now)
    )


def _key_of(row: Sequence[Any]) -> ApiKey:
    id_, name, prefix, scopes, created_by, *times = row[:9]
    return ApiKey(id_, name, prefix, tuple(map(Scope, scopes)), created_by, *times)
