"""Short ways to put events on the programme."""

from datetime import timedelta
from typing import Any

from booking_core import BookingSystem
from booking_core.domain.programme import (
    EventDraft,
    EventOffer,
    PriceTier,
    Section,
    Venue,
    VenueDraft,
)
from tests.support.builders import STARTS_AT

CLERK: dict[str, Any] = {"actor": "clerk", "origin": "192.0.2.7"}
SECTIONS = (Section("VIP", ("A", "B"), 4, 30_000), Section("Stalls", ("A", "C"), 5, 5_000))
TIERS = (PriceTier("General", 1_000, 10), PriceTier("VIP", 5_000, 4))


def venue_draft(**changes: Any) -> VenueDraft:
    return VenueDraft(
        **{
            "name": "Central Park Arena",
            "address": "123 Park Avenue",
            "city": "New York",
            "country": "USA",
            "capacity": 500,
            "time_zone": "America/New_York",
            **changes,
        }
    )


def put_venue(system: BookingSystem, **changes: Any) -> Venue:
    return system.venues.create(venue_draft(**changes), **CLERK)


def event_draft(venue: Venue, **changes: Any) -> EventDraft:
    """A counted event at STARTS_AT of three hours; `sections` make it a seated one."""
    starts_at = changes.pop("starts_at", STARTS_AT)
    sold = {} if "sections" in changes or "seating_plan" in changes else {"price_tiers": TIERS}
    return EventDraft(
        **{
            "venue_id": venue.id,
            "name": "Summer Music Festival",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=3),
            **sold,
            **changes,
        }
    )


def put_event(system: BookingSystem, venue: Venue | None = None, **changes: Any) -> EventOffer:
    draft = event_draft(venue or put_venue(system), **changes)
    return system.events.create(draft, **CLERK)
