"""Who was asked for a ride. On the caller's connection, and written under the ride's lock, but for
`close_all_of`."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.rides import OfferState, Ride
from booking_core.storage.locks.rides import LOCK_OFFERS_OF_DRIVER
from booking_core.storage.statements import insert, table_of
from booking_core.storage.tables.rides import RideOfferRow
from booking_core.storage.wire import PooledReader, PooledWriter

_OFFERS = table_of(RideOfferRow)
_UPSERT = insert(
    RideOfferRow,
    unless=(
        "ON CONFLICT (ride_id, driver_id) DO UPDATE SET wave = excluded.wave, "
        "state = excluded.state, expires_at = excluded.expires_at, "
        "updated_at = excluded.updated_at"
    ),
)


def put(
    connection: Connection,
    ride: Ride,
    driver_ids: Sequence[str],
    state: OfferState,
    *,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Offer a ride to drivers, or note that one took it."""
    rows = [
        {
            "ride_id": ride.id,
            "driver_id": driver_id,
            "wave": ride.wave,
            "state": str(state),
            "expires_at": expires_at,
            "updated_at": now,
        }
        for driver_id in driver_ids
    ]
    PooledWriter(connection).write(_UPSERT, rows)


def states(connection: Connection, ride_id: str) -> dict[str, OfferState]:
    """What came of the ride's offers, by driver."""
    statement = sa.select(_OFFERS.c.driver_id, _OFFERS.c.state).where(_OFFERS.c.ride_id == ride_id)
    return {driver_id: OfferState(state) for driver_id, state in connection.execute(statement)}


def close(
    connection: Connection,
    ride_id: str,
    state: OfferState,
    now: datetime,
    *,
    but: str | None = None,
    due_by: datetime | None = None,
) -> list[str]:
    """End offers that nobody has answered, but that to one driver, or only those due by a time;
    the drivers they were made to."""
    wanted = [_OFFERS.c.ride_id == ride_id, _is_offered()]
    if but is not None:
        wanted.append(_OFFERS.c.driver_id != but)
    if due_by is not None:
        wanted.append(_OFFERS.c.expires_at <= due_by)
    closed = connection.execute(
        _OFFERS.update()
        .where(*wanted)
        .values(state=state, updated_at=now)
        .returning(_OFFERS.c.driver_id)
    )
    return sorted(closed.scalars())


def close_all_of(
    connection: Connection, driver_id: str, state: OfferState, now: datetime
) -> list[str]:
    """End what a driver is being asked for, except where somebody is busy with it just now; the ids
    of the rides."""
    offered = PooledReader(connection).query(LOCK_OFFERS_OF_DRIVER, driver_id=driver_id).rows()
    ids = sorted(row[0] for row in offered)
    for ride_id in ids:
        mark(connection, ride_id, driver_id, state, now)
    return ids


def mark(
    connection: Connection, ride_id: str, driver_id: str, state: OfferState, now: datetime
) -> None:
    """Note what came of one driver's offer."""
    connection.execute(
        _OFFERS.update()
        .where(_OFFERS.c.ride_id == ride_id, _OFFERS.c.driver_id == driver_id)
        .values(state=state, updated_at=now)
    )


def is_any_open(connection: Connection, ride_id: str, now: datetime) -> bool:
    """Whether somebody is still being asked."""
    statement = sa.select(_OFFERS.c.driver_id).where(
        _OFFERS.c.ride_id == ride_id, _is_offered(), _OFFERS.c.expires_at > now
    )
    return connection.execute(statement.limit(1)).first() is not None


def offered_to(connection: Connection, driver_id: str, now: datetime) -> list[str]:
    """Ids of the rides that a driver is being asked for."""
    statement = sa.select(_OFFERS.c.ride_id).where(
        _OFFERS.c.driver_id == driver_id, _is_offered(), _OFFERS.c.expires_at > now
    )
    return list(connection.execute(statement).scalars())


def _is_offered() -> sa.ColumnElement[bool]:
    # As it stands in the partial index: a bound value would keep SQLite from using it.
    return _OFFERS.c.state == sa.literal_column("'offered'")
