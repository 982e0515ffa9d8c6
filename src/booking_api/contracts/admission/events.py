"""`/api/events`: how many tickets are left."""

from fastapi import APIRouter

from booking_api.calls import run
from booking_api.contracts.admission.errors import errors
from booking_api.contracts.admission.spelling import add_route
from booking_api.deps import System
from booking_api.models import Answer

router = APIRouter(prefix="/api/events", tags=["Admission"])


class Availability(Answer):
    event_id: str
    available_tickets: int


async def availability(event_id: str, system: System) -> Availability:
    """How many tickets are left now. Open to all."""
    offer = await run(system.events.get, event_id)
    return Availability(event_id=offer.event.id, available_tickets=offer.available)


add_route(router, "GET", "/{event_id}/availability/", availability, responses=errors(404))
