"""The event trade's programme: venues, and events, the performances at them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from booking_core.domain.inventory import InventoryDraft, Kind
from booking_core.domain.seat_map import SeatMap

DEFAULT_CURRENCY = "INR"


@dataclass(frozen=True, slots=True)
class VenueDraft:
    """A venue to be put up. `layout_config` is any JSON object, kept as it is; `time_zone` is by
    its IANA name. `source_ref` names where it came from: an import that finds it takes that one.
    """

    name: str
    address: str
    city: str
    country: str
    capacity: int
    state: str = ""
    postal_code: str = ""
    layout_config: Mapping[str, Any] = field(default_factory=dict)
    time_zone: str = "UTC"
    source_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Venue:
    """Where events take place. `capacity` is the most people it takes."""

    id: str
    name: str
    address: str
    city: str
    state: str
    country: str
    postal_code: str
    capacity: int
    layout_config: Mapping[str, Any]
    time_zone: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueChanges:
    """What is to be different; None stays as it is."""

    name: str | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    postal_code: str | None = None
    capacity: int | None = None
    layout_config: Mapping[str, Any] | None = None
    time_zone: str | None = None


class EventState(StrEnum):
    """What was decided about an event; what it shows as follows from the time, too."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class EventStatus(StrEnum):
    """How an event shows: published ones by the time."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    ONGOING = "ongoing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Section:
    """Numbered seats to be sold: `seats_per_row` in each of `rows`, numbered from 1; `price` in
    minor units. The section is their tier, too."""

    name: str
    rows: tuple[str, ...]
    seats_per_row: int
    price: int


@dataclass(frozen=True, slots=True)
class PriceTier:
    """Counted places to be sold; `price` in minor units."""

    tier: str
    price: int
    capacity: int


@dataclass(frozen=True, slots=True)
class SeatingPlan:
    """A plan in pretix's JSON layout, parsed or as it was uploaded. `prices` by category and
    `default_price` of the others are in minor units."""

    document: Mapping[str, Any] | bytes
    default_price: int
    prices: Mapping[str, int] = field(default_factory=dict)
    name: str = "seating plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """An event to be created: with sections, or with price tiers, or on a seating plan.

    `capacity` is the ceiling of what these come to; without it, it is what they come to. Times
    are aware; `source_ref` names where it came from and is unique.
    """

    venue_id: str
    name: str
    starts_at: datetime
    ends_at: datetime
    capacity: int | None = None
    description: str = ""
    sections: tuple[Section, ...] = ()
    price_tiers: tuple[PriceTier, ...] = ()
    seating_plan: SeatingPlan | None = None
    currency: str = DEFAULT_CURRENCY
    is_draft: bool = False
    source_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceDraft(InventoryDraft):
    """An inventory that is an event: created together with it. `venue` is one's id, or one to be
    put up where it is not there yet; the event takes at most `ceiling` people."""

    venue: str | VenueDraft
    description: str
    ceiling: int
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One performance at a venue; it owns an inventory. Times are aware UTC, to be shown in
    `time_zone`; `capacity` is the ceiling of what may be on sale."""

    id: str
    inventory_id: str
    venue: Venue
    name: str
    description: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    capacity: int
    currency: str
    time_zone: str
    state: EventState
    on_sale: bool
    created_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None

    def status(self, now: datetime) -> EventStatus:
        """How it shows at a time."""
        if self.state is not EventState.PUBLISHED:
            return EventStatus(self.state)
        if now < self.starts_at:
            return EventStatus.UPCOMING
        return EventStatus.ONGOING if now < self.ends_at else EventStatus.COMPLETED


@dataclass(frozen=True, slots=True)
class TierOffer:
    """A tier of an event: `price` in minor units, and how many of its `capacity` are free."""

    id: str
    tier: str
    price: int
    capacity: int
    available: int


@dataclass(frozen=True, slots=True)
class EventOffer:
    """An event as it stood at `at`, with what it has to sell; tiers in their order."""

    event: Event
    tiers: tuple[TierOffer, ...]
    at: datetime

    @property
    def status(self) -> EventStatus:
        return self.event.status(self.at)

    @property
    def available(self) -> int:
        """Places free. What is off sale or over keeps its count."""
        return sum(tier.available for tier in self.tiers)

    @property
    def places(self) -> int:
        """Seats or places on sale in all, at most the event's capacity."""
        return sum(tier.capacity for tier in self.tiers)

    @property
    def min_price(self) -> int:
        """Minor units."""
        return min(tier.price for tier in self.tiers)

    @property
    def max_price(self) -> int:
        """Minor units."""
        return max(tier.price for tier in self.tiers)


@dataclass(frozen=True)
class EventSeats:
    """An event with its seats: `seat_map` is iterable as (seat, status); empty where places are
    counted."""

    event: Event
    seat_map: SeatMap

    @cached_property
    def prices(self) -> Mapping[str, int]:
        """Minor units, by tier id."""
        return {tier.id: tier.price for tier in self.seat_map.layout.tiers.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events are asked for; what is None does not matter. Drafts are there only where
    `include_drafts`.

    `start_date` and `end_date` are whole days in `time_zone`, both included, and are about the
    start; `search` is looked for in name and description, whatever case and accents.
    """

    status: EventStatus | None = None
    venue_id: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    search: str | None = None
    time_zone: str = "UTC"
    include_drafts: bool = False
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChanges:
    """What is to be different; None stays as it is.

    `publish` puts a draft on sale. `tier_capacities` are new sizes of counted tiers by name:
    never fewer than are sold or held.
    """

    name: str | None = None
    description: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    capacity: int | None = None
    publish: bool = False
    tier_capacities: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CancellationProgress:
    """How far the bookings of a cancelled event are given back.

    `total` bookings were sold when it was cancelled or later, `done` of them are cancelled;
    `refunded` of these have their money back (or paid nothing). `holds` still wait to be released.
    """

    event_id: str
    total: int
    done: int
    refunded: int
    holds: int

    @property
    def is_done(self) -> bool:
        """Whether every booking is cancelled and every hold released; refunds may be under way."""
        return self.done == self.total and not self.holds
