"""Short ways to put departures into the timetable."""

from datetime import datetime, timedelta
from typing import Any

from booking_core import BookingSystem
from booking_core.domain.timetable import Bus, BusDraft, Journey, Route, RouteDraft, Schedule, Stop
from tests.support.builders import STARTS_AT

HOUR = timedelta(hours=1)
ABSENT = "01a1fcfa-0000-7000-8000-000000000000"
"""An identifier that nothing has."""
# Any: of arguments given as `**`, mypy wants each to fit every parameter.
OPERATOR: dict[str, Any] = {"actor": "operator", "origin": "192.0.2.7"}


def line(*cities: str, km: int = 50) -> RouteDraft:
    """A line of cities, each `km` from the one before."""
    return RouteDraft(tuple(Stop(city, n * km * 1_000) for n, city in enumerate(cities)))


def put_route(system: BookingSystem, *cities: str, km: int = 50) -> Route:
    return system.timetable.routes.create(line(*cities, km=km), **OPERATOR)


def put_bus(system: BookingSystem, number: str = "MH-12-AB-1234", seats: int = 8) -> Bus:
    return system.timetable.buses.create(BusDraft(number, "deluxe", seats), **OPERATOR)


def put_departure(
    system: BookingSystem,
    *cities: str,
    departs_at: datetime = STARTS_AT,
    hours: float = 3,
    price: int = 90_000,
    seats: int = 8,
    km: int = 50,
    **options: Any,
) -> Schedule:
    """A departure on a line of its own, with a bus of its own."""
    route = put_route(system, *(cities or ("Mumbai", "Panvel", "Lonavala", "Pune")), km=km)
    bus = put_bus(system, f"BUS-{route.id[-12:]}", seats)
    arrives_at = departs_at + timedelta(hours=hours)
    return system.timetable.create(
        route.id, bus.id, departs_at, arrives_at, price, **{**OPERATOR, **options}
    )


def numbers(found: list[Journey]) -> list[int]:
    return [journey.schedule.number for journey in found]
