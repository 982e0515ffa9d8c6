"""`/driver/rides`: what drivers do with rides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from booking_api.calls import run
from booking_api.contracts.ride.errors import OWN, WRITE
from booking_api.contracts.ride.views import BookingId, Nothing, Reason, RideView, ride_of
from booking_api.contracts.ride.who import AnyDriver, approved
from booking_api.deps import Call, Repeat, System
from booking_api.models import Answer, Body
from booking_core import BookingSystem
from booking_core.domain.drivers import Driver
from booking_core.domain.rides import Ride

router = APIRouter(prefix="/driver/rides", tags=["Driving"])


@dataclass(frozen=True, slots=True)
class Deed:
    """What a driver does about a ride."""

    system: BookingSystem
    booking_id: int
    driver: Driver
    call: Call

    async def done(self, act: Callable[..., Ride], *words: str, **options: Any) -> RideView:
        """The ride afterwards. Raises what `act` does."""
        asked = (self.booking_id, self.driver.user_id, *words)
        return ride_of(await run(act, *asked, origin=self.call.origin, **options))


async def _by_anybody(
    booking_id: BookingId, driver: AnyDriver, system: System, call: Repeat
) -> Deed:
    return Deed(system, booking_id, driver, call)


async def _by_approved(deed: Annotated[Deed, Depends(_by_anybody)]) -> Deed:
    await approved(deed.driver)
    return deed


# Who was suspended on the way may still end the trip.
AnyDeed = Annotated[Deed, Depends(_by_anybody)]
ApprovedDeed = Annotated[Deed, Depends(_by_approved)]


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
async def accept(deed: ApprovedDeed, _: Nothing | None = None) -> RideView:
    """Take a ride. The first who does has it; all others get 409."""
    return await deed.done(deed.system.rides.accept)


@router.post("/{booking_id}/decline", responses=WRITE)
async def decline(deed: ApprovedDeed, _: Nothing | None = None) -> Declined:
    """Say no; somebody else is asked."""
    asked = (deed.booking_id, deed.driver.user_id)
    await run(deed.system.rides.decline, *asked, origin=deed.call.origin)
    return Declined(booking_id=deed.booking_id)


@router.post("/{booking_id}/arrived", responses=WRITE)
async def arrived(deed: AnyDeed, _: Nothing | None = None) -> RideView:
    """You wait at the pickup."""
    return await deed.done(deed.system.rides.arrived)


@router.post("/{booking_id}/start", responses=WRITE)
async def start(asked: Start, deed: AnyDeed) -> RideView:
    """Begin the trip with the rider's code. After five wrong ones the rider needs a new one."""
    return await deed.done(deed.system.rides.start, asked.otp)


@router.post("/{booking_id}/complete", responses=WRITE)
async def complete(deed: AnyDeed, _: Nothing | None = None) -> RideView:
    """You are there; `fare` is what the ride cost."""
    return await deed.done(deed.system.rides.complete)


@router.post("/{booking_id}/cancel", responses=WRITE)
async def cancel(deed: AnyDeed, asked: Reason | None = None) -> RideView:
    """Give a ride back before it has begun; others are asked."""
    reason = None if asked is None else asked.reason
    return await deed.done(deed.system.rides.driver_cancel, reason=reason)
