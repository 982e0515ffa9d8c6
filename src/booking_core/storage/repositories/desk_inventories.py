"""Inventories and seats as operators see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import BookingState
from booking_core.domain.desk import BookingLine, InventoryLine, TopSeller
from booking_core.domain.inventory import Kind
from booking_core.storage.repositories.desk_lines import (
    BOOKING_COLUMNS,
    BOOKING_SOURCE,
    booking_lines,
)
from booking_core.storage.repositories.desk_sources import Rows
from booking_core.storage.statements import table_of
from booking_core.storage.tables import (
    BookingRow,
    ClaimRow,
    InventoryRow,
    ScheduleRow,
    TierRow,
)


def inventory_lines(connection: Connection, rows: Rows, now: datetime) -> list[InventoryLine]:
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


def holders_of_seat(connection: Connection, seat_id: str, now: datetime) -> list[BookingLine]:
    """Bookings that have a seat now, by the legs they travel."""
    claims, bookings = table_of(ClaimRow).c, table_of(BookingRow).c
    holding = sa.select(claims.booking_id).where(
        claims.seat_id == seat_id, claims.expires_at.is_(None) | (claims.expires_at > now)
    )
    statement = sa.select(*BOOKING_COLUMNS).select_from(BOOKING_SOURCE)
    rows = connection.execute(
        statement.where(bookings.id.in_(holding)).order_by(bookings.from_leg)
    ).all()
    return booking_lines(connection, rows, now)


def top_sellers(
    connection: Connection, now: datetime, most: int, *, departures: bool
) -> list[TopSeller]:
    """Of what lies ahead, departures or all else, what has sold the most places."""
    inventories, tiers = table_of(InventoryRow), table_of(TierRow).c
    schedules = table_of(ScheduleRow).c
    is_departure = sa.exists().where(schedules.inventory_id == inventories.c.id)
    sold = sa.func.sum(tiers.sold)
    shown = [inventories.c[name] for name in ("id", "name", "starts_at", "time_zone")]
    statement = (
        sa.select(*shown, sa.func.sum(tiers.capacity), sold)
        .join(table_of(TierRow), tiers.inventory_id == inventories.c.id)
        .where(inventories.c.starts_at >= now, is_departure if departures else ~is_departure)
        .group_by(*shown)
        .order_by(sold.desc(), inventories.c.starts_at, inventories.c.id)
        .limit(most)
    )
    return [
        TopSeller(*row[:4], places=int(row[4]), sold=int(row[5]))
        for row in connection.execute(statement)
    ]
