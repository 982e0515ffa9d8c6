"""A reference model of the engine: plain lists, nothing cached, nothing counted in advance.

It is told every command with its outcome, says whether that is what should have come out, and
remembers what changed. Where several rules refuse a command any of them may be given.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import (
    AnyCommand,
    BookingCommand,
    Cancel,
    Confirm,
    Expire,
    Extend,
    Hold,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    Release,
)
from booking_core.errors import BookingError

Outcome = Booking | BookingError
HOLD, LONGEST, LIMIT = timedelta(minutes=10), timedelta(minutes=25), 3
REFUND_HOURS, REFUND_PERCENT = 48, 50
KEY_LIFE = timedelta(hours=24)


@dataclass
class Known:
    """A booking as the model has it; `state` may lag behind where a hold is overdue."""

    id: str
    customer: str
    inventory: "Stock"
    seats: tuple[str, ...]
    legs: range
    tier: str
    places: int
    amount: int
    held_at: datetime
    expires_at: datetime
    state: str = "held"
    refunded: int | None = None

    def occupies(self, now: datetime) -> bool:
        return self.state == "confirmed" or (self.state == "held" and self.expires_at > now)

    def is_overdue(self, now: datetime) -> bool:
        return self.state == "held" and self.expires_at <= now

    def expire(self) -> None:
        """Closed by a sweeper, or to make room: an event that no command asked for."""
        self.state = "expired"
        self.inventory.events += 1


@dataclass
class Stock:
    """An inventory: seats over legs, or places per tier (name to (capacity, price))."""

    id: str
    starts_at: datetime
    seats: tuple[str, ...] = ()
    legs: int = 1
    price: int = 0
    tiers: dict[str, tuple[int, int]] = field(default_factory=dict)
    events: int = 0

    def boards_at(self, leg: int) -> datetime:
        return self.starts_at + timedelta(hours=leg)


class Model:
    """All inventories and bookings, and the answers given under idempotency keys."""

    def __init__(self) -> None:
        self.stocks: dict[str, Stock] = {}
        self.bookings: dict[str, Known] = {}
        self.answers: dict[tuple[str, str], tuple[AnyCommand, Outcome, datetime]] = {}

    # What is free

    def taken(self, stock: Stock, seat: str, legs: range, now: datetime) -> set[str]:
        """States of the bookings that occupy a seat on any of the legs."""
        return {
            known.state
            for known in self.bookings.values()
            if known.inventory is stock
            and seat in known.seats
            and set(legs) & set(known.legs)
            and known.occupies(now)
        }

    def free_seats(self, stock: Stock, legs: range, now: datetime) -> set[str]:
        return {seat for seat in stock.seats if not self.taken(stock, seat, legs, now)}

    def free_places(self, stock: Stock, tier: str, now: datetime) -> int:
        occupied = sum(
            known.places
            for known in self.bookings.values()
            if known.inventory is stock and known.tier == tier and known.occupies(now)
        )
        return stock.tiers[tier][0] - occupied

    def available(self, stock: Stock, now: datetime) -> int:
        if stock.seats:
            return len(self.free_seats(stock, range(stock.legs), now))
        return sum(self.free_places(stock, tier, now) for tier in stock.tiers)

    def held_by(self, stock: Stock, customer: str, now: datetime) -> int:
        return sum(
            known.places
            for known in self.bookings.values()
            if known.inventory is stock
            and known.customer == customer
            and known.state == "held"
            and known.expires_at > now
        )

    # What should come out

    def observe(self, command: AnyCommand, outcome: Outcome, now: datetime) -> None:
        """Check one command's outcome and make it so. Raises AssertionError."""
        pair = (_principal(command), command.idempotency_key or "")
        asked = replace(command, actor="anybody", idempotency_key=None)
        if command.idempotency_key is not None and pair in self.answers:
            earlier, answer, at = self.answers[pair]
            if now - at < KEY_LIFE:
                _require_replay(earlier == asked, answer, outcome)
                return
        if command.idempotency_key is not None:
            self.answers[pair] = (asked, outcome, now)
        if isinstance(command, Hold):
            self._observe_hold(command, outcome, now)
        else:
            self._observe_act(command, outcome, now)

    def _observe_hold(self, command: Hold, outcome: Outcome, now: datetime) -> None:
        stock = self.stocks.get(command.inventory_id)
        refusals = (
            {"INVENTORY_NOT_FOUND"} if stock is None else set(self._refusals(stock, command, now))
        )
        _require(refusals, outcome, command)
        if stock is None or not isinstance(outcome, Booking):
            return
        legs = range(command.from_leg, stock.legs if command.to_leg is None else command.to_leg)
        self._require_right_choice(stock, command, outcome, legs, now)
        tier = outcome.items[0].label if stock.tiers else ""
        unit = stock.tiers[tier][1] if stock.tiers else stock.price * len(legs) // stock.legs
        known = Known(
            outcome.id,
            command.customer_id,
            stock,
            outcome.seat_ids,
            legs,
            tier,
            outcome.places,
            unit * outcome.places,
            now,
            now + min(command.duration or HOLD, HOLD),
        )
        assert outcome.id not in self.bookings
        self.bookings[outcome.id] = known
        stock.events += 1
        require_same(known, outcome)

    def _refusals(self, stock: Stock, command: Hold, now: datetime) -> Iterator[str]:
        to_leg = stock.legs if command.to_leg is None else command.to_leg
        legs = range(command.from_leg, to_leg)
        if isinstance(command, HoldPlaces) == bool(stock.seats) or not legs or to_leg > stock.legs:
            yield "INVALID_REQUEST"
            return
        if stock.boards_at(command.from_leg) <= now:
            yield "DEPARTURE_PASSED"
        if self.held_by(stock, command.customer_id, now) + _wanted(command) > LIMIT:
            yield "HOLD_LIMIT_REACHED"
        yield from self._shortages(stock, command, legs, now)

    def _shortages(self, stock: Stock, command: Hold, legs: range, now: datetime) -> Iterator[str]:
        free = self.free_seats(stock, legs, now)
        if isinstance(command, HoldSeats) and not set(command.seat_ids) <= set(stock.seats):
            yield "SEAT_NOT_FOUND"
        elif isinstance(command, HoldSeats) and not set(command.seat_ids) <= free:
            yield "SEAT_TAKEN"
        elif isinstance(command, HoldBest) and command.quantity > len(free):
            yield "NOT_ENOUGH_PLACES"
        elif isinstance(command, HoldPlaces):
            tiers = [command.tier] if command.tier else list(stock.tiers)
            if max(self.free_places(stock, tier, now) for tier in tiers) < command.quantity:
                yield "NOT_ENOUGH_PLACES"

    def _require_right_choice(
        self, stock: Stock, command: Hold, outcome: Booking, legs: range, now: datetime
    ) -> None:
        if isinstance(command, HoldSeats):
            assert outcome.seat_ids == command.seat_ids
        elif isinstance(command, HoldBest):
            assert len(set(outcome.seat_ids)) == outcome.places == command.quantity
            assert set(outcome.seat_ids) <= self.free_seats(stock, legs, now)
        elif isinstance(command, HoldPlaces):
            tier = outcome.items[0].label
            assert command.tier in (None, tier)
            assert self.free_places(stock, tier, now) >= outcome.places == command.quantity

    def _observe_act(self, command: BookingCommand, outcome: Outcome, now: datetime) -> None:
        known = self.bookings.get(command.booking_id)
        if known is None or command.customer_id not in (None, known.customer):
            _require({"BOOKING_NOT_FOUND"}, outcome, command)
            return
        if known.is_overdue(now) and _was_expired_meanwhile(command, outcome, known):
            known.expire()
        _require(_refusals_of_act(command, known, now), outcome, command)
        if not isinstance(outcome, Booking):
            return
        known.inventory.events += 1
        if isinstance(command, Extend):
            known.expires_at = _extended(command, known, now)
        elif isinstance(command, Cancel):
            known.state = "cancelled"
            left = known.inventory.boards_at(known.legs.start) - now
            whole = left >= timedelta(hours=REFUND_HOURS)
            share = 100 if whole else REFUND_PERCENT if left >= timedelta() else 0
            known.refunded = (2 * known.amount * share + 100) // 200
        else:
            known.state = {Release: "released", Confirm: "confirmed", Expire: "expired"}[
                type(command)
            ]
        require_same(known, outcome)


