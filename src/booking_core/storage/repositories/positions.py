"""Where drivers were last heard of, in batches that are numbered in the order of their commits."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.drivers import Position
from booking_core.domain.geo import Point
from booking_core.domain.rides import RideState
from booking_core.storage.locks.counters import NEXT_COUNT
from booking_core.storage.repositories.rides import IS_ACTIVE
from booking_core.storage.statements import insert, table_of
from booking_core.storage.tables.drivers import DriverPositionRow, DriverRow
from booking_core.storage.tables.rides import RideRow
from booking_core.storage.wire import PooledWriter

_POSITIONS = table_of(DriverPositionRow)
_COUNTER = "positions"
# What another process has heard since is not forgotten for something older.
_UPSERT = insert(
    DriverPositionRow,
    unless=(
        "ON CONFLICT (driver_id) DO UPDATE SET lat = excluded.lat, lng = excluded.lng, "
        "at = excluded.at, revision = excluded.revision "
        "WHERE driver_positions.at <= excluded.at"
    ),
)


def put(connection: Connection, positions: Iterable[Position]) -> int:
    """Write a batch; its number."""
    writer = PooledWriter(connection)
    revision: int = writer.query(NEXT_COUNT, name=_COUNTER).rows()[0][0]
    rows = [
        {
            "driver_id": one.driver_id,
            "lat": one.point.lat,
            "lng": one.point.lng,
            "at": one.at,
            "revision": revision,
        }
        # In one order, so that no two batches wait for each other.
        for one in sorted(positions, key=lambda one: one.driver_id)
    ]
    writer.write(_UPSERT, rows)
    return revision


def since(
    connection: Connection, revision: int, heard_after: datetime
) -> list[tuple[int, Position]]:
    """Positions of later batches that are not out of date, each with its batch's number."""
    table = _POSITIONS.c
    statement = sa.select(table.revision, table.driver_id, table.lat, table.lng, table.at).where(
        table.revision > revision, table.at > heard_after
    )
    return [
        (number, Position(driver_id, Point(lat, lng), at))
        for number, driver_id, lat, lng, at in connection.execute(statement)
    ]


def of(connection: Connection, driver_id: str) -> Position | None:
    table = _POSITIONS.c
    statement = sa.select(table.lat, table.lng, table.at).where(table.driver_id == driver_id)
    found = connection.execute(statement).first()
    return None if found is None else Position(driver_id, Point(found[0], found[1]), found[2])


def forsaken(
    connection: Connection, silent_since: datetime, most: int, number: int | None = None
) -> list[int]:
    """Numbers of rides that have not begun and whose driver was not heard of since a time, or may
    not drive any more; without a lock. Taking a ride is a sign of life as well. With a `number`
    only that ride is looked at."""
    rides, drivers = table_of(RideRow).c, table_of(DriverRow).c
    heard = sa.func.coalesce(_POSITIONS.c.at, rides.accepted_at)
    is_silent = sa.and_(heard <= silent_since, rides.accepted_at <= silent_since)
    statement = (
        sa.select(rides.number)
        .join(DriverRow, drivers.user_id == rides.driver_id)
        .outerjoin(_POSITIONS, _POSITIONS.c.driver_id == rides.driver_id)
        .where(
            IS_ACTIVE,
            rides.state != RideState.ON_TRIP,
            sa.or_(is_silent, drivers.state != sa.literal_column("'approved'")),
        )
        .order_by(rides.accepted_at)
        .limit(most)
    )
    if number is not None:
        statement = statement.where(rides.number == number)
    return list(connection.execute(statement).scalars())
