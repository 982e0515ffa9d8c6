"""What makes sense as an inventory to be created, and of one that was called off. What makes no
sense raises InvalidRequest, naming the field."""

import re
from datetime import timedelta

from booking_core.domain.inventory import Inventory, InventoryDraft, Kind
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import EventCancelled, InvalidRequest
from booking_core.ids import is_storable

_CURRENCY = re.compile("[A-Z]{3}")
_SHORTEST_HOLD = timedelta(seconds=1)


def require_consistent(draft: InventoryDraft) -> None:
    """Raises InvalidRequest where a draft contradicts itself."""
    if not draft.name.strip() or not is_storable(draft.name) or not draft.tiers:
        raise InvalidRequest("An inventory needs a name and at least one tier.", field="name")
    if not _CURRENCY.fullmatch(draft.currency):
        raise InvalidRequest(
            f"{draft.currency!r} is no currency; write its ISO 4217 code, as EUR.", field="currency"
        )
    _require_times_consistent(draft)
    _require_holds_consistent(draft.holds)
    if (draft.kind is Kind.SEATED) != bool(draft.seats):
        raise InvalidRequest(
            "Numbered seats go with a seated inventory, and only with it.", field="seats"
        )
    if draft.kind is Kind.COUNTED and draft.legs:
        raise InvalidRequest("Counted places have no legs.", field="legs")
    names = [tier.name for tier in draft.tiers]
    if len(set(names)) != len(names):
        raise InvalidRequest("Two tiers have the same name.", field="tiers")
    if any(tier.price < 0 or tier.capacity < 0 for tier in draft.tiers):
        raise InvalidRequest("Prices and capacities cannot be negative.", field="tiers")
    _require_seats_consistent(draft, set(names))


def require_not_cancelled(inventory: Inventory) -> None:
    """Raises EventCancelled where it was called off."""
    if inventory.is_cancelled:
        raise EventCancelled(
            f"{inventory.name} was cancelled. Choose another event.", field="inventory_id"
        )


def _require_times_consistent(draft: InventoryDraft) -> None:
    if draft.starts_at.tzinfo is None:
        raise InvalidRequest("A start needs a time zone.", field="starts_at")
    if draft.ends_at is not None and (
        draft.ends_at.tzinfo is None or draft.ends_at < draft.starts_at
    ):
        raise InvalidRequest("An end has a time zone and follows the start.", field="ends_at")
    for leg in draft.legs:
        if leg.departs_at.tzinfo is None or leg.arrives_at.tzinfo is None:
            raise InvalidRequest("The times of a leg need a time zone.", field="legs")
        if leg.arrives_at < leg.departs_at:
            raise InvalidRequest(f"Leg {leg.number} ends before it begins.", field="legs")


def _require_holds_consistent(holds: HoldPolicy) -> None:
    if holds.duration < _SHORTEST_HOLD or holds.longest < holds.duration:
        raise InvalidRequest(
            "A hold lasts at least a second, and its absolute cap at least as long.", field="holds"
        )
    if holds.customer_limit < 1:
        raise InvalidRequest("A customer may hold at least one place.", field="holds")


def _require_seats_consistent(draft: InventoryDraft, tiers: set[str]) -> None:
    labels = set()
    for seat in draft.seats:
        if seat.tier not in tiers:
            raise InvalidRequest(f"Seat {seat.row}{seat.number} has no tier.", field="seats")
        label = (seat.section, seat.row, seat.number)
        if label in labels:
            raise InvalidRequest(f"Two seats are called {' '.join(label)}.", field="seats")
        labels.add(label)
    if draft.seats and tiers - {seat.tier for seat in draft.seats}:
        raise InvalidRequest("A tier has no seats.", field="tiers")
