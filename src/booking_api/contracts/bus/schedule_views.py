"""Schedules as the bus contract shows them."""

from typing import Any

from booking_api.amounts import AmountOut, major
from booking_api.models import Answer, Instant
from booking_api.seats import SeatAnswer, seats_of
from booking_core.domain.timetable import Journey, JourneySeats


class BusOnTour(Answer):
    bus_number: str
    bus_type: str


class PartOfRoute(Answer):
    """From where one boards to where one gets off; the whole route without such wishes."""

    origin_city: str
    destination_city: str
    distance_km: float


class ScheduleAnswer(Answer):
    """A departure; times, price and free seats are those of the part of the journey asked for."""

    id: str
    departure_datetime: Instant
    arrival_datetime: Instant
    base_price: AmountOut
    available_seats: int
    bus: BusOnTour
    route: PartOfRoute


class SchedulesAnswer(Answer):
    schedules: list[ScheduleAnswer]


class ScheduleDetails(ScheduleAnswer):
    """`trip_id` is the trip contract's name for the same departure."""

    trip_id: int
    route_id: str
    bus_id: str
    currency: str
    time_zone: str
    on_sale: bool
    total_seats: int
    seats: list[SeatAnswer]


class SeatsAnswer(Answer):
    schedule_id: str
    trip_id: int
    available_seats: int
    seats: list[SeatAnswer]


class GeneratedSeats(Answer):
    """`generated` seats are new, of `total_seats`."""

    schedule_id: str
    trip_id: int
    generated: int
    total_seats: int


def schedule_of(journey: Journey) -> ScheduleAnswer:
    return ScheduleAnswer(**_shown(journey))


def _shown(journey: Journey) -> dict[str, Any]:
    schedule = journey.schedule
    return {
        "id": schedule.id,
        "departure_datetime": journey.departs_at,
        "arrival_datetime": journey.arrives_at,
        "base_price": major(journey.price, schedule.currency),
        "available_seats": journey.available,
        "bus": BusOnTour.model_validate(schedule.bus),
        "route": PartOfRoute(
            origin_city=journey.origin_city,
            destination_city=journey.destination_city,
            distance_km=journey.distance_m / 1_000,
        ),
    }


def details_of(view: JourneySeats) -> ScheduleDetails:
    schedule = view.journey.schedule
    return ScheduleDetails(
        **_shown(view.journey),
        trip_id=schedule.number,
        route_id=schedule.route_id,
        bus_id=schedule.bus.id,
        currency=schedule.currency,
        time_zone=schedule.time_zone,
        on_sale=schedule.on_sale,
        total_seats=schedule.total_seats,
        seats=seats_of(view),
    )


def schedule_seats_of(view: JourneySeats) -> SeatsAnswer:
    return SeatsAnswer(
        schedule_id=view.journey.schedule.id,
        trip_id=view.journey.schedule.number,
        available_seats=view.journey.available,
        seats=seats_of(view),
    )
