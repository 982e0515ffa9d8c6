"""Routes with their stops."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.cities import city_key
from booking_core.domain.timetable import Route, Stop
from booking_core.storage.statements import Row, table_of
from booking_core.storage.tables.timetable import RouteRow, RouteStopRow, ScheduleRow

_ROUTES = table_of(RouteRow)
_STOPS = table_of(RouteStopRow)


def insert(connection: Connection, route: Route) -> None:
    connection.execute(_ROUTES.insert(), row_of(route))
    connection.execute(_STOPS.insert(), stop_rows(route.id, route.stops))


def get(connection: Connection, route_id: str) -> Route | None:
    found = _with_stops(connection, _ROUTES.select().where(_ROUTES.c.id == route_id))
    return found[0] if found else None


def page(connection: Connection, *, limit: int, offset: int) -> list[Route]:
    """Oldest first."""
    query = _ROUTES.select().order_by(_ROUTES.c.id).limit(limit).offset(offset)
    return _with_stops(connection, query)


def count(connection: Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(_ROUTES)).scalar_one()


def change(connection: Connection, route: Route) -> None:
    """To these ends and stops."""
    changes = row_of(route)
    for kept in ("id", "source_ref", "created_at"):
        del changes[kept]
    connection.execute(_ROUTES.update().where(_ROUTES.c.id == route.id).values(changes))
    connection.execute(_STOPS.delete().where(_STOPS.c.route_id == route.id))
    connection.execute(_STOPS.insert(), stop_rows(route.id, route.stops))


def delete(connection: Connection, route_id: str) -> None:
    connection.execute(_ROUTES.delete().where(_ROUTES.c.id == route_id))


def is_in_use(connection: Connection, route_id: str) -> bool:
    """Whether any schedule is on it."""
    schedules = table_of(ScheduleRow)
    query = sa.select(schedules.c.id).where(schedules.c.route_id == route_id).limit(1)
    return connection.execute(query).first() is not None


def row_of(route: Route, source_ref: str | None = None) -> Row:
    return {
        "id": route.id,
        "origin_city": route.origin_city,
        "destination_city": route.destination_city,
        "distance_m": route.distance_m,
        "source_ref": source_ref,
        "created_at": route.created_at,
    }


def stop_rows(route_id: str, stops: Iterable[Stop]) -> list[Row]:
    return [
        {
            "route_id": route_id,
            "position": position,
            "city": stop.city,
            "city_key": city_key(stop.city),
            "distance_m": stop.distance_m,
        }
        for position, stop in enumerate(stops)
    ]


def _with_stops(connection: Connection, routes: sa.Select[Any]) -> list[Route]:
    heads = connection.execute(routes).all()
    stops: dict[str, list[Stop]] = {head.id: [] for head in heads}
    for route_id, city, distance_m in _stops_of(connection, list(stops)):
        stops[route_id].append(Stop(city, distance_m))
    return [Route(head.id, tuple(stops[head.id]), head.created_at) for head in heads]


def _stops_of(connection: Connection, route_ids: Sequence[str]) -> Iterable[sa.Row[str, str, int]]:
    query = (
        sa.select(_STOPS.c.route_id, _STOPS.c.city, _STOPS.c.distance_m)
        .where(_STOPS.c.route_id.in_(route_ids))
        .order_by(_STOPS.c.route_id, _STOPS.c.position)
    )
    return connection.execute(query)