def require_same(known: Known, booking: Booking) -> None:
    """The engine's booking is the model's; an overdue hold may have been closed meanwhile."""
    assert (booking.id, booking.customer_id) == (known.id, known.customer)
    assert (booking.seat_ids, range(booking.from_leg, booking.to_leg)) == (known.seats, known.legs)
    assert (booking.places, booking.amount) == (known.places, known.amount)
    assert (booking.held_at, booking.expires_at) == (known.held_at, known.expires_at)
    assert (str(booking.state), booking.refunded) == (known.state, known.refunded)


def _principal(command: AnyCommand) -> str:
    return command.customer_id or command.actor


def _require(refusals: set[str], outcome: Outcome, command: AnyCommand) -> None:
    if isinstance(outcome, Booking):
        assert not refusals, f"{command} went through in spite of {refusals}"
    else:
        assert outcome.code in refusals, f"{command} gave {outcome!r} instead of {refusals}"


def _require_replay(is_same: bool, answer: Outcome, outcome: Outcome) -> None:
    if not is_same:
        assert isinstance(outcome, BookingError)
        assert outcome.code == "IDEMPOTENCY_KEY_REUSED"
    elif isinstance(answer, Booking):
        assert outcome == answer
    else:
        assert isinstance(outcome, BookingError)
        assert outcome.as_dict() == answer.as_dict()


def _wanted(command: Hold) -> int:
    if isinstance(command, HoldSeats):
        return len(command.seat_ids)
    assert isinstance(command, HoldBest | HoldPlaces)
    return command.quantity


def _refusals_of_act(command: BookingCommand, known: Known, now: datetime) -> set[str]:
    if isinstance(command, Cancel):
        return _CANCELLING.get(known.state, {"ILLEGAL_TRANSITION"})
    if isinstance(command, Expire) and known.state == "held":
        return set() if known.expires_at <= now else {"INVALID_REQUEST"}
    if isinstance(command, Expire) or known.state not in {"held", "expired"}:
        return {"ILLEGAL_TRANSITION"}
    if known.state == "expired" or known.is_overdue(now):
        return {"HOLD_EXPIRED"}
    if isinstance(command, Extend) and _extended(command, known, now) <= known.expires_at:
        return {"EXTENSION_LIMIT_REACHED"}
    return set()


_CANCELLING: dict[str, set[str]] = {"held": {"NOT_CANCELLABLE"}, "confirmed": set()}


def _extended(command: Extend, known: Known, now: datetime) -> datetime:
    return min(now + (command.duration or HOLD), known.held_at + LONGEST)


def _was_expired_meanwhile(command: BookingCommand, outcome: Outcome, known: Known) -> bool:
    """A claim on counted places may have closed overdue holds of its inventory to make room."""
    told = isinstance(outcome, BookingError) and outcome.code == "ILLEGAL_TRANSITION"
    return told and bool(known.inventory.tiers) and isinstance(command, Cancel | Expire)
