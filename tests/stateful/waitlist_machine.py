"""Random lives of a small waitlisted inventory, compared with the model."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.waitlist import WaitlistState
from booking_core.errors import (
    AlreadyWaiting,
    BookingError,
    HoldExpired,
    IllegalTransition,
    NotEnoughPlaces,
    SeatsAvailable,
)
from tests.stateful.waitlist_model import HOLD, Entry, Model
from tests.support.builders import NOW, counted, hall
from tests.support.waiting import violations

NewDatabase = Callable[[], AbstractContextManager[str]]
CUSTOMERS = st.sampled_from(["ann", "bob", "carol", "dan"])
QUANTITIES = st.sampled_from([1, 1, 1, 2, 2, 3])
ENGINES = st.sampled_from([0, 1])
MOVES = ("confirm", "release", "cancel")
POLICY = HoldPolicy(HOLD, timedelta(hours=1), 100)


class WaitlistMachine(RuleBasedStateMachine):
    """Two engines on one database take turns; both must agree with the model all the time."""

    def __init__(self, new_database: NewDatabase) -> None:
        super().__init__()
        self._stack = ExitStack()
        url = self._stack.enter_context(new_database())
        self.clock = ManualClock(NOW)
        self.systems = [
            self._stack.enter_context(BookingSystem.open(url, clock=self.clock)) for _ in range(2)
        ]

    @initialize(is_seated=st.booleans())
    def open_sales(self, is_seated: bool) -> None:
        draft = (
            hall(rows=2, seats=2, tiers={"VIP": "A", "Stalls": "B"}, holds=POLICY)
            if is_seated
            else counted({"VIP": 2, "Stalls": 2}, holds=POLICY)
        )
        system = self.systems[0]
        self.inventory = system.create_inventory(draft)
        self.tiers = list(system.layout(self.inventory).tiers)
        self.model = Model(dict.fromkeys(self.tiers, 2), is_seated, self._offered)
        for tier in self.tiers:
            held = self._hold(0, "early", 1, tier)
            self.model.took(held)

    # What happens

    @rule(which=ENGINES, customer=CUSTOMERS, quantity=QUANTITIES, data=st.data())
    def join(self, which: int, customer: str, quantity: int, data: st.DataObject) -> None:
        tier = self._tier(data)
        quantity = min(quantity, 2) if tier is not None or not self.model.is_seated else quantity
        now = self.clock.now()
        outcome = self._attempt(
            lambda: self.systems[which].waitlist.join(
                self.inventory, customer, quantity=quantity, tier=tier
            )
        )
        self.model.touch(now)
        if any(entry.is_live and entry.customer == customer for entry in self.model.entries):
            assert isinstance(outcome, AlreadyWaiting)
        elif self.model.fits(quantity, tier, now):
            assert isinstance(outcome, SeatsAvailable)
        else:
            assert not isinstance(outcome, BookingError)
            assert outcome.seq == len(self.model.entries) + 1
            self.model.entries.append(Entry(outcome.id, customer, quantity, tier))

    @rule(which=ENGINES, customer=CUSTOMERS, quantity=QUANTITIES, data=st.data())
    def buy(self, which: int, customer: str, quantity: int, data: st.DataObject) -> None:
        tier = self._tier(data)
        now = self.clock.now()
        outcome = self._attempt(lambda: self._hold(which, customer, quantity, tier))
        self.model.touch(now)
        if self.model.fits(quantity, tier, now):
            assert isinstance(outcome, Booking)
            self.model.took(outcome)
            self.model.free(now)
        else:
            assert isinstance(outcome, NotEnoughPlaces)

    @precondition(lambda self: self.model.bookings)
    @rule(which=ENGINES, move=st.sampled_from(MOVES), data=st.data())
    def move(self, which: int, move: str, data: st.DataObject) -> None:
        known = list(self.model.bookings.values())[-6:]
        booking = data.draw(st.sampled_from(known))
        now = self.clock.now()
        outcome = self._attempt(lambda: getattr(self.systems[which], move)(booking.id))
        self.model.touch(now)
        expected = self._expected(move, booking.id, now)
        if expected is None:
            assert isinstance(outcome, Booking)
            self._move(move, booking.id)
            self.model.serve(now)
        else:
            assert isinstance(outcome, expected)

    @precondition(lambda self: self.model.entries)
    @rule(which=ENGINES, what=st.sampled_from(["accept", "decline", "leave"]), data=st.data())
    def answer(self, which: int, what: str, data: st.DataObject) -> None:
        entry = data.draw(st.sampled_from(self.model.entries[-5:]))
        was = entry.state, entry.booking
        now = self.clock.now()
        outcome = self._attempt(lambda: getattr(self.systems[which].waitlist, what)(entry.id))
        if what != "leave" and was[1] is None:
            # Refused before anything was looked at under the lock.
            assert isinstance(outcome, IllegalTransition)
            return
        self.model.touch(now)
        self._answered(what, entry, outcome)
        self.model.serve(now)

    def _answered(self, what: str, entry: Entry, outcome: object) -> None:
        now = self.clock.now()
        if what == "leave":
            self._left(entry, outcome)
        elif entry.state is WaitlistState.OFFERED:
            assert entry.booking is not None
            assert not isinstance(outcome, BookingError)
            if what == "accept":
                assert isinstance(outcome, Booking)
                entry.state, entry.booking.until = WaitlistState.ACCEPTED, outcome.expires_at
                assert outcome.expires_at >= now + HOLD
            else:
                entry.state, entry.booking.state = WaitlistState.DECLINED, BookingState.RELEASED
        else:
            assert isinstance(outcome, IllegalTransition | HoldExpired)

    def _left(self, entry: Entry, outcome: object) -> None:
        if entry.is_live:
            assert not isinstance(outcome, BookingError)
            if entry.booking is not None:
                entry.booking.state = BookingState.RELEASED
            entry.state = WaitlistState.LEFT
        elif entry.state is WaitlistState.LEFT:
            assert not isinstance(outcome, BookingError)
        else:
            assert isinstance(outcome, IllegalTransition)

    @rule(minutes=st.sampled_from([1, 5, 10, 15]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule(which=ENGINES)
    def sweep(self, which: int) -> None:
        self.systems[which].expire()
        self.model.touch(self.clock.now())

    # What must always be so

    @invariant()
    def entries_are_as_the_model_says(self) -> None:
        for system in self.systems:
            found, _ = system.waitlist.of_inventory(self.inventory, limit=1_000)
            assert [(one.id, one.state) for one in found] == [
                (entry.id, entry.state) for entry in self.model.entries
            ]

    @invariant()
    def bookings_are_as_the_model_says(self) -> None:
        now = self.clock.now()
        for one in self.systems[0].bookings(inventory_id=self.inventory, limit=1_000):
            known = self.model.bookings[one.id]
            expected = known.state
            if expected is BookingState.HELD and not known.occupies(now):
                expected = BookingState.EXPIRED
            assert one.as_of(now).state is expected

    def teardown(self) -> None:
        try:
            for system in self.systems[:1]:
                assert violations(system) == []
        finally:
            self._stack.close()

    # How

    def _tier(self, data: st.DataObject) -> str | None:
        return data.draw(st.sampled_from([None, *self.tiers]))

    def _hold(self, which: int, customer: str, quantity: int, tier: str | None) -> Booking:
        system = self.systems[which]
        is_seated = bool(system.layout(self.inventory).seats)
        hold = system.hold_best if is_seated else system.hold_places
        return hold(self.inventory, customer, quantity, tier=tier)

    def _offered(self, entry_id: str) -> Booking:
        booking_id = self.systems[0].waitlist.get(entry_id).booking_id
        assert booking_id is not None, "it was this entry's turn"
        return self.systems[0].booking(booking_id)

    def _attempt(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except BookingError as error:
            return error

    def _expected(self, move: str, booking_id: str, now: datetime) -> type[BookingError] | None:
        booking = self.model.bookings[booking_id]
        if booking.state is BookingState.HELD:
            if move == "cancel":
                return BookingError
            return None if booking.occupies(now) else HoldExpired
        legal = move == "cancel" and booking.state is BookingState.CONFIRMED
        return None if legal else IllegalTransition

    def _move(self, move: str, booking_id: str) -> None:
        booking = self.model.bookings[booking_id]
        entry = self.model.entry_of(booking_id)
        if entry is not None:
            is_sold = move == "confirm"
            entry.state = WaitlistState.ACCEPTED if is_sold else WaitlistState.DECLINED
        booking.state = {
            "confirm": BookingState.CONFIRMED,
            "release": BookingState.RELEASED,
            "cancel": BookingState.CANCELLED,
        }[move]
