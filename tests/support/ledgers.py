"""Inventories in memory, for the rules alone: no database, no engine.

Ids are readable where the rules only compare them; seats go by their labels.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from booking_core.domain.bookings import Booking, BookingItem, BookingState
from booking_core.domain.claims import Claim, Ledger, TierCount
from booking_core.domain.commands import Command, HoldBest, HoldPlaces, HoldSeats
from booking_core.domain.decisions import decide
from booking_core.domain.inventory import (
    Inventory,
    InventoryDraft,
    Layout,
    Seat,
    Tier,
)
from booking_core.errors import BookingError
from tests.support.builders import NOW

INVENTORY_ID = "01976e00-0000-7000-8000-000000000001"


def seat_id(label: str) -> str:
    """A canonical id that a seat of this label has."""
    return f"01976e00-0000-7000-8000-{label.encode().hex():0>12}"


def layout_of(draft: InventoryDraft) -> Layout:
    """What the database would give for a draft: a tier's id is its name in lower case."""
    legs = max(len(draft.legs), 1)
    seats = {}
    for new in draft.seats:
        label = f"{new.section}{new.row}{new.number}"
        seats[seat_id(label)] = Seat(
            seat_id(label),
            new.tier.lower(),
            new.section,
            new.row,
            new.number,
            new.position,
            new.type,
        )
    tiers = {
        tier.name.lower(): Tier(
            tier.name.lower(),
            tier.name,
            tier.price,
            sum(seat.tier == tier.name for seat in draft.seats) * legs or tier.capacity,
        )
        for tier in draft.tiers
    }
    return Layout(INVENTORY_ID, 1, draft.kind, draft.currency, tuple(draft.legs), tiers, seats)


def ledger_of(
    draft: InventoryDraft,
    *,
    counts: dict[str, TierCount] | None = None,
    claims: Iterable[Claim] = (),
    bookings: Iterable[Booking] = (),
    held_places: dict[str, int] | None = None,
    version: int = 0,
) -> Ledger:
    """A ledger of the draft, with counters that go with the claims unless they are given."""
    layout = layout_of(draft)
    claims = tuple(claims)
    return Ledger(
        Inventory(
            INVENTORY_ID,
            draft.name,
            draft.kind,
            draft.starts_at,
            draft.on_sale,
            version,
            1,
            draft.holds,
            draft.refunds,
            draft.orphan_rule,
        ),
        layout,
        counts=_recount(layout, claims) if counts is None else counts,
        claims=claims,
        bookings=bookings,
        held_places=held_places,
    )


def _recount(layout: Layout, claims: Iterable[Claim]) -> dict[str, TierCount]:
    counts = dict.fromkeys(layout.tiers, TierCount())
    for claim in claims:
        tier_id = layout.seats[claim.seat_id].tier_id
        sold = claim.expires_at is None
        counts[tier_id] = counts[tier_id].plus(0 if sold else 1, 1 if sold else 0)
    return counts


def hold_seats(*labels: str, customer: str = "ann", **options: object) -> HoldSeats:
    """A command to hold seats by their labels."""
    return HoldSeats(
        inventory_id=INVENTORY_ID,
        customer_id=customer,
        actor=customer,
        seat_ids=tuple(seat_id(label) for label in labels),
        **options,  # type: ignore[arg-type]  # options are passed on
    )


def hold_best(quantity: int, *, customer: str = "ann", **options: object) -> HoldBest:
    return HoldBest(
        inventory_id=INVENTORY_ID,
        customer_id=customer,
        actor=customer,
        quantity=quantity,
        **options,  # type: ignore[arg-type]  # options are passed on
    )


def hold_places(quantity: int, *, customer: str = "ann", **options: object) -> HoldPlaces:
    return HoldPlaces(
        inventory_id=INVENTORY_ID,
        customer_id=customer,
        actor=customer,
        quantity=quantity,
        **options,  # type: ignore[arg-type]  # options are passed on
    )


def apply(ledger: Ledger, command: Command, now: datetime = NOW) -> Booking:
    """Decide a command and make it so."""
    decision = decide(ledger, command, now)
    ledger.apply(decision, command.actor)
    return decision.after


def refuse(
    ledger: Ledger, command: Command, error: type[BookingError], now: datetime = NOW
) -> BookingError:
    """Assert that a command is refused by exactly this error, and that nothing came of it."""
    before = (dict(ledger.claims), dict(ledger.counts), dict(ledger.bookings), ledger.version)
    with pytest.raises(BookingError) as refused:
        decide(ledger, command, now)
    assert type(refused.value) is error
    assert before == (ledger.claims, ledger.counts, ledger.bookings, ledger.version)
    return refused.value


def a_booking(booking_id: str = "b1", **changes: object) -> Booking:
    """A live hold of seat 1A over three legs, for 90.00."""
    hold = Booking(
        id=booking_id,
        inventory_id=INVENTORY_ID,
        customer_id="ann",
        state=BookingState.HELD,
        items=(BookingItem("standard", "1A", 9_000, seat_id=seat_id("1A")),),
        places=1,
        from_leg=0,
        to_leg=3,
        amount=9_000,
        currency="EUR",
        held_at=NOW,
        expires_at=NOW + timedelta(minutes=15),
    )
    return replace(hold, **changes)  # type: ignore[arg-type]  # options are passed on
