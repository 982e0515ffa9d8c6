"""Bookings of events: those of one customer, of one event, of one status."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import FOREVER, Booking, BookingState
from booking_core.domain.event_bookings import CustomerStats, EventBookingStatus
from booking_core.domain.programme import EventState
from booking_core.storage.repositories.bookings import COLUMNS, booking_of
from booking_core.storage.statements import table_of
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.tables.programme import EventRow
from booking_core.storage.tables.tickets import CancellationRow

_BOOKINGS, _EVENTS = table_of(BookingRow), table_of(EventRow)
_CANCELLATIONS = table_of(CancellationRow)
# As text, so that SQLite sees that the partial indexes fit.
_IS_HELD: Any = sa.text("bookings.state = 'held'")
_IS_CLOSED: Any = sa.text("bookings.state <> 'held'")
_CLOSED_AS = {
    EventBookingStatus.CONFIRMED: (BookingState.CONFIRMED,),
    EventBookingStatus.CANCELLED: (BookingState.CANCELLED, BookingState.RELEASED),
    EventBookingStatus.EXPIRED: (BookingState.EXPIRED,),
}


def find(
    connection: Connection,
    *,
    customer_id: str | None,
    inventory_id: str | None,
    status: EventBookingStatus | None,
    now: datetime,
    limit: int,
    offset: int,
) -> tuple[list[Booking], int]:
    """Newest first, and how many there are in all; blocks are never among them."""
    conditions: list[Any] = [sa.exists().where(_EVENTS.c.inventory_id == _BOOKINGS.c.inventory_id)]
    if customer_id is not None:
        conditions.append(_BOOKINGS.c.customer_id == customer_id)
    if inventory_id is not None:
        conditions.append(_BOOKINGS.c.inventory_id == inventory_id)
    parts = [part.where(*conditions) for part in _parts(status, now)]
    ids = sa.union_all(*parts).subquery()
    page = sa.select(ids.c.id).order_by(ids.c.id.desc()).limit(limit).offset(offset)
    found = connection.execute(page).scalars().all()
    total = connection.execute(sa.select(sa.func.count()).select_from(ids)).scalar_one()
    return _by_ids(connection, found), total


def _parts(status: EventBookingStatus | None, now: datetime) -> list[Any]:
    """Of what is held and of what is closed, each found by an index of its own."""
    columns = _BOOKINGS.c
    held = sa.select(columns.id).where(_IS_HELD, columns.expires_at < FOREVER)
    closed = sa.select(columns.id).where(_IS_CLOSED)
    if status is None:
        return [held, closed]
    if status is EventBookingStatus.PENDING:
        return [held.where(columns.expires_at > now)]
    parts = [closed.where(columns.state.in_(_CLOSED_AS[status]))]
    if status is EventBookingStatus.EXPIRED:
        parts.append(held.where(columns.expires_at <= now))
    return parts


def _by_ids(connection: Connection, ids: Any) -> list[Booking]:
    statement = (
        sa.select(*(_BOOKINGS.c[name] for name in COLUMNS))
        .where(_BOOKINGS.c.id.in_(ids))
        .order_by(_BOOKINGS.c.id.desc())
    )
    return [booking_of(row) for row in connection.execute(statement)] if ids else []


def stats(connection: Connection, customer_id: str, now: datetime) -> CustomerStats:
    """See CustomerStats."""
    sold = sa.and_(
        _IS_CLOSED, _BOOKINGS.c.customer_id == customer_id, _BOOKINGS.c.confirmed_at.is_not(None)
    )
    is_confirmed = _BOOKINGS.c.state == BookingState.CONFIRMED
    is_ahead = (_EVENTS.c.starts_at > now) & (_EVENTS.c.state == EventState.PUBLISHED)
    of_events = _BOOKINGS.join(_EVENTS, _EVENTS.c.inventory_id == _BOOKINGS.c.inventory_id)
    total, upcoming = connection.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(sa.distinct(sa.case((is_confirmed & is_ahead, _EVENTS.c.id)))),
        )
        .select_from(of_events)
        .where(sold)
    ).one()
    spent: dict[str, int] = {}
    kept = _CANCELLATIONS.c.amount - _CANCELLATIONS.c.refund_amount
    for statement in (
        sa.select(_BOOKINGS.c.currency, sa.func.sum(_BOOKINGS.c.amount))
        .select_from(of_events)
        .where(sold, is_confirmed)
        .group_by(_BOOKINGS.c.currency),
        sa.select(_BOOKINGS.c.currency, sa.func.sum(kept))
        .select_from(of_events.join(_CANCELLATIONS, _CANCELLATIONS.c.booking_id == _BOOKINGS.c.id))
        .where(sold)
        .group_by(_BOOKINGS.c.currency),
    ):
        for currency, amount in connection.execute(statement):
            spent[currency] = spent.get(currency, 0) + int(amount)
    return CustomerStats(total, upcoming, spent)
