"""The rules of the waitlist: who may join, who is due, and what becomes of an offer.

First in, first offered: the earliest entry whose whole quantity fits into what is free of its tier
is due; one that does not fit is passed over and keeps its place.
"""

from dataclasses import replace
from datetime import datetime

from booking_core.domain.allocation import choose_seats
from booking_core.domain.bookings import BookingItem, BookingState
from booking_core.domain.changing import held_until, live_hold, release
from booking_core.domain.claims import Decision, Ledger
from booking_core.domain.commands import (
    BookingCommand,
    HoldBest,
    HoldPlaces,
    Release,
)
from booking_core.domain.consequences import Consequences
from booking_core.domain.holding import holding, require_on_sale, seat_items, tier_named
from booking_core.domain.inventory import Kind, OrphanRule
from booking_core.domain.policies.offers import OFFERS
from booking_core.domain.waitlist import WAITLIST_TRANSITIONS, WaitlistEntry, WaitlistState
from booking_core.domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist
from booking_core.errors import (
    IllegalTransition,
    InvalidRequest,
    NotEnoughPlaces,
    SeatsAvailable,
)
from booking_core.ids import new_id

SPAN = 0, 1

# What becomes of an entry when the booking it was offered does; anything else takes it.
_FOLLOWS = {
    BookingState.EXPIRED: WaitlistState.EXPIRED,
    BookingState.RELEASED: WaitlistState.DECLINED,
}


def join(ledger: Ledger, command: JoinWaitlist, seq: int, now: datetime) -> WaitlistEntry:
    """A new entry. What has expired must have been closed, and what is free offered, before."""
    if ledger.layout.leg_count > 1:
        raise InvalidRequest(
            "There is no waitlist where places are sold from stop to stop.", field="inventory_id"
        )
    require_on_sale(ledger, 0, now)
    ledger.inventory.holds.require_within_limit(0, command.quantity, "quantity")
    tier = None if command.tier is None else tier_named(ledger, command.tier)
    entry = WaitlistEntry(
        id=new_id(),
        inventory_id=ledger.inventory.id,
        customer_id=command.customer_id,
        tier_id=None if tier is None else tier.id,
        quantity=command.quantity,
        preferences=command.preferences,
        state=WaitlistState.WAITING,
        seq=seq,
        joined_at=now,
    )
    _require_worth_waiting(ledger, entry)
    return entry


def _require_worth_waiting(ledger: Ledger, entry: WaitlistEntry) -> None:
    capacities = {tier.id: tier.capacity for tier in ledger.layout.tiers.values()}
    if _most(ledger, entry, capacities) < entry.quantity:
        raise NotEnoughPlaces(
            f"There are not {entry.quantity} such places in all. Ask for fewer.",
            field="quantity",
            available=_most(ledger, entry, capacities),
            requested=entry.quantity,
        )
    if fits(ledger, entry):
        raise SeatsAvailable(
            f"{entry.quantity} places can be had now: there is no need to wait for them.",
            available=_most(ledger, entry, free_by_tier(ledger)),
        )


def free_by_tier(ledger: Ledger) -> dict[str, int]:
    """Places neither held nor sold by tier id; expired holds count until they are closed."""
    return {tier_id: ledger.free_places(tier_id) for tier_id in ledger.layout.tiers}


def most_for_any(kind: Kind, free: dict[str, int]) -> int:
    """What somebody who does not mind the tier can get: seats of several tiers, but counted
    places of one alone, as with any other hold."""
    return sum(free.values()) if kind is Kind.SEATED else max(free.values(), default=0)


def _most(ledger: Ledger, entry: WaitlistEntry, free: dict[str, int]) -> int:
    if entry.tier_id is None:
        return most_for_any(ledger.inventory.kind, free)
    return free[entry.tier_id]


def fits(ledger: Ledger, entry: WaitlistEntry) -> bool:
    """Whether the whole quantity is free of what is waited for."""
    return _most(ledger, entry, free_by_tier(ledger)) >= entry.quantity


def may_offer(ledger: Ledger, now: datetime) -> bool:
    """Nothing is offered that could not be bought."""
    return ledger.inventory.on_sale and ledger.boarding_time(0) > now


def freed_places(decision: Decision) -> bool:
    """Whether a decision left a tier with more places than before."""
    changes = (decision.counts or {}).values()
    return any(change.held + change.sold < 0 for change in changes)


