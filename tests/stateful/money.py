"""Random lives of payments: two engines, a provider that remembers, and a clock. Whatever happens
in whatever order, the provider's books and ours agree once everything has come to rest."""

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.domain.payments import Payment
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.errors import BookingError
from tests.stateful.machine import NewDatabase
from tests.support.builders import NOW, bus, sweep
from tests.support.provider import CODE, SECRET, Provider, deliver, event, fails_at, money_problems

SEATS = 6
COURSES = st.sampled_from(["tok_ok", "tok_ok", "tok_late", "tok_late", "tok_code", "tok_declined"])
STEPS = st.sampled_from([(), (), (), ("charging",), ("charged",), ("looked up",), ("refunding",)])
WHICH = st.sampled_from([0, 1])


class MoneyMachine(RuleBasedStateMachine):
    """Refusals are outcomes like any other; only the money must be right."""

    def __init__(self, new_database: NewDatabase, folder: Path) -> None:
        super().__init__()
        self._stack = ExitStack()
        url = self._stack.enter_context(new_database())
        path = folder / "provider"
        path.unlink(missing_ok=True)
        self.clock = ManualClock(NOW)
        self.provider = Provider(path)
        self.systems = [
            self._stack.enter_context(
                BookingSystem.open(
                    url, clock=self.clock, gateways=[self.provider], webhook_secret=SECRET
                )
            )
            for _ in range(2)
        ]
        self.bookings: list[Booking] = []
        self.told: list[bytes] = []
        self.believed: set[str] = set()

    @initialize(courses=st.lists(COURSES, min_size=3, max_size=3))
    def open_sales(self, courses: list[str]) -> None:
        refunds = RefundPolicy.of((48, 100), (24, 75), (2, 50))
        self.inventory = self.systems[0].create_inventory(
            bus(SEATS, legs=1, price=333, refunds=refunds)
        )

        for course in courses:
            self.buy(0, "carol", 1, course, ())

    # What customers do

    @rule(
        which=WHICH,
        customer=st.sampled_from(["ann", "bob"]),
        places=st.integers(1, 2),
        course=COURSES,
        lost_at=STEPS,
    )
    def somebody_buys(
        self, which: int, customer: str, places: int, course: str, lost_at: Any
    ) -> None:
        self.buy(which, customer, places, course, lost_at)

    def buy(self, which: int, customer: str, places: int, course: str, lost_at: Any) -> None:
        """Hold the best seats left and begin to pay for them."""
        with suppress(BookingError):
            held = self.systems[which].hold_best(self.inventory, customer, places)
            self.bookings.append(held)
            self._pay(which, held, course, lost_at)

    @precondition(lambda self: self.bookings)
    @rule(data=st.data(), which=WHICH, course=COURSES, lost_at=STEPS)
    def pay_again(self, data: st.DataObject, which: int, course: str, lost_at: Any) -> None:
        booking = data.draw(st.sampled_from(self.bookings[-3:]))
        key = data.draw(st.sampled_from([None, "k"]))
        self._pay(which, booking, course, lost_at, key)

    @precondition(lambda self: self.bookings)
    @rule(data=st.data(), which=WHICH, code=st.sampled_from([CODE, CODE, "wrong"]))
    def take_the_second_step(self, data: st.DataObject, which: int, code: str) -> None:
        if payment := self._any_payment(data):
            with suppress(BookingError):
                self.systems[which].payments.complete(payment.id, payment.customer_id, code)

    @precondition(lambda self: self.bookings)
    @rule(data=st.data(), which=WHICH, seats=st.integers(0, 2), free=st.booleans())
    def cancel(self, data: st.DataObject, which: int, seats: int, free: bool) -> None:
        booking = data.draw(st.sampled_from(self.bookings[-3:]))
        with suppress(BookingError):
            self.systems[which].cancel(
                booking.id,
                seat_ids=booking.seat_ids[:seats] or None,
                refund=0 if free else None,
            )

    @precondition(lambda self: self.bookings)
    @rule(data=st.data(), which=WHICH)
    def release(self, data: st.DataObject, which: int) -> None:
        with suppress(BookingError):
            self.systems[which].release(data.draw(st.sampled_from(self.bookings[-3:])).id)

    # What the provider does

    @precondition(lambda self: self.bookings)
    @rule(data=st.data(), which=WHICH, kind=st.sampled_from(["succeeded", "succeeded", "failed"]))
    def the_provider_tells(self, data: st.DataObject, which: int, kind: str) -> None:
        """Of a success only where there is one; a failure may be old news."""
        payment = self._any_payment(data)
        if payment is not None and (kind == "failed" or payment.id in self.provider.kept()):
            self._tell(which, payment, kind)

    @precondition(lambda self: self.bookings)
    @rule(
        data=st.data(),
        which=WHICH,
        meanwhile=st.sampled_from(["silence", "released", "taken", "told of a failure"]),
    )
    def money_comes_late(self, data: st.DataObject, which: int, meanwhile: str) -> None:
        """The provider may say nothing of it: then the reconciler finds it."""
        payment = self._any_payment(data)
        if payment is None or not payment.is_open:
            return
        self.provider.receive(payment.id)
        booking = self.systems[0].booking(payment.booking_id)
        if meanwhile == "told of a failure":
            self._tell(which, payment, "failed")
        elif meanwhile == "released":
            with suppress(BookingError):
                self.systems[which].release(booking.id)
        elif meanwhile == "taken":
            self.clock.advance(minutes=61)
            with suppress(BookingError):
                self.systems[which].hold_seats(self.inventory, "eve", booking.seat_ids[:1])
        if meanwhile != "silence" and payment.id in self.provider.kept():
            self._tell(1 - which, payment, "succeeded")

    @precondition(lambda self: self.told)
    @rule(data=st.data(), which=WHICH)
    def the_provider_repeats_itself(self, data: st.DataObject, which: int) -> None:
        deliver(self.systems[which], data.draw(st.sampled_from(self.told)))

    # What time does

    @rule(minutes=st.sampled_from([1, 2, 5, 16, 60]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule(which=WHICH, lost_at=STEPS)
    def work_in_the_background(self, which: int, lost_at: Any) -> None:
        sweep(self.systems[which])
        self.provider.between = fails_at(*lost_at)
        self.systems[which].reconciler().run_once()
        self.provider.between = fails_at()

    # What must always be so

    @invariant()
    def no_more_goes_back_than_came(self) -> None:
        assert all(left >= 0 for left in self.provider.kept().values())

    def teardown(self) -> None:
        try:
            for payment in self._payments():
                if payment.id in self.provider.kept() and payment.id not in self.believed:
                    deliver(self.systems[0], event(payment))
            self.provider.between = fails_at()
            for _ in range(2):
                self.clock.advance(hours=5)
                errors = self.systems[0].reconciler().run_once(most=500).errors
                assert not errors, errors
            problems = money_problems(self.systems[0], self.provider)
            assert not problems, problems
            assert self.systems[0].refunds.health().pending_refunds == 0
        finally:
            self._stack.close()

    def _pay(
        self, which: int, booking: Booking, course: str, lost_at: Any, key: str | None = None
    ) -> None:
        self.provider.between = fails_at(*lost_at)
        with suppress(BookingError):
            self.systems[which].payments.initiate(
                booking.id,
                booking.customer_id,
                method="card",
                token=course,
                idempotency_key=key,
            )
        self.provider.between = fails_at()

    def _tell(self, which: int, payment: Payment, kind: str) -> None:
        self.told.append(event(payment, kind))
        deliver(self.systems[which], self.told[-1])
        if kind == "succeeded":
            self.believed.add(payment.id)

    def _payments(self) -> list[Payment]:
        return self.systems[0].payments.find(limit=1_000)

    def _any_payment(self, data: st.DataObject) -> Payment | None:
        known = self._payments()[:4]
        return data.draw(st.sampled_from(known)) if known else None
