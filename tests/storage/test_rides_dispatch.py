"""Who is asked for a ride, when others are, and what becomes of rides whose driver is not there."""

from collections.abc import Iterator

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.fares import VehicleType
from booking_core.domain.ride_messages import Channel
from booking_core.domain.rides import RideState
from booking_core.engine.rides.dispatcher import RideDispatcher
from tests.support.rides import (
    HARBOUR,
    STATION,
    a_driver,
    a_ride,
    a_rider,
    brief,
    code_of,
    north_of,
    open_town,
    told,
    under_way,
)


@pytest.fixture
def town(frozen_system: BookingSystem) -> Iterator[BookingSystem]:
    yield open_town(frozen_system)
    assert frozen_system.fsck().violations == []


@pytest.fixture
def dispatcher(town: BookingSystem) -> RideDispatcher:
    return town.rides.dispatcher()


def asked(system: BookingSystem, *drivers: str) -> list[bool]:
    """Which of the drivers are being asked for anything."""
    return [bool(system.rides.offers_of(driver)) for driver in drivers]


def keep_alive(system: BookingSystem, *drivers: str, kilometres: float = 0) -> None:
    point = north_of(STATION, kilometres)
    for driver in drivers:
        system.drivers.locate(driver, point.lat, point.lng)


def test_the_nearest_free_drivers_are_asked_first(town: BookingSystem) -> None:
    near = [a_driver(town, north_of(STATION, 0.1 * n)) for n in range(7)]
    a_driver(town, online=False)
    a_driver(town, vehicle_type=VehicleType.VAN)
    town.rides.accept(a_ride(town).number, near[0])

    ride = a_ride(town)

    assert asked(town, *near) == [False, True, True, True, True, True, False]
    assert [one.driver_id for one in town.drivers.nearest(STATION.point, limit=3)] == near[1:4]
    assert ride.wave == 1


def test_a_wave_that_finds_nobody_reaches_farther_at_once(town: BookingSystem) -> None:
    far = a_driver(town, north_of(STATION, 7))

    ride = a_ride(town)

    assert (ride.wave, asked(town, far)) == (3, [True])


def test_who_does_not_answer_gives_way_to_those_farther_off(
    town: BookingSystem, dispatcher: RideDispatcher, clock: ManualClock
) -> None:
    near, far = a_driver(town), a_driver(town, north_of(STATION, 3))
    ride = a_ride(town)
    assert asked(town, near, far) == [True, False]

    clock.advance(seconds=14)
    assert dispatcher.run_once().looked_at == 0
    clock.advance(seconds=1)
    done = dispatcher.run_once()

    assert (done.offers, done.errors) == (1, [])
    assert asked(town, near, far) == [False, True]
    assert brief(told(town, near, Channel.AVAILABLE)) == ["available", "withdrawn"]
    # Late, but nobody else has it.
    assert town.rides.accept(ride.number, near).driver_id == near
    assert brief(told(town, far, Channel.AVAILABLE)) == ["available", "withdrawn"]


def test_who_did_not_answer_is_asked_again_when_there_is_nobody_else(
    town: BookingSystem, dispatcher: RideDispatcher, clock: ManualClock
) -> None:
    driver = a_driver(town)
    a_ride(town)
    for _ in range(2):
        clock.advance(seconds=15)
        keep_alive(town, driver)
        dispatcher.run_once()

    assert brief(told(town, driver, Channel.AVAILABLE)) == [
        "available",
        "withdrawn",
        "available",
        "withdrawn",
        "available",
    ]


def test_a_decline_asks_others_at_once_and_is_final(
    town: BookingSystem, dispatcher: RideDispatcher, clock: ManualClock
) -> None:
    near, far = a_driver(town), a_driver(town, north_of(STATION, 3))
    ride = a_ride(town)

    town.rides.decline(ride.number, near)
    town.rides.decline(ride.number, near)

    assert asked(town, near, far) == [False, True]
    town.rides.decline(ride.number, far)
    clock.advance(seconds=20)
    keep_alive(town, near, far)
    assert dispatcher.run_once().offers == 0
    assert asked(town, near, far) == [False, False]


