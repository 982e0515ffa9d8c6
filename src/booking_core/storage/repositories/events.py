"""Reading the events of inventories, for those who follow them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from booking_core.storage.statements import Query, select
from booking_core.storage.tables.journal import OutboxRow
from booking_core.storage.wire import Reader

_VERSIONS = Query(
    sqlite="SELECT id, version FROM inventories WHERE id IN (SELECT value FROM json_each(:ids))",
    postgres=(
        "SELECT id, version FROM inventories WHERE id IN "
        "(SELECT value::uuid FROM json_array_elements_text(%(ids)s::json))"
    ),
)
# What holds that are over still count is free once they are swept, which is an event.
_FREE_PLACES = Query(
    sqlite="""
        SELECT i.version, (SELECT coalesce(sum(t.capacity - t.held - t.sold), 0) FROM tiers AS t
            WHERE t.inventory_id = i.id) FROM inventories AS i WHERE i.id = :id""",
    postgres="""
        SELECT i.version, (SELECT coalesce(sum(t.capacity - t.held - t.sold), 0)::bigint
            FROM tiers AS t WHERE t.inventory_id = i.id)
        FROM inventories AS i WHERE i.id = %(id)s::uuid""",
)
EVENTS_AFTER = select(
    OutboxRow,
    ("seq", "payload"),
    sqlite="WHERE inventory_id = :inventory_id AND seq > :after ORDER BY seq",
    postgres="WHERE inventory_id = %(inventory_id)s::uuid AND seq > %(after)s ORDER BY seq",
)
# `after` is a JSON object of the last seq known by inventory id.
_EVENTS = Query(
    sqlite="""
        SELECT o.inventory_id, o.seq, o.payload
        FROM json_each(:after) AS known
        JOIN outbox AS o ON o.inventory_id = known.key AND o.seq > known.value
        ORDER BY o.inventory_id, o.seq LIMIT :most""",
    postgres="""
        SELECT o.inventory_id, o.seq, o.payload
        FROM json_each_text(%(after)s::json) AS known
        JOIN outbox AS o ON o.inventory_id = known.key::uuid AND o.seq > known.value::bigint
        ORDER BY o.inventory_id, o.seq LIMIT %(most)s""",
    documents=(2,),
)


class StoredEvent(NamedTuple):
    inventory_id: str
    seq: int
    payload: dict[str, Any]


def versions(reader: Reader, inventory_ids: Iterable[str]) -> dict[str, int]:
    """The version of each inventory: the seq of its last event."""
    rows = reader.query(_VERSIONS, ids=orjson.dumps(list(inventory_ids)).decode()).rows()
    return {str(row[0]): row[1] for row in rows}


def free_places(reader: Reader, inventory_id: str) -> tuple[int, int]:
    """The version of an inventory of counted places, and how many of them are free at it."""
    ((version, free),) = reader.query(_FREE_PLACES, id=inventory_id).rows()
    return version, free


def events_after(reader: Reader, known: Mapping[str, int], most: int) -> list[StoredEvent]:
    """Events past the last one known of each inventory, in the order of each."""
    rows = reader.query(_EVENTS, after=orjson.dumps(known).decode(), most=most).rows()
    return [StoredEvent(str(row[0]), row[1], row[2]) for row in rows]
