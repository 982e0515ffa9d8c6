"""What bookings are for."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import Booking
from booking_core.domain.occasions import Occasion
from booking_core.storage.statements import table_of
from booking_core.storage.tables.inventories import InventoryRow, LegRow
from booking_core.storage.tables.timetable import BusRow, ScheduleRow


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
