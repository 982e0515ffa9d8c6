"""Waitlist entries: the statements of the write path, and reads for people."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.waitlist import NotificationPreferences, WaitlistEntry, WaitlistState
from booking_core.storage.statements import Query, Row, Write, insert, select, table_of, update
from booking_core.storage.tables.inventories import InventoryRow
from booking_core.storage.tables.waitlist import WaitlistEntryRow
from booking_core.storage.wire import Reader

_TABLE = table_of(WaitlistEntryRow)
_COLUMNS = tuple(column.name for column in _TABLE.columns)

OFFERS_OF_INVENTORY = select(
    WaitlistEntryRow,
    _COLUMNS,
    sqlite="WHERE inventory_id = :inventory_id AND state = 'offered'",
    postgres="WHERE inventory_id = %(inventory_id)s::uuid AND state = 'offered'",
)
# Of those who wait for no more than is free, the earliest: `free` is a JSON object by tier id,
# `any_tier` what somebody gets who does not mind the tier, `known` a JSON list of ids.
_DUE = select(
    WaitlistEntryRow,
    _COLUMNS,
    sqlite="""
        WHERE inventory_id = :inventory_id AND state = 'waiting'
            AND quantity <= CASE WHEN tier_id IS NULL THEN :any_tier
                ELSE coalesce(:free ->> ('$."' || tier_id || '"'), 0) END
            AND id NOT IN (SELECT value FROM json_each(:known))
        ORDER BY seq LIMIT 50""",
    postgres="""
        WHERE inventory_id = %(inventory_id)s::uuid AND state = 'waiting'
            AND quantity <= CASE WHEN tier_id IS NULL THEN %(any_tier)s::int
                ELSE coalesce((%(free)s::json ->> tier_id::text)::int, 0) END
            AND id <> ALL (
                ARRAY (SELECT value::uuid FROM json_array_elements_text(%(known)s::json)))
        ORDER BY seq LIMIT 50""",
)
_ENTRY = select(
    WaitlistEntryRow, _COLUMNS, sqlite="WHERE id = :id", postgres="WHERE id = %(id)s::uuid"
)
_LIVE_OF_CUSTOMER = select(
    WaitlistEntryRow,
    _COLUMNS,
    sqlite="""WHERE customer_id = :customer_id AND inventory_id = :inventory_id
        AND state IN ('waiting', 'offered')""",
    postgres="""WHERE customer_id = %(customer_id)s::varchar
        AND inventory_id = %(inventory_id)s::uuid AND state IN ('waiting', 'offered')""",
)
_LAST_SEQ = Query(
    sqlite="SELECT coalesce(max(seq), 0) FROM waitlist_entries WHERE inventory_id = :inventory_id",
    postgres="""
        SELECT coalesce(max(seq), 0) FROM waitlist_entries
        WHERE inventory_id = %(inventory_id)s::uuid""",
)
# What came back among an inventory's latest events, and since when these are.
_FREED = Query(
    sqlite="""
        SELECT min(at), coalesce(sum(
            CASE WHEN kind IN ('cancelled', 'expired', 'released')
            THEN coalesce(json_array_length(payload -> 'freed'), payload ->> 'places') END), 0)
        FROM outbox WHERE inventory_id = :inventory_id AND seq > (
            SELECT version - :events FROM inventories WHERE id = :inventory_id)""",
    postgres="""
        SELECT min(at), coalesce(sum(
            CASE WHEN kind IN ('cancelled', 'expired', 'released') THEN coalesce(
                json_array_length(payload -> 'freed'), (payload ->> 'places')::int) END), 0)
        FROM outbox WHERE inventory_id = %(inventory_id)s::uuid AND seq > (
            SELECT version - %(events)s::int FROM inventories WHERE id = %(inventory_id)s::uuid)""",
    times=(0,),
)
INSERT_ENTRIES = insert(WaitlistEntryRow)
# An entry changes once, from what it was when it was decided upon.
UPDATE_ENTRIES = update(
    WaitlistEntryRow,
    ("id",),
    state="new.state",
    booking_id="new.booking_id",
    offered_at="new.offered_at",
    offer_expires_at="new.offer_expires_at",
    closed_at="new.closed_at",
)
# All who wait for an inventory, at once.
CLOSE_WAITING = Write(
    sqlite="""
        UPDATE waitlist_entries SET state = 'expired', closed_at = :closed_at
        WHERE inventory_id = :inventory_id AND state = 'waiting'""",
    postgres="""
        UPDATE waitlist_entries AS old SET state = 'expired', closed_at = new.closed_at
        FROM json_to_recordset(%(rows)s::json) AS new (inventory_id uuid, closed_at timestamptz)
        WHERE old.inventory_id = new.inventory_id AND old.state = 'waiting'""",
    times=("closed_at",),
)
# `waiters` is a change to add.
ADD_WAITERS = update(InventoryRow, ("id",), waiters="old.waiters + new.waiters")


def entry_of(row: Sequence[Any]) -> WaitlistEntry:
    """From the columns of the queries above, in their order."""
    values = dict(zip(_COLUMNS, row, strict=True))
    preferences = NotificationPreferences(**values.pop("preferences"))
    state = WaitlistState(values.pop("state"))
    return WaitlistEntry(**values, state=state, preferences=preferences)


def row_of(entry: WaitlistEntry) -> Row:
    """Every column, for an INSERT."""
    row = {name: getattr(entry, name) for name in _COLUMNS}
    return {**row, "preferences": entry.preferences.as_dict()}


def changes_of(entry: WaitlistEntry) -> Row:
    """The key and the columns that change, for an UPDATE."""
    return {
        "id": entry.id,
        "state": entry.state,
        "booking_id": entry.booking_id,
        "offered_at": entry.offered_at,
        "offer_expires_at": entry.offer_expires_at,
        "closed_at": entry.closed_at,
    }


def offers_of(reader: Reader, inventory_id: str) -> list[WaitlistEntry]:
    """Entries that have an offer now."""
    rows = reader.query(OFFERS_OF_INVENTORY, inventory_id=inventory_id).rows()
    return [entry_of(row) for row in rows]


def due(
    reader: Reader,
    inventory_id: str,
    free: dict[str, int],
    any_tier: int,
    known: Iterable[str],
) -> list[WaitlistEntry]:
    """Some of those that fit into what is free, the earliest first, without those `known`. More
    may fit than are given, and together they may want more than there is."""
    rows = reader.query(
        _DUE,
        inventory_id=inventory_id,
        free=orjson.dumps(free).decode(),
        any_tier=any_tier,
        known=orjson.dumps(list(known)).decode(),
    ).rows()
    return [entry_of(row) for row in rows]


def entry_by_id(reader: Reader, entry_id: str) -> WaitlistEntry | None:
    rows = reader.query(_ENTRY, id=entry_id).rows()
    return entry_of(rows[0]) if rows else None


def live_of_customer(reader: Reader, customer_id: str, inventory_id: str) -> WaitlistEntry | None:
    """The entry with which a customer waits, or has an offer."""
    rows = reader.query(
        _LIVE_OF_CUSTOMER, customer_id=customer_id, inventory_id=inventory_id
    ).rows()
    return entry_of(rows[0]) if rows else None


def last_seq(reader: Reader, inventory_id: str) -> int:
    """The number of whoever joined last; 0 where nobody has."""
    last: int = reader.query(_LAST_SEQ, inventory_id=inventory_id).rows()[0][0]
    return last


def page(
    connection: Connection,
    *,
    customer_id: str | None = None,
    inventory_id: str | None = None,
    states: Collection[WaitlistState],
    limit: int,
    offset: int,
) -> tuple[list[WaitlistEntry], int]:
    """A customer's newest first, or an inventory's in the order of joining; and how many."""
    columns = _TABLE.c
    conditions: list[sa.ColumnElement[bool]] = []
    if customer_id is not None:
        conditions.append(columns.customer_id == customer_id)
    if inventory_id is not None:
        conditions.append(columns.inventory_id == inventory_id)
    if states:
        conditions.append(columns.state.in_(list(states)))
    order = columns.seq if inventory_id is not None else columns.id.desc()
    found = sa.select(_TABLE).where(*conditions).order_by(order).limit(limit).offset(offset)
    count = sa.select(sa.func.count()).select_from(_TABLE).where(*conditions)
    entries = [entry_of(row) for row in connection.execute(found)]
    return entries, connection.execute(count).scalar_one()


class Freed(NamedTuple):
    """How many places came back since a time; None where nothing has happened yet."""

    since: datetime | None
    places: int


def freed_lately(reader: Reader, inventory_id: str, events: int) -> Freed:
    """Among the latest `events` of an inventory."""
    row = reader.query(_FREED, inventory_id=inventory_id, events=events).rows()[0]
    return Freed(row[0], int(row[1]))


class Ahead(NamedTuple):
    """Entries and places up to and including an entry, among those who wait."""

    entries: int
    places: int


def ahead_of(connection: Connection, entry: WaitlistEntry) -> Ahead:
    columns = _TABLE.c
    statement = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(columns.quantity), 0))
    found = connection.execute(
        statement.where(
            columns.inventory_id == entry.inventory_id,
            columns.state == WaitlistState.WAITING,
            columns.seq <= entry.seq,
        )
    ).one()
    return Ahead(found[0], int(found[1]))
