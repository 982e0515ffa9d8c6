"""Rides. All on the caller's connection."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.fares import Terms, VehicleType
from booking_core.domain.geo import Place, Point
from booking_core.domain.rides import Party, Ride, RideState
from booking_core.storage.locks.counters import NEXT_COUNT
from booking_core.storage.locks.rides import LOCK_IDLE_RIDE, LOCK_RIDE, RIDE
from booking_core.storage.statements import Query, Row, table_of
from booking_core.storage.statements import insert as insert_into
from booking_core.storage.statements import update as update_of
from booking_core.storage.tables.rides import RideRow
from booking_core.storage.wire import PooledReader, PooledWriter

_RIDES = table_of(RideRow)
_COLUMNS = [_RIDES.c[name] for name in RIDE]
_COUNTER = "ride"
# What was asked for, and what it was reckoned by, stays as it was.
_FIXED = {
    *("id", "number", "rider_id", "area_id", "vehicle_type", "requested_at"),
    *("pickup_name", "pickup_lat", "pickup_lng", "dropoff_name", "dropoff_lat", "dropoff_lng"),
    *("distance_m", "duration_s", "terms", "estimate", "currency"),
}
_CHANGING = tuple(name for name in RIDE if name not in _FIXED)
_INSERT = insert_into(RideRow)
_UPDATE = update_of(RideRow, ("id",), **{name: f"new.{name}" for name in _CHANGING})
# As they stand in the partial indexes, word for word: states that are bound when the statement
# runs would keep the databases from using them.
IS_ACTIVE = sa.text("rides.state IN ('accepted', 'arrived', 'on_trip')")
IS_OPEN = sa.text("rides.state IN ('pending', 'accepted', 'arrived', 'on_trip')")


def next_number(connection: Connection) -> int:
    """A number for a new ride; one whose transaction fails is lost."""
    number: int = PooledReader(connection).query(NEXT_COUNT, name=_COUNTER).rows()[0][0]
    return number


def insert(connection: Connection, ride: Ride, cell: int) -> None:
    """A new ride, counted as demand in `cell` while it is pending."""
    PooledWriter(connection).write(_INSERT, [{**_row_of(ride), "cell": cell}])


def update(connection: Connection, ride: Ride) -> None:
    """Write what of a locked ride can change."""
    row = _row_of(ride)
    PooledWriter(connection).write(_UPDATE, [{name: row[name] for name in ("id", *_CHANGING)}])


def lock(connection: Connection, number: int) -> Ride | None:
    """A ride as it is until the transaction ends."""
    return _locked(connection, LOCK_RIDE, number)


def lock_idle(connection: Connection, number: int) -> Ride | None:
    """The same; None where somebody else is busy with it, too."""
    return _locked(connection, LOCK_IDLE_RIDE, number)


def _locked(connection: Connection, query: Query, number: int) -> Ride | None:
    rows = PooledReader(connection).query(query, number=number).rows()
    return ride_of(rows[0]) if rows else None


def by_number(connection: Connection, number: int) -> Ride | None:
    return _first(connection, _RIDES.c.number == number)


def active_of(connection: Connection, driver_id: str) -> Ride | None:
    """The ride that a driver has and that is not over."""
    return _first(connection, _RIDES.c.driver_id == driver_id, IS_ACTIVE)


def open_of(connection: Connection, rider_id: str) -> Ride | None:
    """The ride that a rider has asked for and that is not over."""
    return _first(connection, _RIDES.c.rider_id == rider_id, IS_OPEN)


def _first(
    connection: Connection, *conditions: sa.ColumnElement[bool] | sa.TextClause
) -> Ride | None:
    found = connection.execute(sa.select(*_COLUMNS).where(*conditions).limit(1)).first()
    return None if found is None else ride_of(found)


def last_completed(connection: Connection, driver_id: str) -> Ride | None:
    """The newest ride that a driver has completed."""
    statement = (
        sa.select(*_COLUMNS)
        .where(_RIDES.c.driver_id == driver_id, _RIDES.c.state == RideState.COMPLETED)
        .order_by(_RIDES.c.number.desc())
        .limit(1)
    )
    found = connection.execute(statement).first()
    return None if found is None else ride_of(found)


def by_ids(connection: Connection, ids: Sequence[str]) -> list[Ride]:
    """Newest first."""
    statement = sa.select(*_COLUMNS).where(_RIDES.c.id.in_(ids)).order_by(_RIDES.c.number.desc())
    return [ride_of(row) for row in connection.execute(statement)]


def page(
    connection: Connection,
    *,
    rider_id: str | None = None,
    driver_id: str | None = None,
    state: RideState | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Ride], int]:
    """Newest first, and how many there are in all."""
    named = {"rider_id": rider_id, "driver_id": driver_id, "state": state}
    wanted = [_RIDES.c[name] == value for name, value in named.items() if value is not None]
    statement = sa.select(*_COLUMNS).where(*wanted).order_by(_RIDES.c.number.desc())
    found = connection.execute(statement.limit(limit).offset(offset))
    count = sa.select(sa.func.count()).select_from(_RIDES).where(*wanted)
    return [ride_of(row) for row in found], connection.execute(count).scalar_one()


def count_pending(connection: Connection, cell: int, now: datetime) -> int:
    """Requests in a cell that nobody has taken yet."""
    statement = (
        sa.select(sa.func.count())
        .select_from(_RIDES)
        .where(_is_pending(), _RIDES.c.cell == cell, _RIDES.c.expires_at > now)
    )
    found: int = connection.execute(statement).scalar_one()
    return found


def due(connection: Connection, now: datetime, most: int) -> list[int]:
    """Numbers of pending rides whose drivers have not answered, the longest due first; without a
    lock. A request that is over is due too, by the end of its last wave."""
    statement = (
        sa.select(_RIDES.c.number)
        .where(_is_pending(), _RIDES.c.next_wave_at <= now)
        .order_by(_RIDES.c.next_wave_at)
        .limit(most)
    )
    return list(connection.execute(statement).scalars())


def earned(
    connection: Connection, driver_id: str, since: datetime | None = None
) -> tuple[int, int]:
    """How many rides a driver has completed, and the sum of their fares."""
    statement = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(_RIDES.c.fare), 0)).where(
        _RIDES.c.driver_id == driver_id, _RIDES.c.state == RideState.COMPLETED
    )
    if since is not None:
        statement = statement.where(_RIDES.c.closed_at >= since)
    rides, total = connection.execute(statement).one()
    return rides, int(total)


def _is_pending() -> sa.ColumnElement[bool]:
    # As above.
    return _RIDES.c.state == sa.literal_column("'pending'")


def ride_of(row: Sequence[Any]) -> Ride:
    """From the columns of `locks.RIDE`."""
    found = dict(zip(RIDE, row, strict=True))
    pickup, dropoff = (
        Place(found.pop(f"{end}_name"), Point(found.pop(f"{end}_lat"), found.pop(f"{end}_lng")))
        for end in ("pickup", "dropoff")
    )
    found |= {
        "vehicle_type": VehicleType(found["vehicle_type"]),
        "state": RideState(found["state"]),
        "terms": Terms.from_dict(found["terms"]),
        "closed_by": None if found["closed_by"] is None else Party(found["closed_by"]),
    }
    return Ride(pickup=pickup, dropoff=dropoff, **found)


def _row_of(ride: Ride) -> Row:
    taken_apart: Row = {"terms": ride.terms.as_dict()}
    for end, place in (("pickup", ride.pickup), ("dropoff", ride.dropoff)):
        taken_apart |= {
            f"{end}_name": place.name,
            f"{end}_lat": place.point.lat,
            f"{end}_lng": place.point.lng,
        }
    plain = {name: getattr(ride, name) for name in RIDE if name not in taken_apart}
    return {**plain, **taken_apart}
