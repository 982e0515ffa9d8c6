"""Bookings: the statements of the write path, and reads for people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from booking_core.domain.bookings import FOREVER, Booking, BookingItem, BookingState
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.ids import is_id, is_storable
from booking_core.storage.database import Database
from booking_core.storage.statements import Query, Row, insert, select, table_of, update
from booking_core.storage.tables import BookingRow, ClaimRow, PaymentRow

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
        items=tuple(BookingItem(**item) for item in items),
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


class BookingRepository:
    """Reads of bookings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, booking_id: str) -> Booking | None:
        found = self._select(col(BookingRow.id) == booking_id)
        return found[0] if found else None

    def paid_by(self, payment_id: str) -> str | None:
        """The id of the booking that a payment is for."""
        payments = table_of(PaymentRow).c
        statement = sa.select(payments.booking_id).where(payments.id == payment_id)
        with self._database.connect() as connection:
            return connection.execute(statement).scalar_one_or_none()

    def block_of(self, inventory_id: str, seat_id: str) -> str | None:
        """The id of the block that has a seat."""
        claims = table_of(ClaimRow).c
        statement = sa.select(claims.booking_id).where(
            claims.seat_id == seat_id,
            claims.inventory_id == inventory_id,
            claims.expires_at == FOREVER,
        )
        with self._database.connect() as connection:
            return connection.execute(statement.limit(1)).scalar_one_or_none()

    def find(
        self,
        *,
        inventory_id: str | None = None,
        customer_id: str | None = None,
        state: BookingState | None = None,
        live_at: datetime | None = None,
        limit: int,
        offset: int = 0,
    ) -> list[Booking]:
        """Newest first. `live_at` keeps holds not yet expired at that time, without blocks."""
        if not (inventory_id is None or is_id(inventory_id)):
            return []
        if not (customer_id is None or is_storable(customer_id)):
            return []
        conditions: list[Any] = []
        if inventory_id is not None:
            conditions.append(col(BookingRow.inventory_id) == inventory_id)
        if customer_id is not None:
            conditions.append(col(BookingRow.customer_id) == customer_id)
        if state is not None:
            conditions.append(col(BookingRow.state) == state)
        if live_at is not None:
            conditions.append(col(BookingRow.expires_at) > live_at)
            conditions.append(col(BookingRow.expires_at) < FOREVER)
        return self._select(*conditions, limit=limit, offset=offset)

    def _select(
        self, *conditions: sa.ColumnElement[bool], limit: int = 1, offset: int = 0
    ) -> list[Booking]:
        table = sa.inspect(BookingRow).local_table
        statement = (
            sa.select(*(table.c[name] for name in COLUMNS))
            .where(*conditions)
            .order_by(table.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        with self._database.connect() as connection:
            return [booking_of(row) for row in connection.execute(statement)]
