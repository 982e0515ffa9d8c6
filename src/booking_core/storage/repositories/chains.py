"""Chains of acts as they lie in the database, to be checked: nothing is taken on trust."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.activity import Act, ChainEnd
from booking_core.domain.chains import StoredAct

_ROWS_AT_A_TIME = 1_000
# Documents as text: what cannot be read is to be reported, not refused.
_ACTS = """
    SELECT CAST(inventory_id AS text), seq, at, actor, action, entity, CAST(entity_id AS text),
        origin, CAST("before" AS text), CAST("after" AS text), hash
    FROM activity_log ORDER BY inventory_id, seq"""
_ENDS = """
    SELECT CAST(chain.id AS text), chain.seq, chain.hash FROM (
        SELECT id, seq, hash FROM activity_chains
        UNION ALL SELECT id, version, activity_hash FROM inventories
    ) AS chain ORDER BY chain.id"""


def stored_acts(connection: Connection) -> Iterator[StoredAct]:
    """Every act, chain by chain, each in order."""
    for row in connection.execute(_streamed(_ACTS)):
        yield StoredAct(str(row[0]), row[1], _act_of(row), row[10])


def chain_ends(connection: Connection) -> Iterator[ChainEnd]:
    """What is known of the end of each chain, in the order of their ids."""
    for row in connection.execute(_streamed(_ENDS)):
        yield ChainEnd(str(row[0]), row[1], row[2])


def _streamed(query: str) -> sa.Executable:
    return sa.text(query).execution_options(yield_per=_ROWS_AT_A_TIME)


def _act_of(row: Sequence[Any]) -> Act | None:
    chain_id, seq, at, actor, action, entity, entity_id, origin, before, after, _ = row
    try:
        return Act(
            chain_id,
            seq,
            _time_of(at),
            actor,
            action,
            entity,
            entity_id,
            origin,
            None if before is None else orjson.loads(before),
            orjson.loads(after),
        )
    except (TypeError, ValueError):
        return None


def _time_of(stored: datetime | str) -> datetime:
    """PostgreSQL gives a time, SQLite its text."""
    if isinstance(stored, datetime):
        return stored.astimezone(UTC)
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)
