"""`/schedules`: search departures, look at their seats; an admin puts them in."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from booking_api.amounts import AmountIn
from booking_api.calls import run
from booking_api.contracts.bus.schedule_views import (
    GeneratedSeats,
    ScheduleDetails,
    SchedulesAnswer,
    SeatsAnswer,
    details_of,
    schedule_of,
    schedule_seats_of,
)
from booking_api.deps import Manager, ManagersOnly, Repeat, Runtime, System
from booking_api.fields import (
    Boarding,
    City,
    Day,
    Leaving,
    Page,
    PerPage,
    TimeIn,
    minor,
    named_in,
)
from booking_api.models import Body
from booking_api.openapi import OPEN, WRITE
from booking_api.seats import UNCHANGED, conditional
from booking_core.engine.timetable import DEFAULT_CURRENCY, DEFAULT_ZONE

router = APIRouter(prefix="/schedules", tags=["Schedule & Seat Management"])

_FIELDS = {"departs_at": "departure_datetime", "arrives_at": "arrival_datetime"}


class ScheduleBody(Body):
    """A departure of a bus on a route. `base_price` is for the whole route; the time zone is
    whose calendar days passengers search by."""

    route_id: str
    bus_id: str
    departure_datetime: TimeIn
    arrival_datetime: TimeIn
    base_price: AmountIn
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = DEFAULT_CURRENCY
    time_zone: Annotated[str, Field(max_length=64, examples=["Asia/Kolkata"])] = DEFAULT_ZONE


@router.get("/search", responses=OPEN)
async def search(
    *,
    origin_city: City,
    destination_city: City,
    date: Day,
    system: System,
    page: Page = 1,
    per_page: PerPage = 100,
) -> SchedulesAnswer:
    """Departures that call at both cities in this order, on a day by the clocks of the first."""
    found = await run(
        system.timetable.search,
        origin_city,
        destination_city,
        date,
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    return SchedulesAnswer(schedules=[schedule_of(one) for one in found])


@router.post("", status_code=201, responses=WRITE)
async def create(
    asked: ScheduleBody, who: Manager, runtime: Runtime, call: Repeat
) -> ScheduleDetails:
    """Admin: a departure, with every seat of its bus for sale at once."""
    timetable = runtime.system.timetable
    with named_in("body", **_FIELDS):
        schedule = await run(
            timetable.create,
            asked.route_id,
            asked.bus_id,
            asked.departure_datetime,
            asked.arrival_datetime,
            minor(asked.base_price, asked.currency, "base_price"),
            currency=asked.currency,
            time_zone=asked.time_zone,
            holds=runtime.settings.bus_holds,
            actor=who.actor,
            origin=call.origin,
        )
    return details_of(await run(timetable.seats, schedule))


@router.get("/{schedule_id}/details", responses=OPEN)
async def details(
    schedule_id: str,
    system: System,
    origin_city: Boarding = None,
    destination_city: Leaving = None,
) -> ScheduleDetails:
    """A departure with its bus, route and seats."""
    with named_in("query"):
        view = await run(system.timetable.details, schedule_id, origin_city, destination_city)
    return details_of(view)


@router.get(
    "/{schedule_id}/seats",
    response_model=SeatsAnswer,
    responses={**OPEN, **UNCHANGED},
)
async def seats(
    schedule_id: str,
    request: Request,
    system: System,
    origin_city: Boarding = None,
    destination_city: Leaving = None,
) -> Response:
    """Every seat with its status now. Send the ETag back as `If-None-Match` to ask for changes."""
    with named_in("query"):
        view = await run(system.timetable.details, schedule_id, origin_city, destination_city)
    return conditional(request, view.seat_map, schedule_seats_of(view))


@router.post("/{schedule_id}/generate-seats", dependencies=[ManagersOnly], responses=WRITE)
async def generate_seats(schedule_id: str, system: System) -> GeneratedSeats:
    """Admin: see to it that a departure has the seats of its bus. One that was created here has
    them from the beginning, so that nothing is left to generate; asking again does no harm."""
    schedule, generated = await run(system.timetable.generate_seats, schedule_id)
    return GeneratedSeats(
        schedule_id=schedule.id,
        trip_id=schedule.number,
        generated=generated,
        total_seats=schedule.total_seats,
    )
