"""`/trip`: search trips, look at one with its seats."""

from typing import Any

from fastapi import APIRouter, Request, Response

from booking_api.amounts import AmountOut, major
from booking_api.calls import run
from booking_api.deps import System
from booking_api.fields import Boarding, City, Day, Leaving, Page, PerPage, named_in
from booking_api.models import Answer, Instant
from booking_api.openapi import OPEN
from booking_api.seats import UNCHANGED, SeatAnswer, conditional, seats_of
from booking_core.domain.timetable import Journey

router = APIRouter(prefix="/trip", tags=["Trips"])

_FIELDS = {"origin_city": "origin", "destination_city": "destination"}


class TripBus(Answer):
    bus_number: str
    bus_type: str


class TripAnswer(Answer):
    """A trip between two of its stops: times, the price of a seat and free seats are for that
    part. `trip_id` is `id` by the name that bookings and sockets use."""

    id: int
    trip_id: int
    origin: str
    destination: str
    departure_time: Instant
    arrival_time: Instant
    price: AmountOut
    currency: str
    available_seats: int
    total_seats: int
    bus: TripBus


class TripsAnswer(Answer):
    trips: list[TripAnswer]


class TripDetails(TripAnswer):
    on_sale: bool
    time_zone: str
    seats: list[SeatAnswer]


@router.get("/search", responses=OPEN)
async def search(
    *,
    origin: City,
    destination: City,
    date: Day,
    system: System,
    page: Page = 1,
    per_page: PerPage = 100,
) -> TripsAnswer:
    """Trips that call at both cities in this order, on a day by the clocks of the first."""
    found = await run(
        system.timetable.search,
        origin,
        destination,
        date,
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    return TripsAnswer(trips=[TripAnswer(**_shown(one)) for one in found])


@router.get(
    "/{trip_id}",
    response_model=TripDetails,
    responses={**OPEN, **UNCHANGED},
)
async def trip(
    trip_id: int,
    request: Request,
    system: System,
    origin: Boarding = None,
    destination: Leaving = None,
) -> Response:
    """One trip with its seats, each with its status now."""
    with named_in("query", **_FIELDS):
        view = await run(system.timetable.details, trip_id, origin, destination)
    schedule = view.journey.schedule
    answer = TripDetails(
        **_shown(view.journey),
        on_sale=schedule.on_sale,
        time_zone=schedule.time_zone,
        seats=seats_of(view),
    )
    return conditional(request, view.seat_map, answer)


def _shown(journey: Journey) -> dict[str, Any]:
    schedule = journey.schedule
    return {
        "id": schedule.number,
        "trip_id": schedule.number,
        "origin": journey.origin_city,
        "destination": journey.destination_city,
        "departure_time": journey.departs_at,
        "arrival_time": journey.arrives_at,
        "price": major(journey.price, schedule.currency),
        "currency": schedule.currency,
        "available_seats": journey.available,
        "total_seats": schedule.total_seats,
        "bus": TripBus.model_validate(schedule.bus),
    }
