"""`/console/…`: how things stand, and one thing in full."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Security

from booking_api.calls import run
from booking_api.deps import AdminsOnly, Reader, Runtime, System
from booking_api.fields import named_in
from booking_api.identity import Principal
from booking_api.models import Text
from booking_api.openapi import OWN, errors
from booking_core.domain.api_keys import Scope
from booking_core.domain.desk import (
    Board,
    BookingCard,
    BookingLine,
    Operator,
    Overview,
    Plan,
    RefundQuote,
    TicketCard,
)

router = APIRouter(prefix="/console", tags=["Console"])

# Whoever reads a ticket can be let in with it: a key that only reads may not.
Gate = Annotated[Principal, Security(AdminsOnly(Scope.GATE))]
Leg = Annotated[int, Query(ge=0, le=10_000)]


@router.get("/me", responses=errors(401, 403))
async def me(who: Reader) -> Operator:
    """Who you are to the activity log, and what you may do."""
    if who.api_key is not None:
        return Operator(who.actor, f"key {who.api_key.name}", who.api_key.scopes)
    return Operator(who.actor, who.actor if who.user is None else who.user.email, tuple(Scope))


@router.get("/overview", responses=errors(401, 403))
async def overview(
    _: Reader,
    runtime: Runtime,
    timezone: Annotated[Text, Query(max_length=64, examples=["Asia/Kolkata"])] = "UTC",
) -> Overview:
    """How things stand; a day is one of `timezone`."""
    with named_in("query", time_zone="timezone"):
        found = await run(runtime.system.desk.overview, timezone)
    return replace(found, sockets=runtime.realtime.hub.watchers)


@router.get("/inventories/{inventory_id}/plan", responses=OWN)
async def plan(inventory_id: str, _: Reader, system: System) -> Plan:
    """What does not change while it is sold: legs and seats."""
    return await run(system.desk.plan, inventory_id)


@router.get("/inventories/{inventory_id}/board", responses=OWN)
async def board(
    inventory_id: str,
    _: Reader,
    system: System,
    *,
    from_leg: Leg = 0,
    to_leg: Leg | None = None,
) -> Board:
    """How it stands over some legs: one letter per seat, in the order of the plan."""
    with named_in("query"):
        return await run(system.desk.board, inventory_id, from_leg, to_leg)


@router.get("/seats/{seat_id}/holders", responses=OWN)
async def holders(seat_id: str, _: Reader, system: System) -> tuple[BookingLine, ...]:
    """Who has a seat, on whichever legs."""
    return await run(system.desk.holders, seat_id)


@router.get("/bookings/{booking_id}", responses=OWN)
async def booking(booking_id: str, _: Reader, system: System) -> BookingCard:
    """A booking with what happened to it, its payments and its tickets."""
    return await run(system.desk.booking, booking_id)


@router.get("/bookings/{booking_id}/quote", responses=errors(401, 403, 404, 409))
async def quote(booking_id: str, _: Reader, system: System) -> RefundQuote:
    """What cancelling it would give back now."""
    return await run(system.desk.quote, booking_id)


@router.get("/tickets/{ticket_id}", responses=OWN)
async def ticket(ticket_id: str, _: Gate, system: System) -> TicketCard:
    """A ticket with its token, which is what its QR code says."""
    return await run(system.desk.ticket, ticket_id)
