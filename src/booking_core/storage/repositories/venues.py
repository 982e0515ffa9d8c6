"""Venues."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.cities import city_key
from booking_core.domain.programme import EventState, Venue
from booking_core.storage.locks.trades import LOCK_VENUE
from booking_core.storage.repositories.searching import holds_text
from booking_core.storage.statements import Query, Row, table_of
from booking_core.storage.statements import insert as insert_rows
from booking_core.storage.tables.programme import EventRow, VenueRow
from booking_core.storage.wire import Reader, Wire

_VENUES, _EVENTS = table_of(VenueRow), table_of(EventRow)
# In the order of the fields of Venue.
COLUMNS = (
    "id",
    "name",
    "address",
    "city",
    "state",
    "country",
    "postal_code",
    "capacity",
    "layout_config",
    "time_zone",
    "created_at",
)


INSERT_VENUES = insert_rows(VenueRow, unless="ON CONFLICT (source_ref) DO NOTHING")
KNOWN_VENUES = Query(
    sqlite=(
        "SELECT source_ref, id FROM venues WHERE source_ref IN (SELECT value FROM json_each(:refs))"
    ),
    postgres=(
        "SELECT source_ref, id FROM venues "
        "WHERE source_ref IN (SELECT json_array_elements_text(%(refs)s::json))"
    ),
)


def insert(connection: Connection, venue: Venue, source_ref: str | None) -> None:
    connection.execute(_VENUES.insert(), row_of(venue, source_ref))


def lock(reader: Reader, venue_id: str) -> int | None:
    """Keep a venue as it is until the transaction ends; its capacity, None where it is not
    there."""
    rows = reader.query(LOCK_VENUE, id=venue_id).rows()
    return rows[0][1] if rows else None


def get(connection: Connection, venue_id: str) -> Venue | None:
    row = connection.execute(_select().where(_VENUES.c.id == venue_id)).one_or_none()
    return None if row is None else Venue(*row)


def find(
    connection: Connection, *, limit: int, offset: int, search: str | None
) -> tuple[list[Venue], int]:
    """By name, then id, and how many there are in all."""
    conditions = [] if search is None else [holds_text(connection, _VENUES.c.search_key, search)]
    page = (
        _select()
        .where(*conditions)
        .order_by(_VENUES.c.name, _VENUES.c.id)
        .limit(limit)
        .offset(offset)
    )
    total = sa.select(sa.func.count()).select_from(_VENUES).where(*conditions)
    found = [Venue(*row) for row in connection.execute(page)]
    return found, connection.execute(total).scalar_one()


def put_up(wire: Wire, new: Sequence[tuple[Venue, str]]) -> dict[str, str]:
    """See to it that venues are there; their ids by `source_ref`, be they new or not."""
    wire.write(INSERT_VENUES, [row_of(venue, source_ref) for venue, source_ref in new])
    refs = orjson.dumps([source_ref for _, source_ref in new]).decode()
    return {row[0]: row[1] for row in wire.query(KNOWN_VENUES, refs=refs).rows()}


def change(connection: Connection, venue: Venue) -> None:
    changes = row_of(venue)
    del changes["id"], changes["created_at"], changes["source_ref"]
    connection.execute(_VENUES.update().where(_VENUES.c.id == venue.id).values(changes))


def largest_event(connection: Connection, venue_id: str) -> int:
    """The capacity of the largest event there that is not cancelled; 0 where there is none."""
    statement = sa.select(sa.func.max(_EVENTS.c.capacity)).where(
        _EVENTS.c.venue_id == venue_id, _EVENTS.c.state != EventState.CANCELLED
    )
    return connection.execute(statement).scalar_one() or 0


def row_of(venue: Venue, source_ref: str | None = None) -> Row:
    values: Row = {name: getattr(venue, name) for name in COLUMNS}
    return {
        **values,
        "layout_config": dict(venue.layout_config),
        "search_key": city_key(f"{venue.name} {venue.city}"),
        "source_ref": source_ref,
    }


def _select() -> sa.Select[Any]:
    return sa.select(*(_VENUES.c[name] for name in COLUMNS))
