"""`/driver/rides`: what drivers do with rides."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from booking_api.calls import run
from booking_api.contracts.ride.errors import OWN, WRITE
from booking_api.contracts.ride.views import BookingId, Nothing, Reason, RideView, ride_of
from booking_api.contracts.ride.who import AnyDriver, ApprovedDriver
from booking_api.deps import Repeat, System
from booking_api.models import Answer, Body

router = APIRouter(prefix="/driver/rides", tags=["Driving"])


class Start(Body):
    """What the rider was sent."""

    otp: Annotated[str, Field(max_length=16, examples=["123456"])]


class Current(Answer):
    ride: RideView | None


class Declined(Answer):
    booking_id: int = Field(examples=[123])
    message: str = "You have declined the booking."


@router.get("/current", responses=OWN)
async def current(driver: AnyDriver, system: System) -> Current:
    """The ride you have and that is not over."""
    ride = await run(system.rides.current, driver.user_id)
    return Current(ride=None if ride is None else ride_of(ride))


@router.post("/{booking_id}/accept", responses=WRITE)
async def accept(
    booking_id: BookingId,
    driver: ApprovedDriver,
    system: System,
    call: Repeat,
    _: Nothing | None = None,
) -> RideView:
    """Take a ride. The first who does has it; all others get 409."""
    ride = await run(system.rides.accept, booking_id, driver.user_id, origin=call.origin)
    return ride_of(ride)


@router.post("/{booking_id}/decline", responses=WRITE)
async def decline(
    booking_id: BookingId,
    driver: ApprovedDriver,
    system: System,
    call: Repeat,
    _: Nothing | None = None,
) -> Declined:
    """Say no; somebody else is asked."""
    await run(system.rides.decline, booking_id, driver.user_id, origin=call.origin)
    return Declined(booking_id=booking_id)


@router.post("/{booking_id}/arrived", responses=WRITE)
async def arrived(
    booking_id: BookingId,
    driver: AnyDriver,
    system: System,
    call: Repeat,
    _: Nothing | None = None,
) -> RideView:
    """You wait at the pickup."""
    ride = await run(system.rides.arrived, booking_id, driver.user_id, origin=call.origin)
    return ride_of(ride)


@router.post("/{booking_id}/start", responses=WRITE)
async def start(
    booking_id: BookingId, asked: Start, driver: AnyDriver, system: System, call: Repeat
) -> RideView:
    """Begin the trip with the rider's code. After five wrong ones the rider needs a new one."""
    ride = await run(system.rides.start, booking_id, driver.user_id, asked.otp, origin=call.origin)
    return ride_of(ride)


@router.post("/{booking_id}/complete", responses=WRITE)
async def complete(
    booking_id: BookingId,
    driver: AnyDriver,
    system: System,
    call: Repeat,
    _: Nothing | None = None,
) -> RideView:
    """You are there; `fare` is what the ride cost."""
    ride = await run(system.rides.complete, booking_id, driver.user_id, origin=call.origin)
    return ride_of(ride)


@router.post("/{booking_id}/cancel", responses=WRITE)
async def cancel(
    booking_id: BookingId,
    driver: AnyDriver,
    system: System,
    call: Repeat,
    asked: Reason | None = None,
) -> RideView:
    """Give a ride back before it has begun; others are asked."""
    ride = await run(
        system.rides.driver_cancel,
        booking_id,
        driver.user_id,
        reason=None if asked is None else asked.reason,
        origin=call.origin,
    )
    return ride_of(ride)
