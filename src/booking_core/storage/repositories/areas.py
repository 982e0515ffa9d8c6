"""Service areas and their tariffs. All on the caller's connection."""

from collections.abc import Iterable
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.areas import ServiceArea
from booking_core.domain.fares import Tariff, VehicleType
from booking_core.domain.geo import Point
from booking_core.storage.locks.counters import NEXT_COUNT
from booking_core.storage.statements import table_of
from booking_core.storage.tables.drivers import ServiceAreaRow, TariffRow
from booking_core.storage.wire import PooledReader

_COUNTER = "service_area"
_AREAS = table_of(ServiceAreaRow)
_TARIFFS = table_of(TariffRow)


def lock(connection: Connection) -> None:
    """Keep others from opening an area until the transaction ends."""
    PooledReader(connection).query(NEXT_COUNT, name=_COUNTER).rows()


def everywhere(connection: Connection) -> list[ServiceArea]:
    """All areas there are."""
    return [
        ServiceArea(
            row.id,
            row.name,
            Point(row.lat, row.lng),
            row.radius_m,
            row.time_zone,
            row.currency,
            bool(row.auto_approve),
        )
        for row in connection.execute(sa.select(_AREAS))
    ]


def time_zone(connection: Connection, area_id: str) -> str:
    """What the clocks of an area show."""
    statement = sa.select(_AREAS.c.time_zone).where(_AREAS.c.id == area_id)
    found: str = connection.execute(statement).scalar_one()
    return found


def is_any_auto_approving(connection: Connection) -> bool:
    """Whether drivers are approved as they register."""
    statement = sa.select(_AREAS.c.id).where(_AREAS.c.auto_approve).limit(1)
    return connection.execute(statement).first() is not None


def tariff(connection: Connection, area_id: str, vehicle_type: VehicleType) -> Tariff | None:
    """What a vehicle type costs in an area; None where there is none of that type."""
    columns = [column for column in _TARIFFS.c if column.name != "area_id"]
    statement = sa.select(*columns).where(
        _TARIFFS.c.area_id == area_id, _TARIFFS.c.vehicle_type == vehicle_type
    )
    found = connection.execute(statement).first()
    return None if found is None else Tariff(*found)


def insert(connection: Connection, area: ServiceArea, tariffs: Iterable[Tariff]) -> None:
    """An area with what rides cost in it."""
    plain = {name: value for name, value in asdict(area).items() if name != "centre"}
    connection.execute(_AREAS.insert(), {**plain, "lat": area.centre.lat, "lng": area.centre.lng})
    connection.execute(_TARIFFS.insert(), [{"area_id": area.id, **asdict(one)} for one in tariffs])
