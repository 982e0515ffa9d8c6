"""The rules of new holds: on seats that are named, on the best seats, on counted places."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from booking_core.domain.allocation import choose_seats
from booking_core.domain.bookings import FOREVER, Booking, BookingItem, BookingState
from booking_core.domain.claims import Claim, Decision, Ledger, TierCount
from booking_core.domain.commands import (
    Block,
    Hold,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    seat_not_found,
)
from booking_core.domain.consequences import Consequences
from booking_core.domain.discounts import discounted, total
from booking_core.domain.inventory import Kind, Layout, OrphanRule, Seat, Tier
from booking_core.domain.orphans import require_no_orphans
from booking_core.domain.pricing import journey_price
from booking_core.domain.vouchers import VoucherUse
from booking_core.errors import (
    DeparturePassed,
    InvalidRequest,
    NotEnoughPlaces,
    NotOnSale,
    SeatTaken,
    TierNotFound,
)
from booking_core.ids import new_id

Span = tuple[int, int]
Items = tuple[BookingItem, ...]


def hold_seats(ledger: Ledger, command: HoldSeats, now: datetime) -> Decision:
    span = _require_open(ledger, command, now, Kind.SEATED)
    seats = _named_seats(ledger.layout, command)
    _require_within_limit(ledger, command, len(seats))
    _require_free(ledger, seats, span, now)
    if ledger.inventory.orphan_rule is OrphanRule.ENFORCE:
        _require_no_orphans(ledger, seats, span, now)
    return holding(ledger, command, span, now, seat_items(ledger, seats, span))


def block(ledger: Ledger, command: Block, now: datetime) -> Decision:
    """An operator's hold without an end, on sale or not, at no price."""
    seat = ledger.layout.seats.get(command.seat_id)
    if seat is None:
        raise seat_not_found(command.seat_id)
    span = 0, ledger.layout.leg_count
    _require_free(ledger, [seat], span, now)
    items = (BookingItem(seat.tier_id, seat.label, 0, seat_id=seat.id),)
    decision = holding(ledger, command, span, now, items, until=FOREVER)
    return replace(decision, action="blocked", consequences=Consequences(reason=command.reason))


def hold_best(ledger: Ledger, command: HoldBest, now: datetime) -> Decision:
    span = _require_open(ledger, command, now, Kind.SEATED)
    _require_within_limit(ledger, command, command.quantity)
    tier = None if command.tier is None else tier_named(ledger, command.tier)
    seats = choose_seats(
        ledger.layout.rows,
        lambda seat_id: ledger.is_free(seat_id, *span, now),
        command.quantity,
        tier_id=None if tier is None else tier.id,
        adjacent=command.adjacent,
        orphan_rule=ledger.inventory.orphan_rule,
    )
    return holding(ledger, command, span, now, seat_items(ledger, seats, span))


def hold_places(ledger: Ledger, command: HoldPlaces, now: datetime) -> Decision:
    span = _require_open(ledger, command, now, Kind.COUNTED)
    _require_within_limit(ledger, command, command.quantity)
    tiers = ledger.layout.tiers
    candidates = (
        list(tiers.values()) if command.tier is None else [tier_named(ledger, command.tier)]
    )
    for tier in candidates:
        if ledger.free_places(tier.id) >= command.quantity:
            item = BookingItem(tier.id, tier.name, tier.price, quantity=command.quantity)
            return holding(ledger, command, span, now, (item,))
    available = max(ledger.free_places(tier.id) for tier in candidates)
    raise NotEnoughPlaces(
        f"{available} places are left where {command.quantity} were asked for. "
        "Ask for fewer, or for another tier.",
        field="quantity",
        available=available,
        requested=command.quantity,
    )


def lacks_room(ledger: Ledger, command: HoldPlaces) -> bool:
    """Whether the tier asked for, or the first one where none is, seems to have too few places.

    Expired holds still count then; they have to be expired before `command` is decided.
    """
    tiers = ledger.layout.tiers.values()
    asked = [tier for tier in tiers if command.tier in {None, tier.id, tier.name}]
    return bool(asked) and ledger.free_places(asked[0].id) < command.quantity


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
    require_on_sale(ledger, command.from_leg, now)
    return command.from_leg, to_leg


