"""`/driver`: who drives, whether they work, where they are, what they earned."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from booking_api.amounts import AmountOut, major
from booking_api.calls import run
from booking_api.contracts.ride.errors import OWN, WRITE
from booking_api.contracts.ride.places import Latitude, Longitude
from booking_api.contracts.ride.who import AnyDriver, ApprovedDriver, drivers_only
from booking_api.deps import Customer, Repeat, System, user_id_of
from booking_api.models import Answer, Body, Instant
from booking_core.domain.drivers import LONGEST_DOCUMENT_NUMBER, Driver, DriverState
from booking_core.domain.fares import VehicleType

router = APIRouter(prefix="/driver", tags=["Drivers"])

_Number = Annotated[str, Field(min_length=1, max_length=LONGEST_DOCUMENT_NUMBER)]


class Papers(Body):
    vehicle_type: VehicleType
    plate_number: Annotated[_Number, Field(examples=["MH-01-AB-1234"])]
    license_number: Annotated[_Number, Field(examples=["MH01-2020-0123456"])]


class Availability(Body):
    online: Annotated[bool, Field(strict=True)]


class Location(Body):
    """In degrees."""

    lat: Annotated[Latitude, Field(examples=[19.0760])]
    lng: Annotated[Longitude, Field(examples=[72.8777])]


class DriverView(Answer):
    """A driver. Whoever is `pending` waits for an operator's approval."""

    driver_id: str
    status: DriverState
    online: bool
    vehicle_type: VehicleType
    plate_number: str
    license_number: str
    rating: float | None = Field(examples=[4.8])
    ratings: int


class Located(Answer):
    lat: float
    lng: float
    at: Instant


class EarningsView(Answer):
    """Fares of completed rides; `today` by the clocks of where the last one was."""

    rides: int
    total: AmountOut
    rides_today: int
    total_today: AmountOut
    currency: str | None = Field(examples=["INR"])
    rating: float | None = Field(examples=[4.8])


@router.post("/register", status_code=201, responses=WRITE)
async def register(asked: Papers, who: Customer, system: System, call: Repeat) -> DriverView:
    """Ask to drive. An operator approves."""
    driver = await run(
        system.drivers.register,
        user_id_of(who),
        asked.vehicle_type,
        asked.plate_number,
        asked.license_number,
        origin=call.origin,
    )
    return _shown(driver)


@router.put("/status", responses=WRITE)
async def set_status(
    asked: Availability, driver: ApprovedDriver, system: System, call: Repeat
) -> DriverView:
    """Begin or stop to be asked for rides."""
    changed = await run(system.drivers.set_online, driver.user_id, asked.online, origin=call.origin)
    return _shown(changed)


@router.put("/location", responses=WRITE)
async def locate(asked: Location, who: Customer, system: System) -> Located:
    """Say where you are; whoever is silent for long is asked for nothing."""
    with drivers_only():
        position = await run(system.drivers.locate, user_id_of(who), asked.lat, asked.lng)
    return Located(lat=position.point.lat, lng=position.point.lng, at=position.at)


@router.get("/earnings", responses=OWN)
async def earnings(driver: AnyDriver, system: System) -> EarningsView:
    """What you have earned."""
    found = await run(system.rides.earnings, driver.user_id)
    currency = found.currency or ""
    return EarningsView(
        rides=found.rides,
        total=major(found.total, currency),
        rides_today=found.rides_today,
        total_today=major(found.total_today, currency),
        currency=found.currency,
        rating=found.rating,
    )


def _shown(driver: Driver) -> DriverView:
    return DriverView(
        driver_id=driver.user_id,
        status=driver.state,
        online=driver.online,
        vehicle_type=driver.vehicle_type,
        plate_number=driver.plate_number,
        license_number=driver.license_number,
        rating=driver.rating,
        ratings=driver.ratings,
    )
