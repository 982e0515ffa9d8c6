"""Simulated buyers: what one of them looks at, holds, and does with the hold."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate
from threading import Event
from time import perf_counter

from booking_core.domain.bookings import Booking
from booking_core.domain.inventory import Kind, Seat
from booking_core.domain.seat_map import SeatStatus
from booking_core.engine.system import BookingSystem
from booking_core.errors import BookingError, HoldExpired, NotEnoughPlaces, Refused, StorageError

Legs = tuple[int, int]

# How many times the length of a hold an extension asks for.
EXTENSION = 1.5

# Of the buyers who win a hold; the rest give it back.
_CONFIRM = 0.70
_WALK_AWAY = 0.20
# Of those who confirm.
_EXTEND_FIRST = 0.15
_DAWDLE = 0.02
_CANCEL_LATER = 0.08
# Of those who look.
_PICK_FROM_MAP = 0.45
_INSIST_ON_ADJACENT = 0.3
# On a coach few get off early, on a city bus almost all do.
_COACH_LEGS = 6
_PART_OF_A_COACH_TRIP = 0.4
_PART_OF_A_BUS_TRIP = 0.95
_LONGEST_PART = 10
_PARTY_SIZES = (1, 2, 3, 4)
_PARTY_WEIGHTS = (35, 40, 15, 10)
# How steeply interest falls from the most to the least wanted inventory (Zipf's law).
_SKEW = 0.8
_SOLD_OUT_FOR = 0.5
_MOST_LOOKED_AT = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """An inventory as buyers know it."""

    inventory_id: str
    kind: Kind
    legs: int


@dataclass(slots=True)
class Tally:
    """What became of a buyer's tries. `refused` is by error code, latencies are in seconds of
    every answered hold, and `guests` counts the places bought by inventory id."""

    tried: int = 0
    won: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    confirmed: int = 0
    extended: int = 0
    released: int = 0
    cancelled: int = 0
    too_late: int = 0
    guests: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add up in place."""
        self.tried += other.tried
        self.won += other.won
        self.refused += other.refused
        self.confirmed += other.confirmed
        self.extended += other.extended
        self.released += other.released
        self.cancelled += other.cancelled
        self.too_late += other.too_late
        self.guests.update(other.guests)
        self.latencies += other.latencies


class Shelf:
    """What is on offer, some of it more wanted than the rest. Thread-safe."""

    def __init__(self, offers: Sequence[Offer], chance: random.Random) -> None:
        self._offers = chance.sample(offers, len(offers))
        ranks = range(1, len(offers) + 1)
        self._weights = list(accumulate(rank**-_SKEW for rank in ranks))
        self._sold_out_until: dict[str, float] = {}

    def choose(self, chance: random.Random) -> Offer:
        """An offer by its popularity; one marked as sold out only for want of luck."""
        offers = chance.choices(self._offers, cum_weights=self._weights, k=_MOST_LOOKED_AT)
        now = perf_counter()
        promising = (o for o in offers if self._sold_out_until.get(o.inventory_id, 0.0) <= now)
        return next(promising, offers[-1])

    def mark_sold_out(self, offer: Offer) -> None:
        """Buyers look elsewhere for a moment."""
        self._sold_out_until[offer.inventory_id] = perf_counter() + _SOLD_OUT_FOR


