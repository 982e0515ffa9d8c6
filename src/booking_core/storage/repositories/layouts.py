"""Static layouts: legs, tiers and seats of one inventory."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from booking_core.domain.inventory import Kind, Layout, Leg, Seat, Tier
from booking_core.storage.database import Database
from booking_core.storage.tables.inventories import InventoryRow, LegRow, SeatRow, TierRow


def load_layout(database: Database, inventory_id: str) -> Layout | None:
    """The layout of an inventory, or None where there is no such inventory."""
    with database.connect() as connection:
        head = _rows(
            connection, InventoryRow, "id", inventory_id, "kind", "currency", "layout_version"
        )
        if not head:
            return None
        kind, currency, version = head[0]
        return Layout(
            inventory_id=inventory_id,
            version=version,
            kind=Kind(kind),
            currency=currency,
            legs=_legs(connection, inventory_id),
            tiers=_tiers(connection, inventory_id),
            seats=_seats(connection, inventory_id),
        )


def _legs(connection: Connection, inventory_id: str) -> tuple[Leg, ...]:
    names = ("number", "origin", "destination", "departs_at", "arrives_at", "distance_m")
    rows = _rows(connection, LegRow, "inventory_id", inventory_id, *names, order="number")
    return tuple(Leg(*row) for row in rows)


def _tiers(connection: Connection, inventory_id: str) -> dict[str, Tier]:
    names = ("id", "name", "price", "capacity")
    rows = _rows(connection, TierRow, "inventory_id", inventory_id, *names, order="position")
    return {row[0]: Tier(*row) for row in rows}


def _seats(connection: Connection, inventory_id: str) -> dict[str, Seat]:
    names = ("id", "tier_id", "section", "row", "number", "position", "type")
    rows = _rows(connection, SeatRow, "inventory_id", inventory_id, *names, order="ordinal")
    # Seats share few tiers, sections, rows and types: one string object for each saves most of
    # the memory of a large venue.
    texts: dict[str, str] = {}
    return {row[0]: Seat(*(_shared(texts, value) for value in row)) for row in rows}


def _shared(texts: dict[str, str], value: Any) -> Any:
    return texts.setdefault(value, value) if isinstance(value, str) else value


def _rows(
    connection: Connection,
    model: type[SQLModel],
    key: str,
    value: str,
    *names: str,
    order: str | None = None,
) -> list[Any]:
    columns = sa.inspect(model).local_table.c
    statement = sa.select(*(columns[name] for name in names)).where(columns[key] == value)
    if order is not None:
        statement = statement.order_by(columns[order])
    return list(connection.execute(statement))
