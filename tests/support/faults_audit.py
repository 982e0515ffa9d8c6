"""What is wrong with a database after a race, by a recount of our own and by fsck."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import BOOKING_TRANSITIONS, Booking, BookingState
from tests.support.raw import rows

_EVERYTHING = 1_000_000
# What the activity log calls a step that leaves a hold a hold.
_KEEPING = {"extended", "accepted"}
# What it calls the beginning of one, and of one that is offered to whoever waits.
_BEGINNING = {"offered"}


def problems(url: str, outcomes: Iterable[Any], clock: ManualClock | None = None) -> list[str]:
    """Everything that must not be: seats or places sold twice, customers above the cap, answers
    that contradict the database, illegal histories, violations found by fsck."""
    with BookingSystem.open(url, clock=clock) as system:
        stored = system.bookings(limit=_EVERYTHING)
        now = system.now()
        live = [b for b in stored if b.state is BookingState.CONFIRMED or b.is_live_hold(now)]
        return [
            *seats_taken_twice(live),
            *places_oversold(system, live),
            *customers_above_cap(url, [b for b in live if b.is_live_hold(now)]),
            *answers_not_kept(stored, [o for o in outcomes if isinstance(o, Booking)]),
            *illegal_histories(url),
            *(f"fsck: {v.check}: {v.detail}" for v in system.fsck().violations),
        ]


def seats_taken_twice(live: Iterable[Booking]) -> list[str]:
    """(seat, leg) of more than one live booking."""
    taken = Counter(
        (seat_id, leg)
        for booking in live
        for seat_id in booking.seat_ids
        for leg in range(booking.from_leg, booking.to_leg)
    )
    return [f"seat {key} is taken {count} times" for key, count in taken.items() if count > 1]


def places_oversold(system: BookingSystem, live: Iterable[Booking]) -> list[str]:
    """Tiers of counted places with more in live bookings than there are."""
    taken: Counter[str] = Counter()
    for booking in live:
        for item in booking.items:
            if item.seat_id is None:
                taken[item.tier_id] += item.quantity
    return [
        f"{taken[tier.id]} places of {tier.capacity} are taken"
        for inventory in system.inventories()
        for tier in system.tiers(inventory.id)
        if taken[tier.id] > tier.capacity
    ]


def customers_above_cap(url: str, holds: Iterable[Booking]) -> list[str]:
    held: Counter[tuple[str, str]] = Counter()
    for booking in holds:
        held[booking.inventory_id, booking.customer_id] += booking.places
    caps = dict(rows(url, "SELECT id, customer_limit FROM inventories"))
    return [
        f"{customer_id} holds {places}, more than {caps[inventory_id]}"
        for (inventory_id, customer_id), places in held.items()
        if places > caps[inventory_id]
    ]


def answers_not_kept(stored: Sequence[Booking], answered: Sequence[Booking]) -> list[str]:
    """Bookings answered that are not there, or that are in a state nobody could have meant."""
    by_id = {booking.id: booking for booking in stored}
    found = []
    for booking in answered:
        kept = by_id.get(booking.id)
        if kept is None:
            found.append(f"booking {booking.id} was answered but is not there")
        elif kept.state is not booking.state and not _leads_to(booking.state, kept.state):
            found.append(f"booking {booking.id} was {booking.state} and became {kept.state}")
    return found


def _leads_to(earlier: BookingState, later: BookingState) -> bool:
    """Whether a booking may become `later`, over any number of steps."""
    return any(
        BOOKING_TRANSITIONS.allows(earlier, step) and (step is later or _leads_to(step, later))
        for step in BookingState
    )


def illegal_histories(url: str) -> list[str]:
    """Bookings whose acts, in order, are not a path through the table of transitions."""
    acts: dict[str, list[str]] = defaultdict(list)
    for booking_id, action in rows(
        url,
        "SELECT entity_id, action FROM activity_log WHERE entity = 'booking' "
        "ORDER BY inventory_id, seq",
    ):
        acts[booking_id].append(action)
    return [
        f"booking {booking_id} went {' → '.join(path)}"
        for booking_id, path in acts.items()
        if not _is_legal(path)
    ]


def _is_legal(path: Sequence[str]) -> bool:
    are_holds = _KEEPING | _BEGINNING
    states = [BookingState.HELD if act in are_holds else BookingState(act) for act in path]
    if states[0] is not BookingState.HELD:
        return False
    return all(
        BOOKING_TRANSITIONS.allows(before, after) or (act in _KEEPING and before is after)
        for before, after, act in zip(states, states[1:], path[1:], strict=False)
    )