def require_on_sale(ledger: Ledger, from_leg: int, now: datetime) -> None:
    """Raises NotOnSale; DeparturePassed where it has left from there."""
    inventory = ledger.inventory
    if not inventory.on_sale:
        raise NotOnSale(f"{inventory.name} is not on sale.", field="inventory_id")
    if ledger.boarding_time(from_leg) <= now:
        raise DeparturePassed(
            f"{inventory.name} has already started. Choose a later one.", field="inventory_id"
        )


def _named_seats(layout: Layout, command: HoldSeats) -> list[Seat]:
    seats = []
    for seat_id in command.seat_ids:
        seat = layout.seats.get(seat_id)
        if seat is None:
            raise seat_not_found(seat_id)
        seats.append(seat)
    return seats


def _require_within_limit(ledger: Ledger, command: Hold, wanted: int) -> None:
    held = ledger.held_places(command.customer_id)
    field = "seat_ids" if isinstance(command, HoldSeats) else "quantity"
    ledger.inventory.holds.require_within_limit(held, wanted, field)


def _require_free(ledger: Ledger, seats: Sequence[Seat], span: Span, now: datetime) -> None:
    for seat in seats:
        if not ledger.is_free(seat.id, *span, now):
            raise SeatTaken(
                f"Seat {seat.label} is taken. Look at the seat map again and choose another.",
                field="seat_ids",
                seat_id=seat.id,
            )


def _require_no_orphans(ledger: Ledger, seats: Sequence[Seat], span: Span, now: datetime) -> None:
    require_no_orphans(
        (ledger.layout.row_of[seat.id] for seat in seats),
        lambda seat_id: ledger.is_free(seat_id, *span, now),
        {seat.id for seat in seats},
    )


def tier_named(ledger: Ledger, name_or_id: str) -> Tier:
    """Raises TierNotFound."""
    tiers = ledger.layout.tiers
    for tier in tiers.values():
        if name_or_id in {tier.id, tier.name}:
            return tier
    names = ", ".join(tier.name for tier in tiers.values())
    raise TierNotFound(f"There is no tier {name_or_id} here; there are: {names}.", field="tier")


def seat_items(ledger: Ledger, seats: Sequence[Seat], span: Span) -> tuple[BookingItem, ...]:
    """What these seats cost on some legs."""
    return tuple([_seat_item(ledger.layout, seat, span) for seat in seats])


def _seat_item(layout: Layout, seat: Seat, span: Span) -> BookingItem:
    """The item is the same for every buyer, so it is made once."""
    known = layout.items.get((seat.id, span))
    if known is None:
        price = journey_price(layout.tiers[seat.tier_id].price, layout.legs, *span)
        known = BookingItem(seat.tier_id, seat.label, price, seat_id=seat.id)
        layout.items[seat.id, span] = known
    return known


def holding(
    ledger: Ledger,
    command: Hold,
    span: Span,
    now: datetime,
    items: Items,
    *,
    until: datetime | None = None,
) -> Decision:
    """The hold itself, of items that are free, `until` then or for as long as is asked for."""
    booking_id = new_id()
    items, consequences = _at_lower_price(ledger, command, now, booking_id, items)
    expires_at = until or ledger.inventory.holds.expiry(now, command.duration)
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
    return Decision("held", None, booking, put=tuple(put), counts=counts, consequences=consequences)


def _at_lower_price(
    ledger: Ledger, command: Hold, now: datetime, booking_id: str, items: Items
) -> tuple[Items, Consequences | None]:
    """What is held, by the voucher that the command names."""
    if command.voucher is None:
        return items, None
    layout = ledger.layout
    voucher = ledger.vouchers.usable(command.voucher, layout.inventory_id, layout.currency, now)
    reduced = discounted(items, voucher)
    use = VoucherUse(booking_id, voucher.id, total(items) - total(reduced))
    return reduced, Consequences(voucher=use)
