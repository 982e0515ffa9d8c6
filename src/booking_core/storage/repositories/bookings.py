"""Bookings: the statements of the write path, and reads for people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import FOREVER, Booking, BookingItem, BookingState
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.storage.statements import Query, Row, insert, select, table_of, update
from booking_core.storage.tables.bookings import BookingRow, ClaimRow
from booking_core.storage.tables.payments import PaymentRow

_BOOKINGS = table_of(BookingRow)
COLUMNS = (
    "id",
    "inventory_id",
    "customer_id",
    "reference",
    "state",
    "items",
    "places",
    "from_leg",
    "to_leg",
    "amount",
    "currency",
    "held_at",
    "expires_at",
    "confirmed_at",
    "closed_at",
    "refunds",
    "refunded",
)

BOOKINGS_BY_ID = select(
    BookingRow,
    COLUMNS,
    sqlite="WHERE id IN (SELECT value FROM json_each(:ids))",
    postgres="WHERE id = ANY(%(ids)s::uuid[])",
)
OVERDUE_OF_INVENTORY = select(
    BookingRow,
    COLUMNS,
    sqlite="WHERE state = 'held' AND expires_at <= :now AND inventory_id = :inventory_id",
    postgres=(
        "WHERE state = 'held' AND expires_at <= %(now)s::timestamptz "
        "AND inventory_id = %(inventory_id)s::uuid"
    ),
)
OLDEST_OVERDUE = select(
    BookingRow,
    COLUMNS,
    sqlite="WHERE state = 'held' AND expires_at <= :now ORDER BY expires_at LIMIT :most",
    postgres=(
        "WHERE state = 'held' "
        "AND expires_at <= coalesce(%(now)s::timestamptz, statement_timestamp()) "
        "ORDER BY expires_at LIMIT %(most)s"
    ),
)
# What each named customer holds live: `pairs` is a JSON list of [customer_id, inventory_id].
HELD_BY_CUSTOMERS = Query(
    sqlite="""
        SELECT b.inventory_id, b.customer_id, sum(b.places)
        FROM json_each(:pairs) AS pair
        JOIN bookings AS b ON b.customer_id = pair.value ->> 0
            AND b.inventory_id = pair.value ->> 1
        WHERE b.state = 'held' AND b.expires_at > :now
        GROUP BY b.inventory_id, b.customer_id""",
    postgres="""
        SELECT b.inventory_id, b.customer_id, sum(b.places)
        FROM json_array_elements(%(pairs)s::json) AS pair
        JOIN bookings AS b ON b.customer_id = pair.value ->> 0
            AND b.inventory_id = (pair.value ->> 1)::uuid
        WHERE b.customer_id = ANY (
                ARRAY (SELECT value ->> 0 FROM json_array_elements(%(pairs)s::json)))
            AND b.state = 'held'
            AND b.expires_at > coalesce(%(now)s::timestamptz, statement_timestamp())
        GROUP BY b.inventory_id, b.customer_id""",
)
INSERT_BOOKINGS = insert(BookingRow)
UPDATE_BOOKINGS = update(
    BookingRow,
    ("id",),
    reference="new.reference",
    state="new.state",
    expires_at="new.expires_at",
    confirmed_at="new.confirmed_at",
    closed_at="new.closed_at",
    refunds="new.refunds",
    refunded="new.refunded",
)
# Where seats were taken out of a booking that goes on.
SHRINK_BOOKINGS = update(
    BookingRow, ("id",), items="new.items", places="new.places", amount="new.amount"
)


def booking_of(row: Sequence[Any]) -> Booking:
    """From the columns of the queries above, in their order."""
    (
        booking_id,
        inventory_id,
        customer_id,
        reference,
        state,
        items,
        places,
        from_leg,
        to_leg,
        amount,
        currency,
        held_at,
        expires_at,
        confirmed_at,
        closed_at,
        refunds,
        refunded,
    ) = row
    return Booking(
        id=booking_id,
        inventory_id=inventory_id,
        customer_id=customer_id,
        reference=reference,
        state=BookingState(state),
        items=items_of(items),
        places=places,
        from_leg=from_leg,
        to_leg=to_leg,
        amount=amount,
        currency=currency,
        held_at=held_at,
        expires_at=expires_at,
        confirmed_at=confirmed_at,
        closed_at=closed_at,
        refunds=None if refunds is None else RefundPolicy.from_pairs(refunds),
        refunded=refunded,
    )


def items_of(stored: Sequence[dict[str, Any]]) -> tuple[BookingItem, ...]:
    return tuple(BookingItem(**item) for item in stored)


def row_of(booking: Booking) -> Row:
    """Every column, for an INSERT."""
    return {
        "id": booking.id,
        "inventory_id": booking.inventory_id,
        "customer_id": booking.customer_id,
        "items": booking.items,
        "places": booking.places,
        "from_leg": booking.from_leg,
        "to_leg": booking.to_leg,
        "amount": booking.amount,
        "currency": booking.currency,
        "held_at": booking.held_at,
        **changes_of(booking),
    }


def changes_of(booking: Booking) -> Row:
    """The key and the columns that change, for an UPDATE."""
    return {
        "id": booking.id,
        "reference": booking.reference,
        "state": booking.state,
        "expires_at": booking.expires_at,
        "confirmed_at": booking.confirmed_at,
        "closed_at": booking.closed_at,
        "refunds": None if booking.refunds is None else booking.refunds.as_pairs(),
        "refunded": booking.refunded,
    }


def shrunk(booking: Booking) -> Row:
    """The key and what is left of it, for SHRINK_BOOKINGS."""
    return {
        "id": booking.id,
        "items": booking.items,
        "places": booking.places,
        "amount": booking.amount,
    }


def get(connection: Connection, booking_id: str) -> Booking | None:
    found = _select(connection, _BOOKINGS.c.id == booking_id, limit=1, offset=0)
    return found[0] if found else None


def find(
    connection: Connection,
    *,
    inventory_id: str | None,
    customer_id: str | None,
    state: BookingState | None,
    live_at: datetime | None,
    limit: int,
    offset: int,
) -> list[Booking]:
    """Newest first. `live_at` keeps holds not yet expired at that time, without blocks."""
    columns, conditions = _BOOKINGS.c, []
    if inventory_id is not None:
        conditions.append(columns.inventory_id == inventory_id)
    if customer_id is not None:
        conditions.append(columns.customer_id == customer_id)
    if state is not None:
        conditions.append(columns.state == state)
    if live_at is not None:
        conditions.append(columns.expires_at > live_at)
        conditions.append(columns.expires_at < FOREVER)
    return _select(connection, *conditions, limit=limit, offset=offset)


def paid_by(connection: Connection, payment_id: str) -> str | None:
    """The id of the booking that a payment is for."""
    payments = table_of(PaymentRow).c
    statement = sa.select(payments.booking_id).where(payments.id == payment_id)
    return connection.execute(statement).scalar_one_or_none()


def block_of(connection: Connection, inventory_id: str, seat_id: str) -> str | None:
    """The id of the block that has a seat."""
    claims = table_of(ClaimRow).c
    statement = sa.select(claims.booking_id).where(
        claims.seat_id == seat_id,
        claims.inventory_id == inventory_id,
        claims.expires_at == FOREVER,
    )
    return connection.execute(statement.limit(1)).scalar_one_or_none()


def _select(
    connection: Connection, *conditions: sa.ColumnElement[bool], limit: int, offset: int
) -> list[Booking]:
    statement = (
        sa.select(*(_BOOKINGS.c[name] for name in COLUMNS))
        .where(*conditions)
        .order_by(_BOOKINGS.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [booking_of(row) for row in connection.execute(statement)]
