"""What makes sense as a venue or an event. All raise InvalidRequest, naming the field."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson

from booking_core.domain.commands import LONGEST_REASON
from booking_core.domain.programme import EventDraft, PriceTier, Section, Venue
from booking_core.domain.timetable_rules import (
    FIRST_YEAR,
    HIGHEST_PRICE,
    LAST_YEAR,
    require_text,
)
from booking_core.errors import InvalidRequest
from booking_core.ids import is_storable

LONGEST_NAME = 200
LONGEST_LINE = 200
LONGEST_DESCRIPTION = 10_000
LONGEST_LABEL = 50
LARGEST_LAYOUT = 256 << 10
MOST_PLACES = 1_000_000
MOST_SEATS = 100_000
MOST_SECTIONS = 500
LONGEST_EVENT = timedelta(days=366)


def require_venue(venue: Venue) -> None:
    """Texts that can be read, a size, a zone, and a layout that can be stored."""
    for field in ("name", "address", "city", "country"):
        require_text(field, getattr(venue, field), LONGEST_LINE)
    for field in ("state", "postal_code"):
        require_storable(field, getattr(venue, field), LONGEST_LINE)
    require_capacity(venue.capacity)
    require_zone(venue.time_zone)
    try:
        layout = orjson.dumps(dict(venue.layout_config)).decode()
    except (TypeError, ValueError):
        raise InvalidRequest("A layout is a JSON object.", field="layout_config") from None
    if len(layout) > LARGEST_LAYOUT or "\\u0000" in layout:
        raise InvalidRequest(
            f"A layout has up to {LARGEST_LAYOUT >> 10} KB of JSON without NUL.",
            field="layout_config",
        )


def require_event(draft: EventDraft, venue: Venue) -> None:
    """Everything but what a seating plan says."""
    require_text("name", draft.name, LONGEST_NAME)
    require_storable("description", draft.description, LONGEST_DESCRIPTION)
    require_event_times(draft.starts_at, draft.ends_at)
    kinds = (draft.sections, draft.price_tiers, draft.seating_plan)
    if sum(bool(given) for given in kinds) != 1:
        raise InvalidRequest(
            "An event sells seats by sections, or on a seating plan, or places by price tiers: "
            "give one of them.",
            field="sections",
        )
    _require_sections(draft.sections)
    _require_price_tiers(draft.price_tiers)
    if draft.capacity is not None:
        require_fits(draft.capacity, venue)


def require_event_times(starts_at: datetime, ends_at: datetime) -> None:
    """An end after the start."""
    for field, time in (("starts_at", starts_at), ("ends_at", ends_at)):
        if time.tzinfo is None:
            raise InvalidRequest("A time needs an offset from UTC, or Z.", field=field)
        if not FIRST_YEAR < time.year < LAST_YEAR:
            raise InvalidRequest(
                f"An event lies between the years {FIRST_YEAR} and {LAST_YEAR}.", field=field
            )
    if not timedelta() < ends_at - starts_at <= LONGEST_EVENT:
        raise InvalidRequest(
            f"An event ends after it starts, within {LONGEST_EVENT.days} days.", field="ends_at"
        )


def require_fits(capacity: int, venue: Venue) -> None:
    """No more than the venue takes."""
    require_capacity(capacity)
    if capacity > venue.capacity:
        raise InvalidRequest(
            f"{venue.name} takes {venue.capacity} people, not {capacity}.", field="capacity"
        )


def require_within(places: int, capacity: int, field: str) -> None:
    """What is on sale is no more than the ceiling."""
    if places > capacity:
        raise InvalidRequest(
            f"{places} seats or places are to be sold where the event takes {capacity}.",
            field=field,
        )


def require_capacity(capacity: int) -> None:
    if not 1 <= capacity <= MOST_PLACES:
        raise InvalidRequest(f"A capacity lies between 1 and {MOST_PLACES}.", field="capacity")


def require_reason(reason: str | None) -> None:
    if reason is not None:
        require_storable("reason", reason, LONGEST_REASON)


def require_storable(field: str, text: str, longest: int) -> None:
    """A text that may be empty."""
    if len(text) > longest or not is_storable(text):
        raise InvalidRequest(f"{field} takes up to {longest} characters.", field=field)


def require_zone(time_zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone)
    except (LookupError, ValueError, OSError):
        raise InvalidRequest(
            f"There is no time zone {time_zone}. Write for example Europe/Berlin.",
            field="time_zone",
        ) from None


def _require_sections(sections: tuple[Section, ...]) -> None:
    if len(sections) > MOST_SECTIONS:
        raise InvalidRequest(f"An event has up to {MOST_SECTIONS} sections.", field="sections")
    _require_different((section.name for section in sections), "sections", "sections")
    for section in sections:
        require_text("sections", section.name, LONGEST_LABEL)
        if not section.rows or section.seats_per_row < 1:
            raise InvalidRequest(
                f"Section {section.name} needs rows, with a seat at least in each.",
                field="sections",
            )
        for row in section.rows:
            require_text("sections", row, LONGEST_LABEL)
        _require_different(section.rows, f"rows of {section.name}", "sections")
        _require_price(section.price, "sections")
    if sum(len(section.rows) * section.seats_per_row for section in sections) > MOST_SEATS:
        raise InvalidRequest(f"An event has up to {MOST_SEATS} seats.", field="sections")


def _require_price_tiers(tiers: tuple[PriceTier, ...]) -> None:
    if len(tiers) > MOST_SECTIONS:
        raise InvalidRequest(f"An event has up to {MOST_SECTIONS} tiers.", field="price_tiers")
    _require_different((tier.tier for tier in tiers), "tiers", "price_tiers")
    for tier in tiers:
        require_text("price_tiers", tier.tier, LONGEST_LABEL)
        if not 1 <= tier.capacity <= MOST_PLACES:
            raise InvalidRequest(
                f"Tier {tier.tier} has 1 to {MOST_PLACES} places.", field="price_tiers"
            )
        _require_price(tier.price, "price_tiers")


def _require_price(price: int, field: str) -> None:
    if not 0 <= price <= HIGHEST_PRICE:
        raise InvalidRequest("A price is not negative, and not that high.", field=field)


def _require_different(names: Iterable[str], what: str, field: str) -> None:
    given = list(names)
    if len(set(given)) != len(given):
        raise InvalidRequest(f"Two of the {what} have the same name.", field=field)
