"""`/api/v1/admin/venues`: where events take place."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from booking_api.calls import run
from booking_api.contracts.event.envelope import Listing, Now, Pagination, Success
from booking_api.contracts.event.errors import OWN, WRITE
from booking_api.contracts.event.event_views import VenueView, venue_of
from booking_api.deps import Manager, Reader, Repeat, System
from booking_api.fields import Page, PerPage, named_in
from booking_api.models import Body, Line, Text
from booking_core.domain.programme import VenueChanges, VenueDraft

router = APIRouter(prefix="/api/v1/admin/venues", tags=["Event: administration"])

_Capacity = Annotated[int, Field(ge=1, le=10_000_000, examples=[50_000])]
_ZoneName = Annotated[Text, Field(max_length=64, examples=["America/New_York"])]
_Line = Annotated[Text, Field(max_length=200)]


class VenueBody(Body):
    """`layout_config` is any JSON object, kept as it is."""

    name: Line
    city: Line
    capacity: _Capacity
    address: _Line = ""
    state: _Line = ""
    country: _Line = ""
    postal_code: _Line = ""
    layout_config: dict[str, Any] = Field(default_factory=dict)
    time_zone: _ZoneName = "UTC"


class VenueChange(Body):
    """What is left out stays as it is."""

    name: Line | None = None
    city: Line | None = None
    capacity: _Capacity | None = None
    address: _Line | None = None
    state: _Line | None = None
    country: _Line | None = None
    postal_code: _Line | None = None
    layout_config: dict[str, Any] | None = None
    time_zone: _ZoneName | None = None


@router.post("", status_code=201, responses=WRITE)
async def create(
    asked: VenueBody, who: Manager, system: System, call: Repeat, now: Now
) -> Success[VenueView]:
    """Admin: put up a venue."""
    draft = VenueDraft(**asked.model_dump())
    with named_in("body"):
        venue = await run(system.venues.create, draft, actor=who.actor, origin=call.origin)
    return Success[VenueView](data=venue_of(venue), message="Venue created", timestamp=now)


@router.get("", responses=OWN)
async def list_venues(
    _: Reader,
    system: System,
    now: Now,
    search: Annotated[Text | None, Query(max_length=200)] = None,
    page: Page = 1,
    per_page: PerPage = 20,
) -> Listing[VenueView]:
    """Admin: venues by name."""
    found, total = await run(
        system.venues.find, limit=per_page, offset=(page - 1) * per_page, search=search
    )
    return Listing[VenueView](
        data=[venue_of(one) for one in found],
        pagination=Pagination.of(page, per_page, total),
        timestamp=now,
    )


@router.get("/{venue_id}", responses=OWN)
async def show(venue_id: str, _: Reader, system: System, now: Now) -> Success[VenueView]:
    """Admin: one venue, its layout included."""
    venue = await run(system.venues.get, venue_id)
    return Success[VenueView](data=venue_of(venue), timestamp=now)


@router.put("/{venue_id}", responses=WRITE)
async def change(
    *, venue_id: str, asked: VenueChange, who: Manager, system: System, call: Repeat, now: Now
) -> Success[VenueView]:
    """Admin: change a venue, its layout included. Events that are there keep their seats."""
    changes = VenueChanges(**asked.model_dump())
    with named_in("body"):
        venue = await run(
            system.venues.update, venue_id, changes, actor=who.actor, origin=call.origin
        )
    return Success[VenueView](data=venue_of(venue), message="Venue updated", timestamp=now)
