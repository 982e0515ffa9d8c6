"""Drivers. All on the caller's connection."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.drivers import Driver, DriverState
from booking_core.domain.fares import VehicleType
from booking_core.storage.locks.rides import DRIVER, LOCK_DRIVER
from booking_core.storage.statements import select, table_of
from booking_core.storage.tables.drivers import DriverRow
from booking_core.storage.wire import PooledReader

_DRIVERS = table_of(DriverRow)
_COLUMNS = [_DRIVERS.c[name] for name in DRIVER]
_IS_FREE = """ AND state = 'approved' AND online AND NOT EXISTS (
    SELECT 1 FROM rides WHERE rides.driver_id = drivers.user_id
        AND rides.state IN ('accepted', 'arrived', 'on_trip'))"""
_FREE = select(
    DriverRow,
    ("user_id",),
    sqlite=f"""WHERE user_id IN (SELECT value FROM json_each(:ids))
        AND vehicle_type = :vehicle_type {_IS_FREE}""",  # noqa: S608 - our own words
    postgres=f"""WHERE user_id = ANY (ARRAY (SELECT json_array_elements_text(%(ids)s::json)::uuid))
        AND vehicle_type = %(vehicle_type)s {_IS_FREE}""",
)


def insert(connection: Connection, driver: Driver) -> None:
    connection.execute(_DRIVERS.insert(), asdict(driver))


def update(connection: Connection, driver: Driver) -> None:
    """Write a locked driver."""
    statement = _DRIVERS.update().where(_DRIVERS.c.user_id == driver.user_id)
    connection.execute(statement.values(asdict(driver)))


def lock(connection: Connection, user_id: str) -> Driver | None:
    """A driver as it is until the transaction ends."""
    rows = PooledReader(connection).query(LOCK_DRIVER, id=user_id).rows()
    return _driver_of(rows[0]) if rows else None


def get(connection: Connection, user_id: str) -> Driver | None:
    found = connection.execute(sa.select(*_COLUMNS).where(_DRIVERS.c.user_id == user_id)).first()
    return None if found is None else _driver_of(found)


def page(
    connection: Connection, state: DriverState | None, *, limit: int, offset: int
) -> tuple[list[Driver], int]:
    """Newest first, and how many there are in all."""
    wanted = [] if state is None else [_DRIVERS.c.state == state]
    statement = sa.select(*_COLUMNS).where(*wanted)
    statement = statement.order_by(_DRIVERS.c.registered_at.desc(), _DRIVERS.c.user_id)
    found = connection.execute(statement.limit(limit).offset(offset))
    count = sa.select(sa.func.count()).select_from(_DRIVERS).where(*wanted)
    return [_driver_of(row) for row in found], connection.execute(count).scalar_one()


def free_among(
    connection: Connection, driver_ids: Sequence[str], vehicle_type: VehicleType
) -> set[str]:
    """Those of the drivers who are approved, online, without a ride, and have such a vehicle."""
    ids = orjson.dumps(driver_ids).decode()
    found = PooledReader(connection).query(_FREE, ids=ids, vehicle_type=str(vehicle_type)).rows()
    return {row[0] for row in found}


def add_rating(connection: Connection, user_id: str, stars: int, ratings: int) -> None:
    """Add to the sum of a driver's ratings and to their number."""
    statement = _DRIVERS.update().where(_DRIVERS.c.user_id == user_id)
    connection.execute(
        statement.values(stars=_DRIVERS.c.stars + stars, ratings=_DRIVERS.c.ratings + ratings)
    )


def has_number(connection: Connection, column: str, number: str) -> bool:
    """Whether a plate or licence, by its column, is some driver's already."""
    statement = sa.select(_DRIVERS.c.user_id).where(_DRIVERS.c[column] == number).limit(1)
    return connection.execute(statement).first() is not None


def _driver_of(row: Sequence[Any]) -> Driver:
    found = dict(zip(DRIVER, row, strict=True))
    found |= {
        "vehicle_type": VehicleType(found["vehicle_type"]),
        "state": DriverState(found["state"]),
        "online": bool(found["online"]),
    }
    return Driver(**found)
