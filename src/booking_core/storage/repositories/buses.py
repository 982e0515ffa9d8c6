"""Buses."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.timetable import Bus
from booking_core.storage.statements import Row, table_of
from booking_core.storage.tables.timetable import BusRow, ScheduleRow

_BUSES = table_of(BusRow)
_COLUMNS = [_BUSES.c[name] for name in Bus.__dataclass_fields__]


def insert(connection: Connection, bus: Bus) -> None:
    connection.execute(_BUSES.insert(), row_of(bus))


def get(connection: Connection, bus_id: str) -> Bus | None:
    found = connection.execute(sa.select(*_COLUMNS).where(_BUSES.c.id == bus_id)).first()
    return None if found is None else Bus(*found)


def id_of_number(connection: Connection, bus_number: str) -> str | None:
    query = sa.select(_BUSES.c.id).where(_BUSES.c.bus_number == bus_number)
    return connection.execute(query).scalar_one_or_none()


def page(connection: Connection, *, limit: int, offset: int) -> list[Bus]:
    """By number."""
    query = sa.select(*_COLUMNS).order_by(_BUSES.c.bus_number).limit(limit).offset(offset)
    return [Bus(*row) for row in connection.execute(query)]


def count(connection: Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(_BUSES)).scalar_one()


def change(connection: Connection, bus: Bus) -> None:
    connection.execute(_BUSES.update().where(_BUSES.c.id == bus.id).values(row_of(bus)))


def delete(connection: Connection, bus_id: str) -> None:
    connection.execute(_BUSES.delete().where(_BUSES.c.id == bus_id))


def is_in_use(connection: Connection, bus_id: str) -> bool:
    """Whether any schedule is driven with it."""
    schedules = table_of(ScheduleRow)
    query = sa.select(schedules.c.id).where(schedules.c.bus_id == bus_id).limit(1)
    return connection.execute(query).first() is not None


def row_of(bus: Bus) -> Row:
    return {name: getattr(bus, name) for name in Bus.__dataclass_fields__}
