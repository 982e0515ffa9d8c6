"""Tickets: reads, what they are for, and the one write that admits."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import Booking
from booking_core.domain.tickets import Ticket
from booking_core.ids import is_id
from booking_core.storage.locks.inventories import LOCK_INVENTORY_OF_BOOKING
from booking_core.storage.repositories.bookings import BOOKINGS_BY_ID, booking_of
from booking_core.storage.statements import Query, table_of
from booking_core.storage.tables.accounts import UserRow
from booking_core.storage.tables.tickets import TicketRow
from booking_core.storage.wire import PooledReader

_TICKETS = table_of(TicketRow)
_COLUMNS = [
    _TICKETS.c[name]
    for name in (
        "id",
        "number",
        "booking_id",
        "position",
        "seat_id",
        "label",
        "issued_at",
        "admitted_at",
        "admitted_by",
    )
]
ADMITTED_TICKETS = Query(
    sqlite="""
        SELECT booking_id, seat_id FROM tickets
        WHERE booking_id IN (SELECT value FROM json_each(:ids)) AND admitted_at IS NOT NULL""",
    postgres="""
        SELECT booking_id, seat_id FROM tickets
        WHERE booking_id = ANY(%(ids)s::uuid[]) AND admitted_at IS NOT NULL""",
)


def find(connection: Connection, ticket_id: str) -> Ticket | None:
    row = connection.execute(sa.select(*_COLUMNS).where(_TICKETS.c.id == ticket_id)).first()
    return None if row is None else Ticket(*row)


def of_booking(connection: Connection, booking_id: str) -> list[Ticket]:
    """By position."""
    statement = sa.select(*_COLUMNS).where(_TICKETS.c.booking_id == booking_id)
    return [Ticket(*row) for row in connection.execute(statement.order_by(_TICKETS.c.position))]


def locked_booking(connection: Connection, booking_id: str) -> Booking:
    """A ticket's booking, which nobody can change before the transaction ends."""
    reader = PooledReader(connection)
    reader.query(LOCK_INVENTORY_OF_BOOKING, id=booking_id)
    ids = [booking_id] if connection.dialect.name == "postgresql" else f'["{booking_id}"]'
    return booking_of(reader.query(BOOKINGS_BY_ID, ids=ids).rows()[0])


def admit(connection: Connection, ticket_id: str, at: datetime, by: str) -> bool:
    """Whether this call was the first: the condition is why a ticket admits once."""
    admitted = connection.execute(
        _TICKETS.update()
        .where(_TICKETS.c.id == ticket_id, _TICKETS.c.admitted_at.is_(None))
        .values(admitted_at=at, admitted_by=by)
        .returning(_TICKETS.c.id)
    )
    return admitted.first() is not None


def passenger_name(connection: Connection, customer_id: str) -> str:
    """An account's first and last name; other customers are called what they call themselves."""
    users = table_of(UserRow).c
    if is_id(customer_id):
        statement = sa.select(users.first_name, users.last_name).where(users.id == customer_id)
        if (row := connection.execute(statement).first()) is not None:
            return f"{row[0]} {row[1]}".strip()
    return customer_id
