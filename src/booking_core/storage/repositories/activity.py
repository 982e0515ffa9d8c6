"""The activity log: appending to the house chain, and looking acts up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.activity import HOUSE_CHAIN, Act, Activity
from booking_core.errors import DatabaseCorrupt, InternalError
from booking_core.ids import is_id, is_storable
from booking_core.storage.locks.chains import LOCK_CHAIN
from booking_core.storage.repositories.journal import INSERT_ACTIVITY, row_of
from booking_core.storage.statements import table_of, update
from booking_core.storage.tables.journal import ActivityChainRow, ActivityRow
from booking_core.storage.wire import PooledWriter, Reader, RowWriter, Wire

_TABLE = table_of(ActivityRow)
_SET_CHAIN_END = update(ActivityChainRow, ("id",), seq="new.seq", hash="new.hash")
_ROWS_AT_A_TIME = 1_000


def record(
    connection: Connection | Wire,
    *,
    at: datetime,
    actor: str,
    action: str,
    entity: str,
    entity_id: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    origin: str | None = None,
) -> None:
    """Append an act that concerns no inventory, in the caller's transaction: that of
    `unit_of_work.writing`, or of a wire.

    `entity_id` is a canonical UUID; `before` and `after` hold what orjson can write. Call it last
    in the transaction: the chain stays locked until that ends. Raises InternalError for another
    `entity_id`, DatabaseCorrupt where the chain's end is gone.
    """
    if not is_id(entity_id):
        raise InternalError(f"An act speaks of no identifier: {entity} {entity_id!r}.")
    writer: RowWriter = (
        PooledWriter(connection) if isinstance(connection, Connection) else connection
    )
    seq, previous = _end_of_house_chain(writer)
    act = Act(
        chain_id=HOUSE_CHAIN,
        seq=seq + 1,
        at=at.astimezone(UTC),
        actor=actor,
        action=action,
        entity=entity,
        entity_id=entity_id,
        origin=origin,
        before=None if before is None else _as_stored(before),
        after=_as_stored(after or {}),
    )
    sealed = act.sealed(previous)
    writer.write(INSERT_ACTIVITY, [row_of(act, sealed)])
    writer.write(_SET_CHAIN_END, [{"id": act.chain_id, "seq": act.seq, "hash": sealed}])


def _end_of_house_chain(reader: Reader) -> tuple[int, str | None]:
    rows = reader.query(LOCK_CHAIN, id=HOUSE_CHAIN).rows()
    if not rows:
        raise DatabaseCorrupt(
            "The activity log has lost the end of its chain. Run: booking audit verify"
        )
    return rows[0][0], rows[0][1]


def _as_stored(document: dict[str, Any]) -> dict[str, Any]:
    """As it reads back, for that is what a verification hashes again."""
    stored: dict[str, Any] = orjson.loads(orjson.dumps(document))
    return stored


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which acts are asked for; whatever is None does not matter. `since` is included, `until`
    is not."""

    actor: str | None = None
    action: str | None = None
    entity: str | None = None
    entity_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def can_match(self) -> bool:
        """Whether the database could have written such a thing down."""
        texts = (self.actor, self.action, self.entity)
        return (self.entity_id is None or is_id(self.entity_id)) and all(
            text is None or is_storable(text) for text in texts
        )

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        columns = _TABLE.c
        found = [
            columns[name] == value
            for name in ("actor", "action", "entity", "entity_id")
            if (value := getattr(self, name)) is not None
        ]
        if self.since is not None:
            found.append(columns.at >= self.since)
        if self.until is not None:
            found.append(columns.at < self.until)
        return found


def count_acts(connection: Connection, wanted: ActivityFilter) -> int:
    statement = sa.select(sa.func.count()).select_from(_TABLE).where(*wanted.conditions())
    found: int = connection.execute(statement).scalar_one()
    return found


def newest_acts(
    connection: Connection, wanted: ActivityFilter, *, limit: int, offset: int
) -> list[Activity]:
    """Newest first; within one moment the chains stand one after the other."""
    columns = _TABLE.c
    statement = (
        sa.select(_TABLE)
        .where(*wanted.conditions())
        .order_by(columns.at.desc(), columns.inventory_id, columns.seq.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_activity_of(row) for row in connection.execute(statement)]


def history(connection: Connection, entity_id: str) -> list[dict[str, Any]]:
    """What happened to one thing, oldest first: `at, actor, action, before, after`."""
    names = ("at", "actor", "action", "before", "after")
    statement = (
        sa.select(*(_TABLE.c[name] for name in names))
        .where(_TABLE.c.entity_id == entity_id)
        .order_by(_TABLE.c.seq)
    )
    return [dict(row._mapping) for row in connection.execute(statement)]


def acts_since(connection: Connection, since: datetime) -> Iterator[Activity]:
    """Oldest first, streamed."""
    columns = _TABLE.c
    statement = (
        sa.select(_TABLE)
        .where(columns.at >= since)
        .order_by(columns.at, columns.inventory_id, columns.seq)
        .execution_options(yield_per=_ROWS_AT_A_TIME)
    )
    return map(_activity_of, connection.execute(statement))


def all_acts(connection: Connection) -> Iterator[Activity]:
    """Chain by chain, each in its order, streamed."""
    columns = _TABLE.c
    statement = (
        sa.select(_TABLE)
        .order_by(columns.inventory_id, columns.seq)
        .execution_options(yield_per=_ROWS_AT_A_TIME)
    )
    return map(_activity_of, connection.execute(statement))


def _activity_of(row: Sequence[Any]) -> Activity:
    return Activity(Act(*row[:-1]), row[-1])
