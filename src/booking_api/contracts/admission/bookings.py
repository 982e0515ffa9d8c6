"""`/api/bookings`: tickets, sold at once and paid on account."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from booking_api.calls import run
from booking_api.contracts.admission.errors import SALE, WRITE
from booking_api.contracts.admission.spelling import add_route
from booking_api.contracts.admission.views import Sold, sold_of
from booking_api.deps import Customer, Repeat, System, user_id_of
from booking_api.event_holds import sell
from booking_api.http.problems import forbidden
from booking_api.identity import Principal
from booking_api.models import Answer, Body, Line
from booking_core import BookingSystem
from booking_core.domain.api_keys import Scope
from booking_core.errors import HoldLimitReached, NotEnoughPlaces

router = APIRouter(prefix="/api/bookings", tags=["Admission"])


class Book(Body):
    """`user_id` must be your own; an admin may name another. The first tier with enough places,
    unless one is named."""

    user_id: Line
    event_id: Line
    number_of_tickets: Annotated[int, Field(ge=1, le=1_000)]
    tier: Line | None = None


class Cancelled(Answer):
    booking_id: str
    status: Literal["cancelled"] = "cancelled"


async def book(asked: Book, who: Customer, system: System, call: Repeat) -> Sold:
    """Book tickets, all or none."""
    customer_id = await _customer(system, who, asked.user_id)
    try:
        booked = await sell(
            system,
            asked.event_id,
            customer_id,
            actor=who.actor,
            call=call,
            quantity=asked.number_of_tickets,
            tier=asked.tier,
        )
    except HoldLimitReached:
        await run(_require_enough, system, asked.event_id, asked.number_of_tickets)
        raise
    return sold_of(booked)


async def cancel(booking_id: str, who: Customer, system: System, call: Repeat) -> Cancelled:
    """Cancel a booking; its tickets are free at once."""
    given_up = await run(
        system.event_returns.give_back,
        booking_id,
        customer_id=user_id_of(who),
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    return Cancelled(booking_id=given_up.booking_id)


add_route(router, "POST", "/", book, status_code=201, responses=SALE)
add_route(router, "DELETE", "/{booking_id}/", cancel, responses=WRITE)


async def _customer(system: BookingSystem, who: Principal, user_id: str) -> str:
    """Raises a 403 Problem for another's id; for an admin, UserNotFound for nobody's."""
    if user_id == who.user_id:
        return user_id
    if not who.may(Scope.ADMIN):
        raise forbidden("user_id must be your own.")
    return (await run(system.accounts.get, user_id)).id


def _require_enough(system: BookingSystem, event_id: str, quantity: int) -> None:
    """Whoever asks for more than is left hears that, and not what one may have at most."""
    left = system.events.get(event_id).available
    if left < quantity:
        raise NotEnoughPlaces("There are not enough.", available=left, requested=quantity)
