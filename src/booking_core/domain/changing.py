"""The rules of holds that exist: extend, release, confirm, expire."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from booking_core.domain.bookings import BOOKING_TRANSITIONS, Booking, BookingItem, BookingState
from booking_core.domain.claims import Claim, Decision, Ledger, TierCount
from booking_core.domain.commands import (
    BookingCommand,
    Confirm,
    Expire,
    Extend,
    Release,
    booking_not_found,
)
from booking_core.domain.consequences import Consequences, issue_tickets
from booking_core.domain.inventory_rules import require_not_cancelled
from booking_core.domain.waitlist_commands import AcceptOffer, DeclineOffer
from booking_core.errors import (
    ConstraintViolated,
    HoldExpired,
    InvalidRequest,
)

_TARGETS: dict[type[BookingCommand], BookingState] = {
    Extend: BookingState.HELD,
    AcceptOffer: BookingState.HELD,
    DeclineOffer: BookingState.RELEASED,
    Release: BookingState.RELEASED,
    Confirm: BookingState.CONFIRMED,
}


def extend(ledger: Ledger, command: Extend, now: datetime) -> Decision:
    booking = live_hold(ledger, command, now)
    require_not_cancelled(ledger.inventory)
    expires_at = ledger.inventory.holds.extended_expiry(
        booking.held_at, booking.expires_at, now, command.duration
    )
    extended = held_until(ledger, booking, expires_at, Extend.verb)
    return replace(extended, consequences=_because(command.reason))


def held_until(ledger: Ledger, hold: Booking, expires_at: datetime, action: str) -> Decision:
    """A hold with another end."""
    return Decision(
        action,
        hold,
        replace(hold, expires_at=expires_at),
        put=tuple(claim._replace(expires_at=expires_at) for claim in all_claims(ledger, hold)),
    )


def confirm(ledger: Ledger, command: Confirm, now: datetime) -> Decision:
    hold = live_hold(ledger, command, now)
    require_not_cancelled(ledger.inventory)
    return confirmed(ledger, hold, now)


def confirmed(
    ledger: Ledger, hold: Booking, now: datetime, claims: Sequence[Claim] | None = None
) -> Decision:
    """The sale of a hold, with its tickets, and with a reference unless it had one. `claims` are
    its own by default."""
    after = replace(
        hold,
        state=BookingState.CONFIRMED,
        confirmed_at=now,
        refunds=ledger.inventory.refunds,
        reference=hold.reference or ledger.numbers.reference(now),
    )
    own = all_claims(ledger, hold) if claims is None else claims
    return Decision(
        Confirm.verb,
        hold,
        after,
        put=tuple(claim._replace(expires_at=None) for claim in own),
        counts=count_changes(hold, hold.items, held=-1, sold=+1),
        consequences=Consequences(tickets=issue_tickets(ledger.numbers, after, now)),
    )


def release(ledger: Ledger, command: Release, now: datetime) -> Decision:
    """Also lifts a block, for an operator."""
    hold = live_hold(ledger, command, now, may_be_block=command.customer_id is None)
    released = closing(ledger, hold, BookingState.RELEASED, now)
    return replace(released, consequences=_because(command.reason))


def _because(reason: str | None) -> Consequences | None:
    return None if reason is None else Consequences(reason=reason)


def expire(ledger: Ledger, command: Expire, now: datetime) -> Decision:
    booking = own_booking(ledger, command)
    BOOKING_TRANSITIONS.require(booking.state, BookingState.EXPIRED)
    if booking.expires_at > now:
        raise InvalidRequest(
            f"This hold lives until {booking.expires_at.isoformat()}. Release it to end it sooner.",
            field="booking_id",
        )
    return closing(ledger, booking, BookingState.EXPIRED, now)


def own_booking(ledger: Ledger, command: BookingCommand) -> Booking:
    """The booking named. Raises BookingNotFound, also where it is another customer's."""
    booking = ledger.bookings.get(command.booking_id)
    if booking is None or command.customer_id not in (None, booking.customer_id):
        raise booking_not_found(command.booking_id)
    return booking


def live_hold(
    ledger: Ledger, command: BookingCommand, now: datetime, *, may_be_block: bool = False
) -> Booking:
    """The caller's booking, held and not expired. Raises BookingNotFound, HoldExpired,
    IllegalTransition."""
    booking = own_booking(ledger, command)
    if booking.is_block and not may_be_block:
        raise booking_not_found(command.booking_id)
    if booking.state is BookingState.EXPIRED or (
        booking.state is BookingState.HELD and booking.expires_at <= now
    ):
        raise HoldExpired(
            f"This hold expired at {booking.expires_at.isoformat()}. Hold the seats anew.",
            expired_at=booking.expires_at.isoformat(),
        )
    if booking.state is not BookingState.HELD:
        BOOKING_TRANSITIONS.require(booking.state, _TARGETS[type(command)])
    return booking


def all_claims(ledger: Ledger, booking: Booking) -> list[Claim]:
    """Every claim of a live booking; nobody may have taken one over."""
    own = ledger.own_claims(booking)
    if len(own) != len(booking.seat_ids) * (booking.to_leg - booking.from_leg):
        raise ConstraintViolated(
            f"Booking {booking.id} has lost claims it should have. Run `booking fsck`.",
            booking_id=booking.id,
        )
    return own


def closing(ledger: Ledger, hold: Booking, state: BookingState, now: datetime) -> Decision:
    """End a hold. Of an expired one others may have taken some claims over: it frees its own."""
    own = ledger.own_claims(hold)
    if hold.seat_ids:
        counts: dict[str, TierCount] = {}
        for claim in own:
            tier_id = ledger.layout.seats[claim.seat_id].tier_id
            counts[tier_id] = counts.get(tier_id, TierCount()).plus(-1, 0)
    else:
        counts = count_changes(hold, hold.items, held=-1)
    return Decision(
        str(state),
        hold,
        replace(hold, state=state, closed_at=now),
        freed=tuple((claim.seat_id, claim.leg) for claim in own),
        counts=counts,
    )


def count_changes(
    booking: Booking, items: Iterable[BookingItem], *, held: int = 0, sold: int = 0
) -> dict[str, TierCount]:
    """Count changes for all places of a booking's items: `held` and `sold` are -1, 0 or +1."""
    legs = booking.to_leg - booking.from_leg
    counts: dict[str, TierCount] = {}
    for item in items:
        places = item.quantity * (legs if item.seat_id is not None else 1)
        before = counts.get(item.tier_id, TierCount())
        counts[item.tier_id] = before.plus(held * places, sold * places)
    return counts
