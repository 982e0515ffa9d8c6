"""`/routes`: the lines that schedules run on. Open to read, an admin's to change."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from booking_api.calls import run
from booking_api.deps import Manager, Repeat, System
from booking_api.fields import City, Page, PerPage
from booking_api.models import Answer, Body, Instant
from booking_api.openapi import OPEN, WRITE
from booking_core.domain.timetable import Route, RouteDraft, Stop

# Three decimals are metres, and those are counted.
DistanceIn = Annotated[
    Decimal, Field(gt=0, le=20_000, decimal_places=3, allow_inf_nan=False, examples=[150.0])
]

router = APIRouter(prefix="/routes", tags=["Routes"])


class StopBody(Body):
    """A stop between the ends, and how far it is from the first city."""

    city: City
    distance_km: DistanceIn


class RouteBody(Body):
    """`stops` are those between the two cities, in ascending distance from the first."""

    origin_city: City
    destination_city: City
    distance_km: DistanceIn
    stops: Annotated[list[StopBody], Field(default_factory=list, max_length=100)]

    def draft(self) -> RouteDraft:
        via = [Stop(stop.city, _metres(stop.distance_km)) for stop in self.stops]
        return RouteDraft.between(
            self.origin_city, self.destination_city, _metres(self.distance_km), via
        )


class StopAnswer(Answer):
    city: str
    distance_km: float


class RouteAnswer(Answer):
    id: str
    origin_city: str
    destination_city: str
    distance_km: float
    stops: list[StopAnswer]
    created_at: Instant


class RoutesAnswer(Answer):
    routes: list[RouteAnswer]
    page: int
    per_page: int
    total: int


@router.get("", responses=OPEN)
async def list_routes(system: System, page: Page = 1, per_page: PerPage = 50) -> RoutesAnswer:
    """All routes, oldest first."""
    found, total = await run(
        system.timetable.routes.page, limit=per_page, offset=(page - 1) * per_page
    )
    shown = [_route(route) for route in found]
    return RoutesAnswer(routes=shown, page=page, per_page=per_page, total=total)


@router.post("", status_code=201, responses=WRITE)
async def create_route(asked: RouteBody, who: Manager, system: System, call: Repeat) -> RouteAnswer:
    """Admin: a new route."""
    create = system.timetable.routes.create
    return _route(await run(create, asked.draft(), actor=who.actor, origin=call.origin))


@router.get("/{route_id}", responses=OPEN)
async def get_route(route_id: str, system: System) -> RouteAnswer:
    """One route with its stops."""
    return _route(await run(system.timetable.routes.get, route_id))


@router.put("/{route_id}", responses=WRITE)
async def update_route(
    route_id: str, asked: RouteBody, who: Manager, system: System, call: Repeat
) -> RouteAnswer:
    """Admin: other ends, other stops. A route with schedules stays as it is (409)."""
    update = system.timetable.routes.update
    changed = await run(update, route_id, asked.draft(), actor=who.actor, origin=call.origin)
    return _route(changed)


@router.delete("/{route_id}", status_code=204, response_class=Response, responses=WRITE)
async def delete_route(route_id: str, who: Manager, system: System, call: Repeat) -> None:
    """Admin: take a route out that has no schedules."""
    await run(system.timetable.routes.delete, route_id, actor=who.actor, origin=call.origin)


def _route(route: Route) -> RouteAnswer:
    return RouteAnswer(
        id=route.id,
        origin_city=route.origin_city,
        destination_city=route.destination_city,
        distance_km=route.distance_m / 1_000,
        stops=[
            StopAnswer(city=stop.city, distance_km=stop.distance_m / 1_000) for stop in route.via
        ],
        created_at=route.created_at,
    )


def _metres(kilometres: Decimal) -> int:
    return int(kilometres * 1_000)
