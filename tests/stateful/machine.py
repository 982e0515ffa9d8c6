"""Random lives of a small bus, a small hall and a small festival, compared with the model."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.commands import (
    AnyCommand,
    BookingCommand,
    Cancel,
    Confirm,
    Expire,
    Extend,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    Release,
)
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.policies.refunds import RefundPolicy
from tests.stateful.model import (
    HOLD,
    LIMIT,
    LONGEST,
    REFUND_HOURS,
    REFUND_PERCENT,
    Model,
    Stock,
    require_same,
)
from tests.support.builders import NOW, STARTS_AT, bus, counted, hall, sweep

NewDatabase = Callable[[], AbstractContextManager[str]]
ACTS: tuple[type[BookingCommand], ...] = (Confirm, Release, Extend, Cancel, Expire)
ABSENT = "01976e00-0000-7000-8000-00000000ffff"
CUSTOMERS = st.sampled_from(["ann", "bob"])
KEYS = st.sampled_from([None, None, None, "k1", "k2"])
A_DAY = 24 * 60
MINUTES = st.sampled_from([1, 4, 5, 10, 10, 10, 15, 25, A_DAY])
DURATIONS = st.sampled_from([None, None, timedelta(minutes=3), timedelta(minutes=40)])
POLICIES: dict[str, Any] = {
    "holds": HoldPolicy(HOLD, LONGEST, LIMIT),
    "refunds": RefundPolicy.of((REFUND_HOURS, 100), (0, REFUND_PERCENT)),
}


class BookingMachine(RuleBasedStateMachine):
    """Two engines on one database take turns; both must agree with the model all the time."""

    def __init__(self, new_database: NewDatabase) -> None:
        super().__init__()
        self._stack = ExitStack()
        url = self._stack.enter_context(new_database())
        self.clock = ManualClock(NOW)
        self.systems = [
            self._stack.enter_context(BookingSystem.open(url, clock=self.clock)) for _ in range(2)
        ]
        self.model = Model()

    @initialize()
    def open_sales(self) -> None:
        system = self.systems[0]
        ids = system.create_inventories(
            [
                bus(2, 2, price=900, **POLICIES),
                hall(1, 3, price=501, **POLICIES),
                counted({"VIP": 1, "General": 3}, **POLICIES),
            ]
        ).ids
        bus_seats, hall_seats = (tuple(system.layout(i).seats) for i in ids[:2])
        for stock in (
            Stock(ids[0], STARTS_AT, bus_seats, 2, 900),
            Stock(ids[1], STARTS_AT, hall_seats, 1, 501),
            Stock(ids[2], STARTS_AT, tiers={"VIP": (1, 1_000), "General": (3, 2_000)}),
        ):
            self.model.stocks[stock.id] = stock

    # What happens

    @rule(data=st.data(), which=st.sampled_from([0, 1]))
    def one_command(self, data: st.DataObject, which: int) -> None:
        self._run(which, [self._draw_command(data)])

    @rule(data=st.data(), which=st.sampled_from([0, 1]), count=st.integers(2, 8))
    def many_at_once(self, data: st.DataObject, which: int, count: int) -> None:
        self._run(which, [self._draw_command(data) for _ in range(count)])

    @rule(data=st.data(), which=st.sampled_from([0, 1]))
    def the_same_twice(self, data: st.DataObject, which: int) -> None:
        command = self._draw_command(data)
        self._run(which, [command])
        self._run(1 - which, [command])

    @rule(data=st.data(), which=st.sampled_from([0, 1]), customer=CUSTOMERS)
    def a_hold_lapses_and_is_taken_over(
        self, data: st.DataObject, which: int, customer: str
    ) -> None:
        holds = [one for one in self.model.bookings.values() if one.state == "held" and one.seats]
        if not holds:
            return
        lapsed = data.draw(st.sampled_from(holds))
        self.clock.advance(seconds=max((lapsed.expires_at - self.clock.now()).total_seconds(), 0))
        taken = HoldSeats(
            inventory_id=lapsed.inventory.id,
            customer_id=customer,
            seat_ids=lapsed.seats[:1],
            from_leg=lapsed.legs.start,
        )
        self._run(which, [taken])

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule(which=st.sampled_from([0, 1]), most=st.integers(1, 3))
    def sweep_some(self, which: int, most: int) -> None:
        overdue = len(self._overdue())
        assert sweep(self.systems[which], most=most) == min(most, overdue)
        assert len(self._overdue()) == max(overdue - most, 0)

    @rule(which=st.sampled_from([0, 1]))
    def sweep_all(self, which: int) -> None:
        overdue = len(self._overdue())
        assert self.systems[which].expire() == overdue
        assert self._overdue() == []

    @rule()
    def recount(self) -> None:
        assert self.systems[0].fsck().violations == []

    # What must always be so

    @invariant()
    def both_engines_are_as_the_model_says(self) -> None:
        self._require_bookings()
        self._require_availability_and_versions()
        self._require_seat_maps()

    def _require_seat_maps(self) -> None:
        now = self.clock.now()
        for stock in self.model.stocks.values():
            for leg in range(stock.legs if stock.seats else 0):
                expected = {
                    seat: self.model.taken(stock, seat, range(leg, leg + 1), now)
                    for seat in stock.seats
                }
                for system in self.systems:
                    seat_map = system.seat_map(stock.id, leg, leg + 1)
                    shown = {
                        seat.id: {
                            "available": set[str](),
                            "held": {"held"},
                            "sold": {"confirmed"},
                        }[str(status)]
                        for seat, status in seat_map
                    }
                    assert shown == expected

    def _require_bookings(self) -> None:
        now = self.clock.now()
        found = {booking.id: booking for booking in self.systems[0].bookings(limit=1_000)}
        assert found.keys() == self.model.bookings.keys()
        for known in self.model.bookings.values():
            if known.is_overdue(now) and found[known.id].state is BookingState.EXPIRED:
                known.expire()
            require_same(known, found[known.id])

    def _require_availability_and_versions(self) -> None:
        now = self.clock.now()
        expected = {
            stock.id: (self.model.available(stock, now), stock.events)
            for stock in self.model.stocks.values()
        }
        for system in self.systems:
            shown = {one.id: (one.available, one.version) for one in system.inventories()}
            assert shown == expected

    def teardown(self) -> None:
        try:
            if self.model.stocks:
                assert self.systems[0].fsck().violations == []
        finally:
            self._stack.close()

    # How

    def _run(self, which: int, commands: list[AnyCommand]) -> None:
        now = self.clock.now()
        outcomes = self.systems[which].place_many(commands)
        assert len(outcomes) == len(commands)
        for command, outcome in zip(commands, outcomes, strict=True):
            self.model.observe(command, outcome, now)

    def _overdue(self) -> list[str]:
        held = self.systems[0].bookings(state=BookingState.HELD, limit=1_000)
        return [booking.id for booking in held if booking.expires_at <= self.clock.now()]

    def _draw_command(self, data: st.DataObject) -> AnyCommand:
        customer = data.draw(CUSTOMERS)
        common: dict[str, Any] = {"actor": customer, "idempotency_key": data.draw(KEYS)}
        known = list(self.model.bookings)
        about_a_booking: bool = data.draw(st.booleans())
        if known and about_a_booking:
            act = ACTS[data.draw(st.integers(0, len(ACTS) - 1))]
            booking_id = data.draw(st.sampled_from([*known[-5:], ABSENT]))
            whose = data.draw(st.sampled_from([None, None, "ann", "bob"]))
            if act is Extend:
                common["duration"] = data.draw(DURATIONS)
            return act(booking_id=booking_id, customer_id=whose, **common)
        stock = data.draw(st.sampled_from(list(self.model.stocks.values())))
        hold: dict[str, Any] = {
            **common,
            "inventory_id": stock.id,
            "customer_id": customer,
            "duration": data.draw(DURATIONS),
        }
        if not stock.seats:
            tier = data.draw(st.sampled_from([None, *stock.tiers]))
            return HoldPlaces(**hold, quantity=data.draw(st.integers(1, 4)), tier=tier)
        if stock.legs > 1:
            hold["from_leg"] = data.draw(st.integers(0, stock.legs - 1))
            hold["to_leg"] = data.draw(st.integers(hold["from_leg"] + 1, stock.legs))
        if data.draw(st.booleans()):
            return HoldBest(**hold, quantity=data.draw(st.integers(1, 3)))
        seats = st.lists(st.sampled_from(stock.seats), min_size=1, max_size=2, unique=True)
        return HoldSeats(**hold, seat_ids=tuple(data.draw(seats)))
