"""Random days of a small town, on two engines that take turns, compared with a model."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.ride_messages import Channel
from booking_core.domain.rides import Ride
from booking_core.errors import BookingError, IllegalTransition, RideNotFound
from tests.stateful.machine import NewDatabase
from tests.support.builders import NOW
from tests.support.people import outcome_of
from tests.support.rides import HARBOUR, STATION, a_driver, a_rider, open_town, wrong

WHICH = st.sampled_from([0, 1])
PERSON = st.sampled_from([0, 1])
UNSERVED, GOOD_FOR, NO_SHOW = (timedelta(minutes=n) for n in (5, 10, 5))
ACTIVE = ("accepted", "arrived", "on_trip")


@dataclass
class Expected:
    """What the model knows of a ride."""

    number: int
    rider: int
    asked_at: datetime
    state: str = "pending"
    driver: int | None = None
    arrived_at: datetime | None = None
    issued_at: datetime | None = None
    tries: int = 0
    lost_by: set[int] = field(default_factory=set)

    def at(self, now: datetime) -> str:
        is_over = self.state == "pending" and now >= self.asked_at + UNSERVED
        return "expired" if is_over else self.state

    def has_stale_code(self, now: datetime) -> bool:
        if self.arrived_at is None or self.issued_at is None:
            return False
        return now >= max(self.arrived_at, self.issued_at) + GOOD_FOR

    def lose_driver(self, now: datetime) -> None:
        if self.driver is not None:
            self.lost_by.add(self.driver)
        self.state, self.driver, self.arrived_at, self.asked_at = "pending", None, None, now


class RideMachine(RuleBasedStateMachine):
    """Two riders, two drivers at the same place, who tell all the time where they are."""

    def __init__(self, new_database: NewDatabase) -> None:
        super().__init__()
        self._stack = ExitStack()
        url = self._stack.enter_context(new_database())
        self.clock = ManualClock(NOW)
        self.systems = [
            self._stack.enter_context(BookingSystem.open(url, clock=self.clock)) for _ in range(2)
        ]
        self.rides: dict[int, Expected] = {}

    @initialize()
    def open_town(self) -> None:
        system = open_town(self.systems[0])
        self.riders = [a_rider(system), a_rider(system)]
        self.drivers = [a_driver(system, None) for _ in range(2)]
        self._all_tell_where_they_are()
        self.dispatcher = system.rides.dispatcher()
        # In each life only some of the rules are at work; without these two few would have any
        # ride to work on.
        for rider in range(2):
            self._ask(0, rider)
        first = next(iter(self.rides.values()))
        self._accept(0, first, 0)

    @rule(which=WHICH, rider=PERSON)
    def ask(self, which: int, rider: int) -> None:
        self._ask(which, rider)

    def _ask(self, which: int, rider: int) -> None:
        open_ones = [
            one
            for one in self.rides.values()
            if one.rider == rider and one.at(self._now) in ("pending", *ACTIVE)
        ]
        for one in self.rides.values():
            if one.rider == rider:
                one.state = one.at(self._now)
        found = self._do(
            "RIDE_IN_PROGRESS" if open_ones else None,
            lambda: self.systems[which].rides.request(self.riders[rider], STATION, HARBOUR),
        )
        if found is not None:
            self.rides[found.number] = Expected(found.number, rider, self._now)

    @precondition(lambda self: self.rides)
    @rule(data=st.data(), which=WHICH, driver=PERSON)
    def accept(self, data: st.DataObject, which: int, driver: int) -> None:
        self._accept(which, self._some_ride(data), driver)

    def _accept(self, which: int, ride: Expected, driver: int) -> None:
        is_busy = any(one.driver == driver and one.state in ACTIVE for one in self.rides.values())
        if ride.driver == driver and ride.state in ACTIVE:
            refusal, takes = None, False
        elif ride.driver is not None:
            refusal, takes = "RIDE_TAKEN", False
        elif ride.at(self._now) != "pending":
            refusal, takes = "ILLEGAL_TRANSITION", False
        elif is_busy:
            refusal, takes = "DRIVER_BUSY", False
        elif driver in ride.lost_by and ride.tries == 5:
            refusal, takes = "OTP_EXHAUSTED", False
        else:
            refusal, takes = None, True
        self._do(
            refusal, lambda: self.systems[which].rides.accept(ride.number, self.drivers[driver])
        )
        if takes:
            ride.state, ride.driver, ride.issued_at = "accepted", driver, self._now
            ride.tries = ride.tries if driver in ride.lost_by else 0

    @precondition(lambda self: self._is_any_driven())
    @rule(data=st.data(), which=WHICH)
    def arrive(self, data: st.DataObject, which: int) -> None:
        ride = self._driven_ride(data)
        legal = ride.state == "accepted"
        self._as_driver(which, ride, legal, lambda rides, who: rides.arrived(ride.number, who))
        if legal:
            ride.state, ride.arrived_at = "arrived", self._now

    @precondition(lambda self: self._is_any_driven())
    @rule(data=st.data(), which=WHICH)
    def start(self, data: st.DataObject, which: int) -> None:
        self._start(which, self._driven_ride(data), is_right=True)

    @precondition(lambda self: self._is_any_driven())
    @rule(data=st.data(), which=WHICH, times=st.sampled_from([1, 2, 6]))
    def guess_wrong(self, data: st.DataObject, which: int, times: int) -> None:
        ride = self._driven_ride(data)
        for _ in range(times):
            self._start(which, ride, is_right=False)

    def _start(self, which: int, ride: Expected, *, is_right: bool) -> None:
        system = self.systems[which]
        shown = system.rides.otp_for(ride.number, self.riders[ride.rider])
        assert (shown is not None) == (self._start_refusal(ride, is_right=True) is None)
        otp = shown if is_right and shown is not None else wrong(shown or "000000")
        refusal = self._start_refusal(ride, is_right and shown is not None)
        self._do(refusal, lambda: system.rides.start(ride.number, self._driver_of(ride), otp))
        if refusal is None:
            ride.state = "on_trip"
        elif refusal == "OTP_INVALID":
            ride.tries += 1

    def _start_refusal(self, ride: Expected, is_right: bool) -> str | None:
        if ride.state not in {"accepted", "arrived"}:
            return "ILLEGAL_TRANSITION"
        if ride.tries == 5:
            return "OTP_EXHAUSTED"
        if ride.has_stale_code(self._now):
            return "OTP_EXPIRED"
        return None if is_right else "OTP_INVALID"

    @precondition(lambda self: self.rides)
    @rule(data=st.data(), which=WHICH)
    def new_code(self, data: st.DataObject, which: int) -> None:
        ride = self._some_ride(data)
        legal = ride.state in {"accepted", "arrived"}
        self._do(
            None if legal else "ILLEGAL_TRANSITION",
            lambda: self.systems[which].rides.issue_otp(ride.number, self.riders[ride.rider]),
        )
        if legal:
            ride.issued_at, ride.tries = self._now, 0

    @precondition(lambda self: self._is_any_driven())
    @rule(data=st.data(), which=WHICH)
    def complete(self, data: st.DataObject, which: int) -> None:
        ride = self._driven_ride(data)
        legal = ride.state == "on_trip"
        self._as_driver(which, ride, legal, lambda rides, who: rides.complete(ride.number, who))
        if legal:
            ride.state = "completed"

    @precondition(lambda self: self._is_any_driven())
    @rule(data=st.data(), which=WHICH)
    def driver_gives_up(self, data: st.DataObject, which: int) -> None:
        ride = self._driven_ride(data)
        legal = ride.state in {"accepted", "arrived"}
        self._as_driver(
            which, ride, legal, lambda rides, who: rides.driver_cancel(ride.number, who)
        )
        if legal and ride.arrived_at is not None and self._now >= ride.arrived_at + NO_SHOW:
            ride.state = "cancelled"
        elif legal:
            ride.lose_driver(self._now)

    @precondition(lambda self: self.rides)
    @rule(data=st.data(), which=WHICH)
    def rider_cancels(self, data: st.DataObject, which: int) -> None:
        ride = self._some_ride(data)
        legal = ride.at(self._now) in {"pending", "accepted", "arrived"}
        self._do(
            None if legal else "ILLEGAL_TRANSITION",
            lambda: self.systems[which].rides.cancel(ride.number, self.riders[ride.rider]),
        )
        if legal:
            ride.state = "cancelled"

    @precondition(lambda self: self.rides)
    @rule(data=st.data(), which=WHICH, driver=PERSON)
    def decline(self, data: st.DataObject, which: int, driver: int) -> None:
        """Whoever was asked and has not taken it may decline; it changes no ride."""
        ride = self._some_ride(data)
        outcome = outcome_of(
            lambda: self.systems[which].rides.decline(ride.number, self.drivers[driver])
        )
        if ride.driver == driver:
            assert isinstance(outcome, IllegalTransition)
        else:
            assert outcome is None or isinstance(outcome, RideNotFound)

    @rule(minutes=st.sampled_from([1, 2, 5, 10]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)
        self._all_tell_where_they_are()

    @rule()
    def dispatch(self) -> None:
        done = self.dispatcher.run_once()
        assert done.errors == []
        assert done.offered_anew == 0
        for one in self.rides.values():
            one.state = one.at(self._now)

    @invariant()
    def rides_are_as_expected(self) -> None:
        for ride in self.rides.values():
            found = self.systems[0].rides.get(ride.number)
            assert (str(found.state), found.otp_tries if ride.state in ACTIVE else 0) == (
                ride.at(self._now),
                ride.tries if ride.state in ACTIVE else 0,
            )
            assert found.driver_id == (None if ride.driver is None else self.drivers[ride.driver])

    def teardown(self) -> None:
        try:
            assert self.systems[0].fsck().violations == []
            self._each_rider_was_told_of_each_state()
        finally:
            self._stack.close()

    def _each_rider_was_told_of_each_state(self) -> None:
        for number, rider in enumerate(getattr(self, "riders", [])):
            heard: dict[int, str] = {}
            for one in self.systems[1].rides.messages_after(rider, Channel.RIDER):
                if one.kind == "status":
                    heard[one.payload["booking_id"]] = one.payload["status"]
            assert heard == {
                ride.number: ride.state for ride in self.rides.values() if ride.rider == number
            }

    # Help

    @property
    def _now(self) -> datetime:
        return self.clock.now()

    def _all_tell_where_they_are(self) -> None:
        for system in self.systems:
            for driver in self.drivers:
                system.drivers.locate(driver, STATION.point.lat, STATION.point.lng)
            system.drivers.flush()

    def _some_ride(self, data: st.DataObject) -> Expected:
        """Mostly one that is not over."""
        all_rides = list(self.rides.values())
        open_ones = [one for one in all_rides if one.at(self._now) in ("pending", *ACTIVE)]
        likely = open_ones if data.draw(st.sampled_from([True, True, True, False])) else all_rides
        return data.draw(st.sampled_from(likely or all_rides))

    def _driven_ride(self, data: st.DataObject) -> Expected:
        """Mostly one that is under way, always one that has or had a driver."""
        driven = [one for one in self.rides.values() if one.driver is not None]
        active = [one for one in driven if one.state in ACTIVE]
        likely = active if data.draw(st.sampled_from([True, True, True, False])) else driven
        return data.draw(st.sampled_from(likely or driven))

    def _is_any_driven(self) -> bool:
        return any(one.driver is not None for one in self.rides.values())

    def _driver_of(self, ride: Expected) -> str:
        assert ride.driver is not None
        return self.drivers[ride.driver]

    def _as_driver(
        self, which: int, ride: Expected, legal: bool, act: Callable[[Any, str], object]
    ) -> None:
        refusal = None if legal else "ILLEGAL_TRANSITION"
        self._do(refusal, lambda: act(self.systems[which].rides, self._driver_of(ride)))

    def _do(self, refusal: str | None, act: Callable[[], Any]) -> Ride | None:
        """Act, and be refused exactly as expected."""
        outcome = outcome_of(act)
        if isinstance(outcome, BookingError):
            assert outcome.code == refusal, outcome
            return None
        assert refusal is None
        return outcome if isinstance(outcome, Ride) else None
