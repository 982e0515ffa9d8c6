"""The rules of every command: (ledger, command, now) → decision, or an error from the tree.

Nothing is changed here; the caller applies a decision to the ledger before it asks for the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from booking_core.domain.allocation import choose_seats
from booking_core.domain.bookings import (
    BOOKING_TRANSITIONS,
    Booking,
    BookingItem,
    BookingState,
)
from booking_core.domain.claims import Claim, Decision, Ledger, TierCount
from booking_core.domain.commands import (
    BookingCommand,
    Cancel,
    Command,
    Confirm,
    Expire,
    Extend,
    Hold,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    Release,
    booking_not_found,
    seat_not_found,
)
from booking_core.domain.inventory import Kind, Layout, OrphanRule, Seat, Tier
from booking_core.domain.orphans import require_no_orphans
from booking_core.domain.pricing import journey_price
from booking_core.errors import (
    ConstraintViolated,
    DeparturePassed,
    HoldExpired,
    InvalidRequest,
    NotCancellable,
    NotEnoughPlaces,
    NotOnSale,
    SeatTaken,
    TierNotFound,
)
from booking_core.ids import new_id

Span = tuple[int, int]


def decide(ledger: Ledger, command: Command, now: datetime) -> Decision:
    """What `command` does to `ledger` at `now`. Raises a BookingError where a rule refuses it."""
    return _RULES[type(command)](ledger, command, now)


def expire_overdue(ledger: Ledger, now: datetime) -> list[Decision]:
    """Decisions that close every known hold whose time is over."""
    return [_closing(ledger, hold, BookingState.EXPIRED, now) for hold in ledger.expired_holds(now)]


def lacks_room(ledger: Ledger, command: HoldPlaces) -> bool:
    """Whether the tier asked for, or the first one where none is, seems to have too few places.

    Expired holds still count then; they have to be expired before `command` is decided.
    """
    tiers = ledger.layout.tiers.values()
    asked = [tier for tier in tiers if command.tier in {None, tier.id, tier.name}]
    return bool(asked) and ledger.free_places(asked[0].id) < command.quantity


def _hold_seats(ledger: Ledger, command: HoldSeats, now: datetime) -> Decision:
    span = _require_open(ledger, command, now, Kind.SEATED)
    known = ledger.layout.seats
    seats = []
    for seat_id in command.seat_ids:
        seat = known.get(seat_id)
        if seat is None:
            raise seat_not_found(seat_id)
        seats.append(seat)
    _require_within_limit(ledger, command, len(seats))
    for seat in seats:
        if not ledger.is_free(seat.id, *span, now):
            raise SeatTaken(
                f"Seat {seat.label} is taken. Look at the seat map again and choose another.",
                field="seat_ids",
                seat_id=seat.id,
            )
    if ledger.inventory.orphan_rule is OrphanRule.ENFORCE:
        _require_no_orphans(ledger, seats, span, now)
    return _holding(ledger, command, span, now, _seat_items(ledger, seats, span))


def _hold_best(ledger: Ledger, command: HoldBest, now: datetime) -> Decision:
    span = _require_open(ledger, command, now, Kind.SEATED)
    _require_within_limit(ledger, command, command.quantity)
    tier = None if command.tier is None else _tier(ledger, command.tier)
    seats = choose_seats(
        ledger.layout.rows,
        lambda seat_id: ledger.is_free(seat_id, *span, now),
        command.quantity,
        tier_id=None if tier is None else tier.id,
        adjacent=command.adjacent,
        orphan_rule=ledger.inventory.orphan_rule,
    )
    return _holding(ledger, command, span, now, _seat_items(ledger, seats, span))


def _hold_places(ledger: Ledger, command: HoldPlaces, now: datetime) -> Decision:
    span = _require_open(ledger, command, now, Kind.COUNTED)
    _require_within_limit(ledger, command, command.quantity)
    tiers = ledger.layout.tiers
    candidates = list(tiers.values()) if command.tier is None else [_tier(ledger, command.tier)]
    for tier in candidates:
        if ledger.free_places(tier.id) >= command.quantity:
            item = BookingItem(tier.id, tier.name, tier.price, quantity=command.quantity)
            return _holding(ledger, command, span, now, (item,))
    available = max(ledger.free_places(tier.id) for tier in candidates)
    raise NotEnoughPlaces(
        f"{available} places are left where {command.quantity} were asked for. "
        "Ask for fewer, or for another tier.",
        field="quantity",
        available=available,
        requested=command.quantity,
    )


def _extend(ledger: Ledger, command: Extend, now: datetime) -> Decision:
    booking = _live_hold(ledger, command, now)
    expires_at = ledger.inventory.holds.extended_expiry(
        booking.held_at, booking.expires_at, now, command.duration
    )
    return Decision(
        Extend.verb,
        booking,
        replace(booking, expires_at=expires_at),
        put=tuple(claim._replace(expires_at=expires_at) for claim in _all_claims(ledger, booking)),
    )


def _confirm(ledger: Ledger, command: Confirm, now: datetime) -> Decision:
    booking = _live_hold(ledger, command, now)
    return Decision(
        Confirm.verb,
        booking,
        replace(
            booking,
            state=BookingState.CONFIRMED,
            confirmed_at=now,
            refunds=ledger.inventory.refunds,
        ),
        put=tuple(claim._replace(expires_at=None) for claim in _all_claims(ledger, booking)),
        counts=_counts(booking, held=-1, sold=+1),
    )


def _release(ledger: Ledger, command: Release, now: datetime) -> Decision:
    return _closing(ledger, _live_hold(ledger, command, now), BookingState.RELEASED, now)


def _expire(ledger: Ledger, command: Expire, now: datetime) -> Decision:
    booking = _own_booking(ledger, command)
    BOOKING_TRANSITIONS.require(booking.state, BookingState.EXPIRED)
    if booking.expires_at > now:
        raise InvalidRequest(
            f"This hold lives until {booking.expires_at.isoformat()}. Release it to end it sooner.",
            field="booking_id",
        )
    return _closing(ledger, booking, BookingState.EXPIRED, now)


def _cancel(ledger: Ledger, command: Cancel, now: datetime) -> Decision:
    booking = _own_booking(ledger, command)
    if booking.state is BookingState.HELD:
        raise NotCancellable("This booking is still a hold. Release it instead of cancelling.")
    BOOKING_TRANSITIONS.require(booking.state, BookingState.CANCELLED)
    policy = booking.refunds or ledger.inventory.refunds
    starts_at = _boarding_time(ledger, booking.from_leg)
    return Decision(
        Cancel.verb,
        booking,
        replace(
            booking,
            state=BookingState.CANCELLED,
            closed_at=now,
            refunded=policy.refund(booking.amount, starts_at, now),
        ),
        freed=tuple((claim.seat_id, claim.leg) for claim in _all_claims(ledger, booking)),
        counts=_counts(booking, sold=-1),
    )


_RULES: dict[type[Command], Callable[[Ledger, Any, datetime], Decision]] = {
    HoldSeats: _hold_seats,
    HoldBest: _hold_best,
    HoldPlaces: _hold_places,
    Extend: _extend,
    Release: _release,
    Confirm: _confirm,
    Cancel: _cancel,
    Expire: _expire,
}


def _require_open(ledger: Ledger, command: Hold, now: datetime, kind: Kind) -> Span:
    """The legs asked for. Raises where this inventory does not sell such places now."""
    inventory, layout = ledger.inventory, ledger.layout
    if inventory.kind is not kind:
        raise InvalidRequest(
            "This inventory sells counted places: ask for a quantity, not for seats."
            if kind is Kind.SEATED
            else "This inventory sells numbered seats: name seats, or ask for the best.",
            field="inventory_id",
        )
    legs = layout.leg_count
    to_leg = legs if command.to_leg is None else command.to_leg
    if not 0 <= command.from_leg < to_leg <= legs:
        raise InvalidRequest(
            f"Legs run from 0 to {legs}; {command.from_leg} to {to_leg} is no part of them.",
            field="from_leg",
        )
    if not inventory.on_sale:
        raise NotOnSale(f"{inventory.name} is not on sale.", field="inventory_id")
    if _boarding_time(ledger, command.from_leg) <= now:
        raise DeparturePassed(
            f"{inventory.name} has already started. Choose a later one.", field="inventory_id"
        )
    return command.from_leg, to_leg


def _boarding_time(ledger: Ledger, leg: int) -> datetime:
    legs = ledger.layout.legs
    return legs[leg].departs_at if legs else ledger.inventory.starts_at


def _require_within_limit(ledger: Ledger, command: Hold, wanted: int) -> None:
    held = ledger.held_places(command.customer_id)
    field = "seat_ids" if isinstance(command, HoldSeats) else "quantity"
    ledger.inventory.holds.require_within_limit(held, wanted, field)


def _require_no_orphans(ledger: Ledger, seats: Sequence[Seat], span: Span, now: datetime) -> None:
    rows = {id(row): row for row in (ledger.layout.row_of[seat.id] for seat in seats)}
    require_no_orphans(
        rows.values(),
        lambda seat_id: ledger.is_free(seat_id, *span, now),
        {seat.id for seat in seats},
    )


def _tier(ledger: Ledger, name_or_id: str) -> Tier:
    tiers = ledger.layout.tiers
    for tier in tiers.values():
        if name_or_id in {tier.id, tier.name}:
            return tier
    names = ", ".join(tier.name for tier in tiers.values())
    raise TierNotFound(f"There is no tier {name_or_id} here; there are: {names}.", field="tier")


def _seat_items(ledger: Ledger, seats: Sequence[Seat], span: Span) -> tuple[BookingItem, ...]:
    return tuple([_seat_item(ledger.layout, seat, span) for seat in seats])


def _seat_item(layout: Layout, seat: Seat, span: Span) -> BookingItem:
    """The item is the same for every buyer, so it is made once."""
    known = layout.items.get((seat.id, span))
    if known is None:
        price = journey_price(layout.tiers[seat.tier_id].price, layout.legs, *span)
        known = BookingItem(seat.tier_id, seat.label, price, seat_id=seat.id)
        layout.items[seat.id, span] = known
    return known


def _holding(
    ledger: Ledger,
    command: Hold,
    span: Span,
    now: datetime,
    items: tuple[BookingItem, ...],
) -> Decision:
    booking_id = new_id()
    expires_at = ledger.inventory.holds.expiry(now, command.duration)
    places = amount = 0
    put: list[Claim] = []
    held: dict[str, int] = {}
    for item in items:
        places += item.quantity
        amount += item.quantity * item.unit_price
        fresh = item.quantity
        if item.seat_id is not None:
            claims = [Claim(item.seat_id, leg, booking_id, expires_at) for leg in range(*span)]
            put += claims
            # A claim taken over from an expired hold is already counted as held.
            fresh = sum((item.seat_id, claim.leg) not in ledger.claims for claim in claims)
        if fresh:
            held[item.tier_id] = held.get(item.tier_id, 0) + fresh
    booking = Booking(
        id=booking_id,
        inventory_id=command.inventory_id,
        customer_id=command.customer_id,
        state=BookingState.HELD,
        items=items,
        places=places,
        from_leg=span[0],
        to_leg=span[1],
        amount=amount,
        currency=ledger.layout.currency,
        held_at=now,
        expires_at=expires_at,
    )
    counts = {tier_id: TierCount(fresh, 0) for tier_id, fresh in held.items()}
    return Decision("held", None, booking, put=tuple(put), counts=counts)


def _own_booking(ledger: Ledger, command: BookingCommand) -> Booking:
    booking = ledger.bookings.get(command.booking_id)
    if booking is None or command.customer_id not in (None, booking.customer_id):
        raise booking_not_found(command.booking_id)
    return booking


def _live_hold(ledger: Ledger, command: BookingCommand, now: datetime) -> Booking:
    """The caller's booking, held and not expired."""
    booking = _own_booking(ledger, command)
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


