"""`/api/v1/admin/events`: putting events on, changing them, calling them off."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from booking_api.calls import run, run_slow
from booking_api.contracts.event.drafts import (
    PriceTierBody,
    SeatConfiguration,
    SeatingPlanBody,
    plan_of,
    sections_of,
    tiers_of,
)
from booking_api.contracts.event.envelope import Now, Success
from booking_api.contracts.event.errors import OWN, WRITE
from booking_api.contracts.event.event_views import EventDetails, details_of
from booking_api.deps import Admin, Manager, Reader, Repeat, Runtime, System
from booking_api.fields import TimeIn, named_in
from booking_api.models import Answer, Body, Line, Text
from booking_core.domain.programme import (
    DEFAULT_CURRENCY,
    CancellationProgress,
    EventChanges,
    EventDraft,
)

router = APIRouter(prefix="/api/v1/admin/events", tags=["Event: administration"])

_Description = Annotated[Text, Field(max_length=10_000)]
_Capacity = Annotated[int, Field(ge=1, le=10_000_000, examples=[10_000])]
_FIELDS = {
    "starts_at": "start_time",
    "ends_at": "end_time",
    "sections": "seat_configuration",
    "tier_capacities": "price_tiers",
}


class EventBody(Body):
    """Numbered seats by `seat_configuration` or by a `seating_plan`, or counted places by
    `price_tiers`. `capacity` is the ceiling of what these come to."""

    name: Line
    description: _Description = ""
    venue_id: Line
    start_time: TimeIn
    end_time: TimeIn
    capacity: _Capacity | None = None
    seat_configuration: SeatConfiguration | None = None
    price_tiers: Annotated[list[PriceTierBody], Field(min_length=1, max_length=100)] | None = None
    seating_plan: SeatingPlanBody | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = DEFAULT_CURRENCY
    status: Literal["draft", "upcoming"] = "upcoming"


class TierSize(Body):
    tier: Line
    capacity: _Capacity


class EventChange(Body):
    """What is left out stays as it is. `price_tiers` are new sizes of counted tiers, never below
    what is sold and held of them. `"status": "upcoming"` publishes a draft."""

    name: Line | None = None
    description: _Description | None = None
    start_time: TimeIn | None = None
    end_time: TimeIn | None = None
    capacity: _Capacity | None = None
    price_tiers: Annotated[list[TierSize], Field(max_length=100)] | None = None
    status: Literal["upcoming"] | None = None


class CancelBody(Body):
    reason: Annotated[Text, Field(max_length=500)] | None = None


class Progress(Answer):
    """Of `total` bookings that were sold `done` are cancelled, `refunded` of them with their money
    back; `holds` are still to be released."""

    total: int
    done: int
    refunded: int
    holds: int
    is_done: bool


class CalledOff(Answer):
    event: EventDetails
    cancellation: Progress


@router.post("", status_code=201, responses=WRITE)
async def create(
    asked: EventBody, who: Manager, runtime: Runtime, call: Repeat, now: Now
) -> Success[EventDetails]:
    """Admin: put an event on the programme, on sale at once unless it is a draft."""
    with named_in("body", **_FIELDS):
        offer = await run_slow(
            runtime.system.events.create,
            _draft(asked),
            holds=runtime.settings.event_holds,
            actor=who.actor,
            origin=call.origin,
        )
    return Success[EventDetails](data=details_of(offer), message="Event created", timestamp=now)


@router.put("/{event_id}", responses=WRITE)
async def change(
    *, event_id: str, asked: EventChange, who: Manager, system: System, call: Repeat, now: Now
) -> Success[EventDetails]:
    """Admin: change an event. Who waits for places is served from those that are new."""
    with named_in("body", **_FIELDS):
        offer = await run(
            system.events.update, event_id, _changes(asked), actor=who.actor, origin=call.origin
        )
    return Success[EventDetails](data=details_of(offer), message="Event updated", timestamp=now)


@router.post("/{event_id}/publish", responses=WRITE)
async def publish(
    event_id: str, who: Manager, system: System, call: Repeat, now: Now
) -> Success[EventDetails]:
    """Admin: put a draft on sale."""
    offer = await run(system.events.publish, event_id, actor=who.actor, origin=call.origin)
    return Success[EventDetails](data=details_of(offer), message="Event published", timestamp=now)


@router.post("/{event_id}/cancel", responses=WRITE)
async def cancel(
    *,
    event_id: str,
    who: Admin,
    system: System,
    call: Repeat,
    now: Now,
    asked: CancelBody | None = None,
) -> Success[CalledOff]:
    """Admin: call an event off. All bookings are cancelled and refunded in the background."""
    reason = None if asked is None else asked.reason
    offer = await run(system.events.cancel, event_id, reason, actor=who.actor, origin=call.origin)
    progress = await run(system.events.cancellation_progress, event_id)
    return Success[CalledOff](
        data=CalledOff(event=details_of(offer), cancellation=_progress(progress)),
        message="Event cancelled",
        timestamp=now,
    )


@router.get("/{event_id}/cancellation", responses=OWN)
async def cancellation(event_id: str, _: Reader, system: System, now: Now) -> Success[Progress]:
    """Admin: how far a cancelled event is given back."""
    progress = await run(system.events.cancellation_progress, event_id)
    return Success[Progress](data=_progress(progress), timestamp=now)


def _draft(asked: EventBody) -> EventDraft:
    return EventDraft(
        venue_id=asked.venue_id,
        name=asked.name,
        description=asked.description,
        starts_at=asked.start_time,
        ends_at=asked.end_time,
        capacity=asked.capacity,
        sections=sections_of(asked.seat_configuration, asked.currency),
        price_tiers=tiers_of(asked.price_tiers, asked.currency),
        seating_plan=plan_of(asked.seating_plan, asked.currency),
        currency=asked.currency,
        is_draft=asked.status == "draft",
    )


def _changes(asked: EventChange) -> EventChanges:
    return EventChanges(
        name=asked.name,
        description=asked.description,
        starts_at=asked.start_time,
        ends_at=asked.end_time,
        capacity=asked.capacity,
        publish=asked.status is not None,
        tier_capacities={size.tier: size.capacity for size in asked.price_tiers or ()},
    )


def _progress(found: CancellationProgress) -> Progress:
    return Progress.model_validate(found)
