"""Events with their venues, and what they have to sell."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.cities import city_key
from booking_core.domain.inventory import Kind
from booking_core.domain.programme import Event, EventState, EventStatus, TierOffer, Venue
from booking_core.storage.repositories import venues
from booking_core.storage.repositories.searching import holds_text
from booking_core.storage.statements import Query, Row, insert, table_of
from booking_core.storage.tables.inventories import InventoryRow
from booking_core.storage.tables.programme import EventRow, VenueRow
from booking_core.storage.wire import PooledReader

_EVENTS, _INVENTORIES, _VENUES = table_of(EventRow), table_of(InventoryRow), table_of(VenueRow)
INSERT_EVENTS = insert(EventRow)
_OWN = (
    "id",
    "inventory_id",
    "name",
    "description",
    "starts_at",
    "ends_at",
    "capacity",
    "state",
    "created_at",
    "updated_at",
    "cancelled_at",
    "cancel_reason",
)
_OF_INVENTORY = ("kind", "currency", "time_zone", "on_sale")
_TIERS = Query(
    """
    SELECT inventory_id, id, name, price, capacity, held, sold FROM tiers
    WHERE inventory_id IN (SELECT value FROM json_each(:ids)) ORDER BY inventory_id, position""",
    """
    SELECT inventory_id, id, name, price, capacity, held, sold FROM tiers
    WHERE inventory_id = ANY (ARRAY (SELECT json_array_elements_text(%(ids)s::json)::uuid))
    ORDER BY inventory_id, position""",
)
# Places that the counters still have as held by holds that are over and were not swept yet. Of a
# seat whose claim another hold has taken over nothing is left to the old one.
_OVERDUE_PLACES = Query(
    """
    SELECT item.value ->> 'tier_id', sum(item.value ->> 'quantity')
    FROM bookings AS b, json_each(b.items) AS item
    LEFT JOIN claims AS c ON c.seat_id = item.value ->> 'seat_id' AND c.leg = 0
    WHERE b.state = 'held' AND b.expires_at <= :now
        AND b.inventory_id IN (SELECT value FROM json_each(:ids))
        AND (item.value ->> 'seat_id' IS NULL OR c.booking_id = b.id)
    GROUP BY 1""",
    """
    SELECT item ->> 'tier_id', sum((item ->> 'quantity')::int)
    FROM bookings AS b CROSS JOIN LATERAL json_array_elements(b.items) AS item
    LEFT JOIN claims AS c ON c.seat_id = (item ->> 'seat_id')::uuid AND c.leg = 0
    WHERE b.state = 'held' AND b.expires_at <= %(now)s::timestamptz
        AND b.inventory_id = ANY (ARRAY (SELECT json_array_elements_text(%(ids)s::json)::uuid))
        AND (item ->> 'seat_id' IS NULL OR c.booking_id = b.id)
    GROUP BY 1""",
)


def row_of(event: Event) -> Row:
    return {
        **{name: getattr(event, name) for name in _OWN},
        "state": event.state.value,
        "venue_id": event.venue.id,
        "search_key": search_key(event.name, event.description),
    }


def search_key(name: str, description: str) -> str:
    """For looking an event up."""
    return city_key(f"{name} {description}")


def insert_one(connection: Connection, event: Event) -> None:
    connection.execute(_EVENTS.insert(), row_of(event))


def change(connection: Connection, event: Event) -> None:
    """An event, and its inventory's name and times."""
    row = row_of(event)
    del row["id"], row["inventory_id"], row["venue_id"], row["created_at"]
    connection.execute(_EVENTS.update().where(_EVENTS.c.id == event.id).values(row))
    connection.execute(
        _INVENTORIES.update()
        .where(_INVENTORIES.c.id == event.inventory_id)
        .values(
            name=event.name,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            on_sale=event.on_sale,
            is_cancelled=event.state is EventState.CANCELLED,
        )
    )


def get(connection: Connection, event_id: str) -> Event | None:
    row = connection.execute(_select().where(_EVENTS.c.id == event_id)).one_or_none()
    return None if row is None else _event_of(row)


def by_inventories(connection: Connection, inventory_ids: Sequence[str]) -> dict[str, Event]:
    """By the ids of their inventories, those that belong to one."""
    rows = connection.execute(_select().where(_EVENTS.c.inventory_id.in_(inventory_ids)))
    return {event.inventory_id: event for event in map(_event_of, rows)}


