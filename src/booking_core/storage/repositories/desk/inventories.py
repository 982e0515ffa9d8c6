"""Inventories and what is free of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import BookingState
from booking_core.domain.desk import InventoryLine
from booking_core.domain.inventory import Kind
from booking_core.storage.repositories.desk.searches import (
    has_id,
    holds_text,
    is_flag,
    is_on_day,
    is_one_of,
)
from booking_core.storage.repositories.desk.sources import Rows, Source
from booking_core.storage.statements import table_of
from booking_core.storage.tables.bookings import BookingRow, ClaimRow
from booking_core.storage.tables.inventories import InventoryRow, TierRow


def inventories() -> Source:
    columns = table_of(InventoryRow).c
    name = holds_text(columns.name)
    names = ("id", "name", "kind", "starts_at", "time_zone", "currency", "on_sale", "capacity")
    return Source(
        start=table_of(InventoryRow),
        columns=[columns[each] for each in names],
        make=_lines_of,
        orders={
            "starts": (columns.starts_at, False),
            "name": (columns.name, False),
            "capacity": (columns.capacity, True),
        },
        tie=columns.id,
        fields={
            "kind": is_one_of(columns.kind, Kind),
            "on": is_on_day(columns.starts_at),
            "sale": is_flag(columns.on_sale),
        },
        words=(name, has_id(columns.id)),
    )


def _lines_of(connection: Connection, rows: Rows, now: datetime) -> list[InventoryLine]:
    """With what is free over the whole trip: one count over the claims of the page, one over the
    counters less what expired holds still occupy."""
    ids = [row.id for row in rows]
    taken = {**_counted_places(connection, ids, now), **_claimed_seats(connection, ids, now)}
    return [_line(row, taken.get(row.id, 0)) for row in rows]


def _line(row: Any, taken: int) -> InventoryLine:
    return InventoryLine(**row._mapping, available=row.capacity - taken)


def _claimed_seats(connection: Connection, ids: Sequence[str], now: datetime) -> dict[str, int]:
    claims = table_of(ClaimRow).c
    live = claims.expires_at.is_(None) | (claims.expires_at > now)
    statement = (
        sa.select(claims.inventory_id, sa.func.count(sa.distinct(claims.seat_id)))
        .where(claims.inventory_id.in_(ids), live)
        .group_by(claims.inventory_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def _counted_places(connection: Connection, ids: Sequence[str], now: datetime) -> dict[str, int]:
    tiers, inventories = table_of(TierRow), table_of(InventoryRow)
    bookings = table_of(BookingRow).c
    statement = (
        sa.select(tiers.c.inventory_id, sa.func.sum(tiers.c.held + tiers.c.sold))
        .join(inventories, inventories.c.id == tiers.c.inventory_id)
        .where(tiers.c.inventory_id.in_(ids), inventories.c.kind == Kind.COUNTED)
        .group_by(tiers.c.inventory_id)
    )
    taken = {found: int(count) for found, count in connection.execute(statement)}
    overdue = (
        sa.select(bookings.inventory_id, sa.func.sum(bookings.places))
        .where(
            bookings.inventory_id.in_(list(taken)),
            bookings.state == BookingState.HELD,
            bookings.expires_at <= now,
        )
        .group_by(bookings.inventory_id)
    )
    for found, count in connection.execute(overdue):
        taken[found] -= int(count)
    return taken
