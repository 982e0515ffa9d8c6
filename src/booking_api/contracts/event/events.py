"""`/api/v1/events`: what is on, and which seats are free."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from booking_api.calls import run
from booking_api.contracts.event.envelope import Listing, Now, Pagination, Success
from booking_api.contracts.event.errors import OPEN
from booking_api.contracts.event.event_views import (
    EventDetails,
    EventSummary,
    details_of,
    summary_of,
)
from booking_api.contracts.event.seats import EventSeatsAnswer, ShownStatus, Wanted, pages_of
from booking_api.deps import Anybody, Runtime, System
from booking_api.encoded import answered
from booking_api.fields import Day, Page, PerPage, named_in
from booking_api.identity import Principal
from booking_api.models import Text
from booking_api.seats import UNCHANGED
from booking_core.domain.api_keys import Scope
from booking_core.domain.programme import EventQuery, EventStatus

router = APIRouter(prefix="/api/v1/events", tags=["Event: programme"])

_Name = Annotated[Text | None, Query(max_length=200)]


@router.get("", responses=OPEN)
async def list_events(
    *,
    system: System,
    who: Anybody,
    now: Now,
    page: Page = 1,
    per_page: PerPage = 20,
    status: EventStatus | None = None,
    venue_id: _Name = None,
    start_date: Annotated[Day | None, Query(description="On this day or after it.")] = None,
    end_date: Annotated[Day | None, Query(description="On this day or before it.")] = None,
    search: _Name = None,
    timezone: Annotated[Text, Query(max_length=64, description="Whose days are meant.")] = "UTC",
) -> Listing[EventSummary]:
    """Events by their start. Whoever may see drafts sees them, too."""
    query = EventQuery(
        status=status,
        venue_id=venue_id,
        start_date=start_date,
        end_date=end_date,
        search=search,
        time_zone=timezone,
        include_drafts=_sees_drafts(who),
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    with named_in("query", time_zone="timezone"):
        found, total = await run(system.events.find, query)
    return Listing[EventSummary](
        data=[summary_of(one) for one in found],
        pagination=Pagination.of(page, per_page, total),
        timestamp=now,
    )


@router.get("/{event_id}", responses=OPEN)
async def details(event_id: str, system: System, who: Anybody, now: Now) -> Success[EventDetails]:
    """One event with its venue and its price tiers."""
    offer = await run(system.events.get, event_id, include_drafts=_sees_drafts(who))
    return Success[EventDetails](data=details_of(offer), timestamp=now)


@router.get(
    "/{event_id}/seats",
    response_model=Success[EventSeatsAnswer],
    responses={**OPEN, **UNCHANGED},
)
async def seats(
    *,
    event_id: str,
    request: Request,
    runtime: Runtime,
    who: Anybody,
    section: _Name = None,
    price_tier: _Name = None,
    status: ShownStatus = "available",
) -> Response:
    """Seats by section and row; `status=all` shows the taken ones, too. `summary` is of the whole
    event. Send the ETag back as `If-None-Match` to ask for changes. `timestamp` is when the seats
    were like this first."""
    wanted = Wanted(section, price_tier, status)
    encoded = await run(pages_of(runtime).get, event_id, wanted, include_drafts=_sees_drafts(who))
    return answered(request, encoded)


def _sees_drafts(who: Principal | None) -> bool:
    return who is not None and who.may(Scope.READ)