def inventory_ids(connection: Connection, event_ids: Sequence[str]) -> dict[str, str]:
    """By the ids of the events, of those that there are."""
    statement = sa.select(_EVENTS.c.id, _EVENTS.c.inventory_id).where(_EVENTS.c.id.in_(event_ids))
    return {row[0]: row[1] for row in connection.execute(statement)}


def find(
    connection: Connection,
    *,
    now: datetime,
    status: EventStatus | None,
    include_drafts: bool,
    venue_id: str | None,
    starts_from: datetime | None,
    starts_before: datetime | None,
    search: str | None,
    limit: int,
    offset: int,
) -> tuple[list[Event], int]:
    """By start, then id, and how many there are in all. `starts_from` is included,
    `starts_before` is not."""
    columns, conditions = _EVENTS.c, _of_status(status, now)
    if not include_drafts:
        conditions.append(columns.state != EventState.DRAFT)
    if venue_id is not None:
        conditions.append(columns.venue_id == venue_id)
    if starts_from is not None:
        conditions.append(columns.starts_at >= starts_from)
    if starts_before is not None:
        conditions.append(columns.starts_at < starts_before)
    if search is not None:
        conditions.append(holds_text(connection, columns.search_key, search))
    # The page first, so that only its rows are joined with venues and inventories.
    page = (
        sa.select(columns.id)
        .where(*conditions)
        .order_by(columns.starts_at, columns.id)
        .limit(limit)
        .offset(offset)
    )
    ids = connection.execute(page).scalars().all()
    total = sa.select(sa.func.count()).select_from(_EVENTS).where(*conditions)
    order = _select().where(columns.id.in_(ids)).order_by(columns.starts_at, columns.id)
    found = [_event_of(row) for row in connection.execute(order)] if ids else []
    return found, connection.execute(total).scalar_one()


def _of_status(status: EventStatus | None, now: datetime) -> list[sa.ColumnElement[bool]]:
    """As `Event.status` judges."""
    columns = _EVENTS.c
    is_published = columns.state == EventState.PUBLISHED
    conditions: dict[EventStatus | None, list[sa.ColumnElement[bool]]] = {
        None: [],
        EventStatus.DRAFT: [columns.state == EventState.DRAFT],
        EventStatus.CANCELLED: [columns.state == EventState.CANCELLED],
        EventStatus.UPCOMING: [is_published, columns.starts_at > now],
        EventStatus.ONGOING: [is_published, columns.starts_at <= now, columns.ends_at > now],
        EventStatus.COMPLETED: [is_published, columns.starts_at <= now, columns.ends_at <= now],
    }
    return conditions[status]


def tiers(
    connection: Connection, inventory_ids: Iterable[str], now: datetime
) -> dict[str, tuple[TierOffer, ...]]:
    """What inventories of one leg have to sell, by their ids: by the counters, less what holds
    that are over still count."""
    reader, ids = PooledReader(connection), orjson.dumps(list(inventory_ids)).decode()
    overdue = {
        row[0]: int(row[1]) for row in reader.query(_OVERDUE_PLACES, ids=ids, now=now).rows()
    }
    offers: dict[str, list[TierOffer]] = {}
    for inventory_id, tier_id, name, price, capacity, held, sold in reader.query(
        _TIERS, ids=ids
    ).rows():
        free = capacity - held - sold + overdue.get(tier_id, 0)
        offers.setdefault(inventory_id, []).append(TierOffer(tier_id, name, price, capacity, free))
    return {inventory_id: tuple(found) for inventory_id, found in offers.items()}


def _select() -> sa.Select[Any]:
    return (
        sa.select(
            *(_EVENTS.c[name] for name in _OWN),
            *(_INVENTORIES.c[name] for name in _OF_INVENTORY),
            *(_VENUES.c[name] for name in venues.COLUMNS),
        )
        .join_from(_EVENTS, _INVENTORIES, _INVENTORIES.c.id == _EVENTS.c.inventory_id)
        .join(_VENUES, _VENUES.c.id == _EVENTS.c.venue_id)
    )


def _event_of(row: Sequence[Any]) -> Event:
    own, of_inventory = len(_OWN), len(_OWN) + len(_OF_INVENTORY)
    fields = dict(zip(_OWN, row[:own], strict=True))
    fields |= zip(_OF_INVENTORY, row[own:of_inventory], strict=True)
    fields["kind"], fields["state"] = Kind(fields["kind"]), EventState(fields["state"])
    return Event(venue=Venue(*row[of_inventory:]), **fields)