def test_a_decline_after_the_end_asks_nobody(town: BookingSystem, clock: ManualClock) -> None:
    near, far = a_driver(town), a_driver(town, north_of(STATION, 3))
    ride = a_ride(town)
    clock.advance(minutes=5)
    keep_alive(town, near, far)

    town.rides.decline(ride.number, near)

    assert told(town, far, Channel.AVAILABLE) == []


def test_who_takes_a_ride_is_asked_for_no_other(
    town: BookingSystem, dispatcher: RideDispatcher, clock: ManualClock
) -> None:
    near, far = a_driver(town), a_driver(town, north_of(STATION, 3))
    taken, other = a_ride(town), a_ride(town)
    assert asked(town, near, far) == [True, False]

    town.rides.accept(taken.number, near)

    assert asked(town, near) == [False]
    last = told(town, near, Channel.AVAILABLE)[-1]
    assert (str(last.kind), last.payload["booking_id"]) == ("withdrawn", other.number)
    # Neither declined nor given up: it may be had when the first one is over.
    clock.advance(seconds=15)
    keep_alive(town, near)
    keep_alive(town, far, kilometres=3)
    assert dispatcher.run_once().offers == 1
    assert asked(town, near, far) == [False, True]
    town.rides.cancel(taken.number, taken.rider_id)
    assert town.rides.accept(other.number, near).driver_id == near


def test_a_driver_who_comes_online_is_asked_soon(
    town: BookingSystem, dispatcher: RideDispatcher, clock: ManualClock
) -> None:
    a_ride(town)
    late = a_driver(town)

    clock.advance(seconds=2)

    assert dispatcher.run_once().offers == 1
    assert asked(town, late) == [True]


def test_a_request_that_nobody_takes_expires_once(
    town: BookingSystem, dispatcher: RideDispatcher, clock: ManualClock
) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    clock.advance(minutes=4, seconds=50)
    keep_alive(town, driver)
    dispatcher.run_once()
    assert asked(town, driver) == [True]

    clock.advance(seconds=10)
    assert [dispatcher.run_once().expired, dispatcher.run_once().expired] == [1, 0]

    assert town.rides.get(ride.number).state is RideState.EXPIRED
    assert brief(told(town, ride.rider_id, Channel.RIDER)) == ["pending", "expired"]
    assert brief(told(town, driver, Channel.AVAILABLE))[-1] == "withdrawn"


def test_a_ride_whose_driver_vanished_is_given_to_others(
    town: BookingSystem, dispatcher: RideDispatcher, clock: ManualClock
) -> None:
    lost, other = a_driver(town), a_driver(town, north_of(STATION, 1))
    ride = a_ride(town)
    town.rides.accept(ride.number, lost)
    town.drivers.flush()
    clock.advance(seconds=89)
    assert dispatcher.run_once().offered_anew == 0
    keep_alive(town, other, kilometres=1)

    clock.advance(seconds=1)
    assert [dispatcher.run_once().offered_anew, dispatcher.run_once().offered_anew] == [1, 0]

    assert town.rides.get(ride.number).state is RideState.PENDING
    assert asked(town, lost, other) == [False, True]
    assert brief(told(town, lost, Channel.DRIVER)) == ["accepted", "pending"]
    town.rides.accept(ride.number, other)
    assert brief(told(town, ride.rider_id, Channel.RIDER)) == [
        "pending",
        "accepted",
        "otp",
        "pending",
        "accepted",
        "otp",
    ]


def test_a_driver_who_is_heard_of_keeps_the_ride(
    town: BookingSystem, dispatcher: RideDispatcher, clock: ManualClock
) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)
    clock.advance(seconds=80)
    keep_alive(town, driver)
    town.drivers.flush()
    clock.advance(seconds=80)

    assert dispatcher.run_once().offered_anew == 0
    assert town.rides.current(driver) == town.rides.get(ride.number)