def offer(ledger: Ledger, entry: WaitlistEntry, now: datetime) -> Decision:
    """A hold of what an entry waits for, in its customer's name. It must fit; all claims are
    known. The customer's limit does not count: nobody loses a turn by holding something else."""
    WAITLIST_TRANSITIONS.require(entry.state, WaitlistState.OFFERED)
    until = OFFERS.expiry(now, ledger.boarding_time(0))
    seated = ledger.inventory.kind is Kind.SEATED
    kind = HoldBest if seated else HoldPlaces
    command = kind(
        inventory_id=entry.inventory_id, customer_id=entry.customer_id, quantity=entry.quantity
    )
    items = _best_seats(ledger, entry, now) if seated else _places(ledger, entry)
    made = holding(ledger, command, SPAN, now, items, until=until)
    offered = replace(
        entry,
        state=WaitlistState.OFFERED,
        booking_id=made.after.id,
        offered_at=now,
        offer_expires_at=until,
    )
    return replace(made, action="offered", consequences=Consequences(waitlist=offered))


def _best_seats(ledger: Ledger, entry: WaitlistEntry, now: datetime) -> tuple[BookingItem, ...]:
    # A rule against single seats must not keep anybody waiting beside free ones.
    rule = ledger.inventory.orphan_rule
    seats = choose_seats(
        ledger.layout.rows,
        lambda seat_id: ledger.is_free(seat_id, *SPAN, now),
        entry.quantity,
        tier_id=entry.tier_id,
        orphan_rule=OrphanRule.PREFER if rule is OrphanRule.ENFORCE else rule,
    )
    return seat_items(ledger, seats, SPAN)


def _places(ledger: Ledger, entry: WaitlistEntry) -> tuple[BookingItem, ...]:
    free = free_by_tier(ledger)
    for tier in ledger.layout.tiers.values():
        if entry.tier_id in {None, tier.id} and free[tier.id] >= entry.quantity:
            return (BookingItem(tier.id, tier.name, tier.price, quantity=entry.quantity),)
    raise NotEnoughPlaces("No tier has room for what was to be offered.", field="quantity")


def accept(ledger: Ledger, command: AcceptOffer, now: datetime) -> Decision:
    """The offer is taken: its hold becomes an ordinary one, with time left to pay."""
    hold = live_hold(ledger, command, now)
    _require_offered(ledger, command)
    starts_at = ledger.boarding_time(0)
    until = OFFERS.accepted_expiry(hold.expires_at, now, starts_at, ledger.inventory.holds)
    return held_until(ledger, hold, until, AcceptOffer.verb)


def decline(ledger: Ledger, command: DeclineOffer, now: datetime) -> Decision:
    """What was offered goes back; `leaves` says that its customer wants no other either."""
    live_hold(ledger, command, now)
    entry = _require_offered(ledger, command)
    decision = release(
        ledger, Release(booking_id=command.booking_id, customer_id=command.customer_id), now
    )
    if not command.leaves:
        return decision
    left = replace(entry, state=WaitlistState.LEFT, closed_at=now)
    return replace(decision, consequences=Consequences(waitlist=left))


def _require_offered(ledger: Ledger, command: BookingCommand) -> WaitlistEntry:
    entry = ledger.offers.get(command.booking_id)
    if entry is None or entry.state is not WaitlistState.OFFERED:
        raise IllegalTransition("This is not on offer any more: it has been accepted.")
    return entry


def leave(entry: WaitlistEntry, now: datetime) -> WaitlistEntry:
    """An entry that waits, without its customer."""
    WAITLIST_TRANSITIONS.require(entry.state, WaitlistState.LEFT)
    return replace(entry, state=WaitlistState.LEFT, closed_at=now)


def in_step(ledger: Ledger, decision: Decision, now: datetime) -> Decision:
    """The same decision, with what it means for the entry whose offer it is about."""
    entry = ledger.offers.get(decision.after.id)
    if entry is None or entry.state is not WaitlistState.OFFERED:
        return decision
    consequences = decision.consequences or Consequences()
    if consequences.waitlist is not None:
        return decision
    state = _FOLLOWS.get(decision.after.state, WaitlistState.ACCEPTED)
    WAITLIST_TRANSITIONS.require(entry.state, state)
    closed = replace(entry, state=state, closed_at=now)
    return replace(decision, consequences=replace(consequences, waitlist=closed))
