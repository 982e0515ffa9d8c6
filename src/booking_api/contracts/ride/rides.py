"""`/rides`: what riders do."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from booking_api.amounts import AmountOut, major
from booking_api.calls import run
from booking_api.contracts.ride.errors import OWN, WRITE
from booking_api.contracts.ride.places import Journey, Request
from booking_api.contracts.ride.views import (
    BookingId,
    Nothing,
    Reason,
    RideView,
    RideWithCode,
    SeenRideView,
    kilometres,
    minutes,
    ride_of,
    seen_by_rider,
)
from booking_api.deps import Customer, NeverStored, Repeat, System, user_id_of
from booking_api.fields import Page, PerPage
from booking_api.http.problems import forbidden
from booking_api.models import Answer, Body
from booking_core.domain.rides import LONGEST_TEXT, MOST_STARS, RideState

router = APIRouter(prefix="/rides", tags=["Rides"])


class Rating(Body):
    stars: Annotated[int, Field(strict=True, ge=1, le=MOST_STARS)]
    comment: Annotated[str, Field(max_length=LONGEST_TEXT)] | None = None


class Quoted(Answer):
    """What a ride would cost now."""

    estimated_cost: AmountOut
    distance_km: float = Field(examples=[4.2])
    duration_min: int = Field(examples=[11])
    currency: str = Field(examples=["INR"])


class Requested(Answer):
    """A ride that is looking for its driver."""

    booking_id: int = Field(examples=[123])
    status: RideState
    estimated_cost: AmountOut
    currency: str = Field(examples=["INR"])


class History(Answer):
    rides: list[RideView]
    page: int
    per_page: int
    total: int


class Code(Answer):
    """What the rider tells the driver to start the trip."""

    booking_id: int = Field(examples=[123])
    otp: str = Field(examples=["123456"])


class Ticket(Answer):
    """Opens one socket, as `?ticket=`, within `expires_in` seconds."""

    ticket: str
    expires_in: int = Field(examples=[60])


@router.post("/quote", responses=WRITE)
async def quote(asked: Journey, _: Customer, system: System) -> Quoted:
    """What a ride would cost if you asked for it now."""
    found = await run(system.rides.quote, asked.pickup, asked.dropoff, asked.vehicle_type)
    return Quoted(
        estimated_cost=major(found.estimate, found.currency),
        distance_km=kilometres(found.distance_m),
        duration_min=minutes(found.duration_s),
        currency=found.currency,
    )


@router.post("", status_code=201, responses=WRITE)
async def request(asked: Request, who: Customer, system: System, call: Repeat) -> Requested:
    """Ask for a ride; the drivers nearby are asked at once."""
    ride = await run(
        system.rides.request,
        user_id_of(who),
        asked.pickup,
        asked.dropoff,
        asked.vehicle_type,
        idempotency_key=call.key,
        actor=who.actor,
        origin=call.origin,
    )
    return Requested(
        booking_id=ride.number,
        status=ride.state,
        estimated_cost=major(ride.estimate, ride.currency),
        currency=ride.currency,
    )


@router.post("/socket-ticket", dependencies=[NeverStored], responses=WRITE)
async def socket_ticket(who: Customer, system: System, _: Nothing | None = None) -> Ticket:
    """A ticket for a browser's socket, which cannot carry a header. It works once."""
    if who.session_id is None:
        raise forbidden()
    ticket = await run(system.socket_tickets.issue, who.session_id, who.expires_at)
    return Ticket(ticket=ticket, expires_in=system.socket_tickets.seconds)


@router.get("", responses=OWN)
async def history(who: Customer, system: System, page: Page = 1, per_page: PerPage = 20) -> History:
    """Your rides, newest first."""
    found, total = await run(
        system.rides.find,
        rider_id=user_id_of(who),
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    return History(
        rides=[ride_of(ride) for ride in found], page=page, per_page=per_page, total=total
    )


@router.get("/{booking_id}", response_model=RideWithCode | SeenRideView, responses=OWN)
async def one(booking_id: BookingId, who: Customer, system: System) -> SeenRideView:
    """One of your rides, with who comes, and the code that starts it."""
    return seen_by_rider(await run(system.rides.seen, booking_id, user_id_of(who)))


@router.post("/{booking_id}/cancel", responses=WRITE)
async def cancel(
    booking_id: BookingId,
    who: Customer,
    system: System,
    call: Repeat,
    asked: Reason | None = None,
) -> RideView:
    """Cancel a ride that has not begun. Late, it costs a fee: `cancellation_fee`."""
    ride = await run(
        system.rides.cancel,
        booking_id,
        user_id_of(who),
        reason=None if asked is None else asked.reason,
        origin=call.origin,
    )
    return ride_of(ride)


@router.post("/{booking_id}/otp", dependencies=[NeverStored], responses=WRITE)
async def issue_code(
    booking_id: BookingId,
    who: Customer,
    system: System,
    call: Repeat,
    _: Nothing | None = None,
) -> Code:
    """A new code; the one before counts no longer."""
    otp = await run(system.rides.issue_otp, booking_id, user_id_of(who), origin=call.origin)
    return Code(booking_id=booking_id, otp=otp)


@router.post("/{booking_id}/rate", responses=WRITE)
async def rate(
    booking_id: BookingId, asked: Rating, who: Customer, system: System, call: Repeat
) -> RideView:
    """Rate the driver of a completed ride; again, to change your mind."""
    ride = await run(
        system.rides.rate,
        booking_id,
        user_id_of(who),
        asked.stars,
        asked.comment,
        origin=call.origin,
    )
    return ride_of(ride)
