"""Bookings of departures: those of one customer, of one state, live ones."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import FOREVER, Booking, BookingState
from booking_core.storage.repositories.bookings import COLUMNS, booking_of
from booking_core.storage.statements import table_of
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.tables.timetable import ScheduleRow

_BOOKINGS, _SCHEDULES = table_of(BookingRow), table_of(ScheduleRow)


def find(
    connection: Connection,
    *,
    customer_id: str | None,
    states: Collection[BookingState],
    live_at: datetime | None,
    limit: int,
    offset: int,
) -> tuple[list[Booking], int]:
    """Newest first, and how many there are in all. `live_at` keeps what has not run out by then;
    blocks are never among them."""
    conditions: list[Any] = [
        _BOOKINGS.c.state.in_(states),
        _BOOKINGS.c.expires_at < FOREVER,
        sa.exists().where(_SCHEDULES.c.inventory_id == _BOOKINGS.c.inventory_id),
    ]
    if customer_id is not None:
        conditions.append(_BOOKINGS.c.customer_id == customer_id)
    if live_at is not None:
        conditions.append(_BOOKINGS.c.expires_at > live_at)
    statement = (
        sa.select(*(_BOOKINGS.c[name] for name in COLUMNS))
        .where(*conditions)
        .order_by(_BOOKINGS.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    total = sa.select(sa.func.count()).select_from(_BOOKINGS).where(*conditions)
    found = [booking_of(row) for row in connection.execute(statement)]
    return found, connection.execute(total).scalar_one()
