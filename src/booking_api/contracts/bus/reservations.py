"""`/reservations`: seats held for 15 minutes."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from booking_api.calls import run, submit
from booking_api.contracts.bus.views import ReservationView, reservation_of
from booking_api.deps import Customer, Repeat, System, user_id_of
from booking_api.fields import Page, PerPage
from booking_api.http.lean import LeanRoute
from booking_api.models import Answer, Body, Line
from booking_api.openapi import OWN, WRITE
from booking_api.reserving import reserve
from booking_core.domain.commands import Release

router = APIRouter(prefix="/reservations", tags=["Reservations"])


class Reserve(Body):
    """Which seats of which departure; a part of the journey where cities are named."""

    schedule_id: str
    seat_ids: Annotated[list[str], Field(min_length=1, max_length=1_000)]
    origin_city: Line | None = None
    destination_city: Line | None = None


class Reservations(Answer):
    reservations: list[ReservationView]


async def create(asked: Reserve, who: Customer, system: System, call: Repeat) -> ReservationView:
    """Create a reservation with a 15-minute lock on its seats."""
    between = (asked.origin_city, asked.destination_city)
    held = await reserve(system, asked.schedule_id, asked.seat_ids, between, who=who, call=call)
    return reservation_of(held)


router.add_api_route(
    "/create",
    create,
    methods=["POST"],
    status_code=201,
    responses=WRITE,
    route_class_override=LeanRoute,
)


@router.get("/active", responses=OWN)
async def active(
    who: Customer,
    system: System,
    page: Page = 1,
    per_page: PerPage = 50,
) -> Reservations:
    """Your active reservations, newest first."""
    found, _ = await run(
        system.itineraries.holds,
        customer_id=user_id_of(who),
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    return Reservations(reservations=[reservation_of(one) for one in found])


@router.get("/{reservation_id}/details", responses=OWN)
async def details(reservation_id: str, who: Customer, system: System) -> ReservationView:
    """One of your reservations with its seats."""
    found = await run(system.itineraries.get, reservation_id, customer_id=user_id_of(who))
    return reservation_of(found)


@router.delete("/{reservation_id}", responses=WRITE)
async def give_back(
    reservation_id: str, who: Customer, system: System, call: Repeat
) -> ReservationView:
    """Cancel a reservation before it expires; its seats are free at once."""
    customer_id = user_id_of(who)
    await run(system.itineraries.get, reservation_id, customer_id=customer_id)
    command = Release(
        booking_id=reservation_id,
        customer_id=customer_id,
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    await submit(system, command)
    return reservation_of(
        await run(system.itineraries.get, reservation_id, customer_id=customer_id)
    )
