"""`/api/v1/waitlist`: waiting for places of what is sold out."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from booking_api.calls import run
from booking_api.contracts.event.booking_views import EventName, PendingBooking, pending_of
from booking_api.contracts.event.envelope import Listing, Now, Pagination, Success
from booking_api.contracts.event.errors import OWN, WRITE
from booking_api.deps import Customer, Repeat, System, user_id_of
from booking_api.fields import Page, PerPage
from booking_api.models import Answer, Body, Instant, Line
from booking_core import BookingSystem
from booking_core.domain.programme import Event
from booking_core.domain.waitlist import (
    NotificationPreferences,
    WaitlistEntry,
    WaitlistStanding,
    WaitlistState,
)

router = APIRouter(prefix="/api/v1/waitlist", tags=["Event: waitlist"])


class Preferences(Body):
    """How you want to hear of an offer."""

    email: bool = True
    sms: bool = False


class Join(Body):
    """`quantity` places, all or none; of a tier, if one is named."""

    event_id: Line
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1
    tier: Line | None = None
    notification_preferences: Preferences = Preferences()


class Standing(Answer):
    """`position` counts from 1 among those who wait; None for whoever does no more. What is
    offered is yours to accept until `offer_expires_at`; it holds `booking_id` for you."""

    waitlist_id: str
    status: WaitlistState
    position: int | None
    estimated_wait_time: str | None = Field(examples=["2-3 days"])
    event: EventName
    quantity: int
    notification_preferences: Preferences
    joined_at: Instant
    offer_expires_at: Instant | None
    booking_id: str | None


@router.post("/join", status_code=201, responses=WRITE)
async def join(
    asked: Join, who: Customer, system: System, call: Repeat, now: Now
) -> Success[Standing]:
    """Wait for places of an event; what becomes free is offered in the order of joining."""
    event = await run(system.event_bookings.event, asked.event_id)
    entry = await run(
        system.waitlist.join,
        event.inventory_id,
        user_id_of(who),
        quantity=asked.quantity,
        tier=asked.tier,
        preferences=NotificationPreferences(**asked.notification_preferences.model_dump()),
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    return await _answer(system, entry, now, "You are on the waitlist")


@router.get("", responses=OWN)
async def list_entries(
    *,
    who: Customer,
    system: System,
    now: Now,
    status: Annotated[list[WaitlistState] | None, Query(description="Any by default.")] = None,
    page: Page = 1,
    per_page: PerPage = 20,
) -> Listing[Standing]:
    """Where you stand, newest first."""
    found, total = await run(
        system.waitlist.of_customer,
        user_id_of(who),
        states=status or (),
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    return Listing[Standing](
        data=await run(_shown, system, found),
        pagination=Pagination.of(page, per_page, total),
        timestamp=now,
    )


@router.post("/{waitlist_id}/accept", responses=WRITE)
async def accept(
    waitlist_id: str, who: Customer, system: System, call: Repeat, now: Now
) -> Success[PendingBooking]:
    """Take what is offered: a pending booking, to be paid for."""
    booking = await run(
        system.waitlist.accept,
        waitlist_id,
        user_id_of(who),
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    booked = await run(system.event_bookings.get, booking.id)
    return Success[PendingBooking](data=pending_of(booked), message="Offer accepted", timestamp=now)


@router.post("/{waitlist_id}/decline", responses=WRITE)
async def decline(
    waitlist_id: str, who: Customer, system: System, call: Repeat, now: Now
) -> Success[Standing]:
    """Let what is offered go to the next."""
    entry = await run(
        system.waitlist.decline,
        waitlist_id,
        user_id_of(who),
        actor=who.actor,
        origin=call.origin,
        idempotency_key=call.key,
    )
    return await _answer(system, entry, now, "Offer declined")


@router.delete("/{waitlist_id}", responses=WRITE)
async def leave(
    waitlist_id: str, who: Customer, system: System, call: Repeat, now: Now
) -> Success[Standing]:
    """Wait no more; what is offered goes to the next."""
    entry = await run(
        system.waitlist.leave, waitlist_id, user_id_of(who), actor=who.actor, origin=call.origin
    )
    return await _answer(system, entry, now, "You wait no more")


async def _answer(
    system: BookingSystem, entry: WaitlistEntry, now: Now, message: str
) -> Success[Standing]:
    (shown,) = await run(_shown, system, [entry])
    return Success[Standing](data=shown, message=message, timestamp=now)


def _shown(system: BookingSystem, entries: list[WaitlistEntry]) -> list[Standing]:
    """Entries of departures, which another contract might have made, are left out."""
    events = system.events.by_inventory({entry.inventory_id for entry in entries})
    return [
        _standing(standing, events[standing.entry.inventory_id])
        for standing in system.waitlist.standings(entries)
        if standing.entry.inventory_id in events
    ]


def _standing(standing: WaitlistStanding, event: Event) -> Standing:
    entry = standing.entry
    return Standing(
        waitlist_id=entry.id,
        status=entry.state,
        position=standing.position,
        estimated_wait_time=standing.estimated_wait,
        event=EventName(id=event.id, name=event.name),
        quantity=entry.quantity,
        notification_preferences=Preferences(**entry.preferences.as_dict()),
        joined_at=entry.joined_at,
        offer_expires_at=entry.offer_expires_at,
        booking_id=entry.booking_id,
    )
