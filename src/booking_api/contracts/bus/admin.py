"""`/admin/reservations`: what is held at the moment, and setting it free."""

from typing import Annotated

from fastapi import APIRouter, Security
from pydantic import Field

from booking_api.calls import run, submit
from booking_api.contracts.bus.views import OperatorReservationView, operator_reservation_of
from booking_api.deps import AdminsOnly, Clerk, Repeat, System
from booking_api.fields import Page, PerPage
from booking_api.identity import Principal
from booking_api.models import Answer, Body, Text
from booking_api.openapi import OWN, WRITE
from booking_core.domain.api_keys import Scope
from booking_core.domain.commands import Release

router = APIRouter(prefix="/admin/reservations", tags=["Admin Operations"])

Reader = Annotated[Principal, Security(AdminsOnly(Scope.READ, Scope.BOOKINGS))]


class Reason(Body):
    reason: Annotated[Text, Field(max_length=500)] | None = None


class ActiveReservations(Answer):
    reservations: list[OperatorReservationView]
    page: int
    per_page: int
    total: int


@router.get("/active", responses=OWN)
async def active(
    _: Reader,
    system: System,
    page: Page = 1,
    per_page: PerPage = 50,
) -> ActiveReservations:
    """All active reservations, newest first."""
    found, total = await run(system.itineraries.holds, limit=per_page, offset=(page - 1) * per_page)
    return ActiveReservations(
        reservations=[operator_reservation_of(one) for one in found],
        page=page,
        per_page=per_page,
        total=total,
    )


@router.post("/{reservation_id}/release", responses=WRITE)
async def release(
    reservation_id: str,
    who: Clerk,
    system: System,
    call: Repeat,
    asked: Reason | None = None,
) -> OperatorReservationView:
    """Release a stuck reservation; its seats are free at once."""
    await run(system.itineraries.get, reservation_id)
    command = Release(
        booking_id=reservation_id,
        reason=None if asked is None else asked.reason,
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    await submit(system, command)
    return operator_reservation_of(await run(system.itineraries.get, reservation_id))