def test_a_trip_under_way_is_its_drivers_whatever_happens(
    town: BookingSystem, dispatcher: RideDispatcher, clock: ManualClock
) -> None:
    driver = a_driver(town)
    ride = under_way(town, a_ride(town), driver)
    town.drivers.suspend(driver, actor="operator")
    clock.advance(hours=1)

    assert dispatcher.run_once().offered_anew == 0
    assert town.rides.complete(ride.number, driver).state is RideState.COMPLETED


def test_a_suspended_drivers_ride_is_given_to_others_at_once(
    town: BookingSystem, dispatcher: RideDispatcher
) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)

    town.drivers.suspend(driver, actor="operator")

    assert dispatcher.run_once().offered_anew == 1
    assert town.rides.get(ride.number).driver_id is None


def test_a_standstill_takes_no_ride_from_its_driver(database_url: str, clock: ManualClock) -> None:
    """All drivers were silent while nobody listened; the trip goes on where it was."""
    with BookingSystem.open(database_url, clock=clock) as system:
        driver = a_driver(open_town(system))
        ride = a_ride(system)
        system.rides.accept(ride.number, driver)
        waiting = a_ride(system)
        code = code_of(system, ride)
    clock.advance(minutes=4)

    with BookingSystem.open(database_url, clock=clock) as system:
        dispatcher = system.rides.dispatcher()
        assert dispatcher.run_once().offered_anew == 0
        keep_alive(system, driver)
        system.drivers.flush()
        clock.advance(seconds=89)
        assert dispatcher.run_once().offered_anew == 0
        assert system.rides.get(waiting.number).state is RideState.EXPIRED

        assert code_of(system, ride) == code
        assert system.rides.start(ride.number, driver, code).state is RideState.ON_TRIP
        assert told(system, driver, Channel.DRIVER)[-1].seq == 2

    # And once more in the middle of the trip.
    clock.advance(minutes=4)
    with BookingSystem.open(database_url, clock=clock) as system:
        assert system.rides.dispatcher().run_once().offered_anew == 0
        assert system.rides.current(driver) == system.rides.get(ride.number)
        done = system.rides.complete(ride.number, driver)
        assert (done.state, done.closed_at) == (RideState.COMPLETED, clock.now())
        assert told(system, driver, Channel.DRIVER)[-1].seq == 3
        assert system.fsck().violations == []


def test_two_dispatchers_do_nothing_twice(
    town: BookingSystem, database_url: str, clock: ManualClock
) -> None:
    near, far = a_driver(town), a_driver(town, north_of(STATION, 3))
    a_ride(town)
    town.drivers.flush()
    with BookingSystem.open(database_url, clock=clock) as elsewhere:
        clock.advance(seconds=15)
        done = [system.rides.dispatcher().run_once() for system in (town, elsewhere)]

    assert [one.offers for one in done] == [1, 0]
    assert brief(told(town, near, Channel.AVAILABLE)) == ["available", "withdrawn"]
    assert brief(told(town, far, Channel.AVAILABLE)) == ["available"]


def test_one_defect_keeps_back_no_other_ride(
    town: BookingSystem, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = a_ride(town)
    a_ride(town)
    dispatcher = town.rides.dispatcher()
    see_to = dispatcher._see_to_request

    def stumble(number: int, done: object) -> None:
        if number == first.number:
            raise RuntimeError("a defect")
        see_to(number, done)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(dispatcher, "_see_to_request", stumble)
    clock.advance(minutes=5)

    done = dispatcher.run_once()

    assert (done.looked_at, done.expired, len(done.errors)) == (2, 1, 1)


def test_scarce_drivers_cost_more(town: BookingSystem) -> None:
    a_driver(town)
    calm = town.rides.quote(STATION, HARBOUR)
    for _ in range(2):
        a_ride(town)

    busy = town.rides.quote(STATION, HARBOUR)

    assert (calm.terms.surge_percent, busy.terms.surge_percent) == (100, 200)
    ride = town.rides.request(a_rider(town), STATION, HARBOUR)
    assert (ride.estimate, ride.terms) == (busy.estimate, busy.terms)
