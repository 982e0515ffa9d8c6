"""Routes: the lines of stops that schedules run on."""

from dataclasses import replace

from sqlalchemy.engine import Connection

from booking_core.clock import SystemClock
from booking_core.domain.timetable import Route, RouteDraft
from booking_core.domain.timetable_rules import require_route
from booking_core.engine.recording import record_change
from booking_core.errors import RouteInUse, RouteNotFound
from booking_core.ids import is_id, new_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import routes
from booking_core.storage.repositories.schedules import lock_timetable
from booking_core.storage.unit_of_work import writing
from booking_core.storage.wire import PooledReader


class Routes:
    """Each change is recorded as done by `actor` from the address `origin`. Thread-safe."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def create(self, draft: RouteDraft, *, actor: str, origin: str | None = None) -> Route:
        """Raises InvalidRequest."""
        now = self._clock.now()
        route = Route(new_id(), _checked(draft).stops, now)
        with writing(self._database) as connection:
            routes.insert(connection, route)
            record_change(connection, None, route, at=now, actor=actor, origin=origin)
        return route

    def get(self, route_id: str) -> Route:
        """Raises RouteNotFound."""
        with self._database.connect() as connection:
            return find_route(connection, route_id)

    def page(self, *, limit: int = 50, offset: int = 0) -> tuple[list[Route], int]:
        """Oldest first, and how many there are in all."""
        with self._database.connect() as connection:
            return routes.page(connection, limit=limit, offset=offset), routes.count(connection)

    def update(
        self, route_id: str, draft: RouteDraft, *, actor: str, origin: str | None = None
    ) -> Route:
        """Give a route other ends and stops, unless schedules are on it.

        Raises RouteNotFound, RouteInUse, InvalidRequest.
        """
        stops = _checked(draft).stops
        with writing(self._database) as connection:
            lock_timetable(PooledReader(connection))
            before = find_route(connection, route_id)
            after = replace(before, stops=stops)
            if after != before:
                _require_unused(connection, before)
                routes.change(connection, after)
                now = self._clock.now()
                record_change(connection, before, after, at=now, actor=actor, origin=origin)
        return after

    def delete(self, route_id: str, *, actor: str, origin: str | None = None) -> None:
        """Raises RouteNotFound, and RouteInUse where schedules are on it."""
        with writing(self._database) as connection:
            lock_timetable(PooledReader(connection))
            before = find_route(connection, route_id)
            _require_unused(connection, before)
            routes.delete(connection, route_id)
            now = self._clock.now()
            record_change(connection, before, None, at=now, actor=actor, origin=origin)


def find_route(connection: Connection, route_id: str) -> Route:
    """Raises RouteNotFound."""
    found = routes.get(connection, route_id) if is_id(route_id) else None
    if found is None:
        raise RouteNotFound(
            f"There is no route {route_id}. List the routes to find its id.", field="route_id"
        )
    return found


def _checked(draft: RouteDraft) -> RouteDraft:
    """With no spaces around names; raises InvalidRequest."""
    stops = tuple(replace(stop, city=stop.city.strip()) for stop in draft.stops)
    draft = replace(draft, stops=stops)
    require_route(draft)
    return draft


def _require_unused(connection: Connection, route: Route) -> None:
    if routes.is_in_use(connection, route.id):
        raise RouteInUse(
            f"There are schedules on the route {route.origin_city} – {route.destination_city}: "
            "it stays as it is. Create another route."
        )
