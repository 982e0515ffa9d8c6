"""What is to be sold of an event, as an inventory: by sections, by tiers, or on a seating plan."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product

from booking_core.domain.inventory import Kind, OrphanRule, SeatDraft, TierDraft
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.programme import (
    EventDraft,
    PerformanceDraft,
    SeatingPlan,
    Section,
    Venue,
)
from booking_core.domain.programme_rules import (
    MOST_SEATS,
    require_event,
    require_fits,
    require_within,
)
from booking_core.engine.importers.plan import plan_of
from booking_core.engine.importers.plan_nodes import Node, parse_document
from booking_core.errors import InvalidRequest
from booking_core.trades import events as trade


def performance(
    draft: EventDraft, venue: Venue, holds: HoldPolicy, now: datetime
) -> PerformanceDraft:
    """All that is created with an event. Raises InvalidRequest, ImportFailed."""
    require_event(draft, venue)
    tiers, seats = _offered(draft, venue, now)
    places = len(seats) or sum(tier.capacity for tier in tiers)
    ceiling = places if draft.capacity is None else draft.capacity
    require_fits(ceiling, venue)
    require_within(places, ceiling, "price_tiers" if draft.price_tiers else "sections")
    return PerformanceDraft(
        name=draft.name.strip(),
        kind=Kind.SEATED if seats else Kind.COUNTED,
        starts_at=draft.starts_at.astimezone(UTC),
        ends_at=draft.ends_at.astimezone(UTC),
        time_zone=venue.time_zone,
        currency=draft.currency,
        tiers=tiers,
        seats=seats,
        source_ref=draft.source_ref,
        on_sale=not draft.is_draft,
        holds=holds,
        refunds=trade.REFUNDS,
        orphan_rule=OrphanRule.PREFER if seats else OrphanRule.OFF,
        venue=venue.id,
        description=draft.description,
        ceiling=ceiling,
        is_draft=draft.is_draft,
    )


Offered = tuple[tuple[TierDraft, ...], tuple[SeatDraft, ...]]


def _offered(draft: EventDraft, venue: Venue, now: datetime) -> Offered:
    if draft.price_tiers:
        counted = (TierDraft(tier.tier, tier.price, tier.capacity) for tier in draft.price_tiers)
        return tuple(counted), ()
    if draft.seating_plan is not None:
        return _planned(draft, draft.seating_plan, venue, now)
    tiers = tuple(TierDraft(section.name, section.price) for section in draft.sections)
    return tiers, tuple(seat for section in draft.sections for seat in _seats(section))


def _seats(section: Section) -> list[SeatDraft]:
    """Row by row, the first in front."""
    return [
        SeatDraft(section.name, section.name, row, str(number), number - 1)
        for row, number in product(section.rows, range(1, section.seats_per_row + 1))
    ]


def _planned(draft: EventDraft, plan: SeatingPlan, venue: Venue, now: datetime) -> Offered:
    document = plan.document
    root = (
        Node(plan.name, "", dict(document))
        if isinstance(document, Mapping)
        else parse_document(document, plan.name)
    )
    found = plan_of(
        root,
        starts_at=draft.starts_at,
        time_zone=venue.time_zone,
        now=now,
        default_price=plan.default_price,
        prices=plan.prices,
        currency=draft.currency,
        name=draft.name,
    )
    if len(found.seats) > MOST_SEATS:
        raise InvalidRequest(f"An event has up to {MOST_SEATS} seats.", field="seating_plan")
    return tuple(found.tiers), tuple(found.seats)