class Buyer:
    """One buyer after another, on one thread, each with a customer id of its own."""

    def __init__(
        self,
        system: BookingSystem,
        shelf: Shelf,
        name: str,
        chance: random.Random,
        *,
        think: float,
        hold_for: timedelta,
    ) -> None:
        self.tally = Tally()
        self._system = system
        self._shelf = shelf
        self._name = name
        self._chance = chance
        self._think = think
        self._hold_for = hold_for
        self._visits = 0

    def run(self, stop: Event) -> None:
        """Visit until `stop` is set. Raises a StorageError that is not worth a retry."""
        while not stop.is_set():
            try:
                self._visit(stop)
            except StorageError as error:
                if not error.retryable:
                    raise
            stop.wait(self._chance.expovariate(1 / self._think))

    def _visit(self, stop: Event) -> None:
        self._visits += 1
        customer = f"{self._name}-{self._visits}"
        held = self._hold(self._shelf.choose(self._chance), customer)
        if held is not None:
            self._decide(held, stop)

    def _hold(self, offer: Offer, customer: str) -> Booking | None:
        hold = self._way_to_hold(offer, customer)
        self.tally.tried += 1
        began = perf_counter()
        try:
            held = hold()
        except BookingError as error:
            self.tally.refused[error.code] += 1
            if isinstance(error, NotEnoughPlaces):
                self._shelf.mark_sold_out(offer)
            if not isinstance(error, Refused):
                raise
            return None
        finally:
            self.tally.latencies.append(perf_counter() - began)
        self.tally.won += 1
        return held

    def _way_to_hold(self, offer: Offer, customer: str) -> Callable[[], Booking]:
        """How this buyer asks: by seats off the live map, for the best, or for counted places."""
        chance, system, inventory_id = self._chance, self._system, offer.inventory_id
        (party,) = chance.choices(_PARTY_SIZES, _PARTY_WEIGHTS)
        if offer.kind is Kind.COUNTED:
            return lambda: system.hold_places(
                inventory_id, customer, party, duration=self._hold_for
            )
        first, end = self._journey(offer)
        if chance.random() < _PICK_FROM_MAP:
            seats = self._seats_off_the_map(inventory_id, party, (first, end))
            if seats:
                return lambda: system.hold_seats(
                    inventory_id,
                    customer,
                    [seat.id for seat in seats],
                    from_leg=first,
                    to_leg=end,
                    duration=self._hold_for,
                )
        adjacent = chance.random() < _INSIST_ON_ADJACENT
        return lambda: system.hold_best(
            inventory_id,
            customer,
            party,
            adjacent=adjacent,
            from_leg=first,
            to_leg=end,
            duration=self._hold_for,
        )

    def _journey(self, offer: Offer) -> Legs:
        is_coach = offer.legs <= _COACH_LEGS
        part = _PART_OF_A_COACH_TRIP if is_coach else _PART_OF_A_BUS_TRIP
        if offer.legs == 1 or self._chance.random() >= part:
            return 0, offer.legs
        length = self._chance.randint(1, min(offer.legs - 1, _LONGEST_PART))
        first = self._chance.randint(0, offer.legs - length)
        return first, first + length

    def _seats_off_the_map(self, inventory_id: str, party: int, legs: Legs) -> list[Seat]:
        """Free seats next to each other in the list, near the front, as everybody wants them."""
        seat_map = self._system.seat_map(inventory_id, *legs)
        free = [seat for seat, status in seat_map if status is SeatStatus.AVAILABLE]
        start = min(int(self._chance.expovariate(1 / 6)), max(len(free) - party, 0))
        return free[start : start + party]

    def _decide(self, held: Booking, stop: Event) -> None:
        fate = self._chance.random()
        try:
            if fate < _CONFIRM:
                self._pay(held, stop)
            elif fate >= _CONFIRM + _WALK_AWAY:
                self._system.release(held.id, customer_id=held.customer_id)
                self.tally.released += 1
        except HoldExpired:
            self.tally.too_late += 1

    def _pay(self, held: Booking, stop: Event) -> None:
        chance, customer = self._chance, held.customer_id
        if chance.random() < _EXTEND_FIRST:
            longer = self._hold_for * EXTENSION
            self._system.extend(held.id, customer_id=customer, duration=longer)
            self.tally.extended += 1
        if chance.random() < _DAWDLE:
            stop.wait(self._hold_for.total_seconds() * (EXTENSION + 0.1))
        self._system.confirm(held.id, customer_id=customer)
        self.tally.confirmed += 1
        self.tally.guests[held.inventory_id] += held.places
        if chance.random() < _CANCEL_LATER:
            self._system.cancel(held.id, customer_id=customer)
            self.tally.cancelled += 1
            self.tally.guests[held.inventory_id] -= held.places