_TARGETS: dict[type[BookingCommand], BookingState] = {
    Extend: BookingState.HELD,
    Release: BookingState.RELEASED,
    Confirm: BookingState.CONFIRMED,
}


def _all_claims(ledger: Ledger, booking: Booking) -> list[Claim]:
    """Every claim of a live booking; nobody may have taken one over."""
    own = ledger.own_claims(booking)
    if len(own) != len(booking.seat_ids) * (booking.to_leg - booking.from_leg):
        raise ConstraintViolated(
            f"Booking {booking.id} has lost claims it should have. Run `booking fsck`.",
            booking_id=booking.id,
        )
    return own


def _closing(ledger: Ledger, hold: Booking, state: BookingState, now: datetime) -> Decision:
    """End a hold. Of an expired one others may have taken some claims over: it frees its own."""
    own = ledger.own_claims(hold)
    if hold.seat_ids:
        counts: dict[str, TierCount] = {}
        for claim in own:
            tier_id = ledger.layout.seats[claim.seat_id].tier_id
            counts[tier_id] = counts.get(tier_id, TierCount()).plus(-1, 0)
    else:
        counts = _counts(hold, held=-1)
    return Decision(
        str(state),
        hold,
        replace(hold, state=state, closed_at=now),
        freed=tuple((claim.seat_id, claim.leg) for claim in own),
        counts=counts,
    )


def _counts(booking: Booking, *, held: int = 0, sold: int = 0) -> dict[str, TierCount]:
    """Count changes for all places of a booking: `held` and `sold` are -1, 0 or +1."""
    legs = booking.to_leg - booking.from_leg
    counts: dict[str, TierCount] = {}
    for item in booking.items:
        places = item.quantity * (legs if item.seat_id is not None else 1)
        before = counts.get(item.tier_id, TierCount())
        counts[item.tier_id] = before.plus(held * places, sold * places)
    return counts
