"""Tickets: reads, what they are for, and the one write that admits."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import Booking
from booking_core.domain.tickets import Occasion, Ticket
from booking_core.ids import is_id
from booking_core.storage.locks import LOCK_INVENTORY_OF_BOOKING
from booking_core.storage.repositories.bookings import BOOKINGS_BY_ID, booking_of
from booking_core.storage.statements import table_of
from booking_core.storage.tables import (
    BusRow,
    InventoryRow,
    LegRow,
    ScheduleRow,
    TicketRow,
    UserRow,
)
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


def occasion_of(connection: Connection, booking: Booking) -> Occasion:
    """What a booking is for, over the legs it travels."""
    inventories, legs = table_of(InventoryRow).c, table_of(LegRow)
    boarding, alighting = legs.alias("boarding"), legs.alias("alighting")
    schedules, buses = table_of(ScheduleRow), table_of(BusRow)

    def is_leg(leg: sa.FromClause, number: int) -> sa.ColumnElement[bool]:
        return sa.and_(leg.c.inventory_id == inventories.id, leg.c.number == number)

    statement = (
        sa.select(
            inventories.id,
            inventories.name,
            inventories.time_zone,
            sa.func.coalesce(boarding.c.departs_at, inventories.starts_at),
            sa.func.coalesce(alighting.c.arrives_at, inventories.ends_at),
            boarding.c.origin,
            alighting.c.destination,
            buses.c.bus_number,
            buses.c.bus_type,
        )
        .join_from(
            table_of(InventoryRow), boarding, is_leg(boarding, booking.from_leg), isouter=True
        )
        .join(alighting, is_leg(alighting, booking.to_leg - 1), isouter=True)
        .join(schedules, schedules.c.inventory_id == inventories.id, isouter=True)
        .join(buses, buses.c.id == schedules.c.bus_id, isouter=True)
        .where(inventories.id == booking.inventory_id)
    )
    return Occasion(*connection.execute(statement).one())


def passenger_name(connection: Connection, customer_id: str) -> str:
    """An account's first and last name; other customers are called what they call themselves."""
    users = table_of(UserRow).c
    if is_id(customer_id):
        statement = sa.select(users.first_name, users.last_name).where(users.id == customer_id)
        if (row := connection.execute(statement).first()) is not None:
            return f"{row[0]} {row[1]}".strip()
    return customer_id
