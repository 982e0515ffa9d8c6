"""Many at once want one ride, one driver two, and a thousand guesses one code.

The negative controls switch the rule, the lock or the constraint off: with any one of them left
nothing happens, without them the damage is seen.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.ride_messages import Channel
from booking_core.domain.rides import Ride, RideState
from booking_core.engine.bench.crowd import hire
from booking_core.engine.rides import closing, drivers
from booking_core.errors import (
    BookingError,
    DriverBusy,
    OtpExhausted,
    OtpInvalid,
    RideInProgress,
    RideTaken,
    StorageError,
)
from booking_core.storage.database import Database
from booking_core.storage.locks.rides import LOCK_OFFERS_OF_DRIVER
from booking_core.storage.repositories import ride_offers
from booking_core.storage.repositories import rides as stored_rides
from booking_core.storage.statements import Query
from tests.support.people import at_once, outcome_of
from tests.support.raw import raw_connection, run_sql
from tests.support.rides import (
    HARBOUR,
    STATION,
    a_driver,
    a_ride,
    a_rider,
    code_of,
    open_town,
)

CROWD = 50
GUESSES = 1_000
GUESSERS = 12
NO_WINNER_CONSTRAINT = "DROP INDEX uq_ride_offers_winner"
NO_DRIVER_CONSTRAINT = "DROP INDEX uq_rides_active_driver"


@pytest.fixture
def town(frozen_system: BookingSystem) -> BookingSystem:
    return open_town(frozen_system)


@pytest.fixture
def elsewhere(database_url: str, clock: ManualClock) -> Iterator[BookingSystem]:
    """Another process, as far as the database can tell."""
    with BookingSystem.open(database_url, clock=clock) as system:
        yield system


def crowd(system: BookingSystem, database: Database, count: int) -> list[str]:
    """Drivers at the station."""
    hired = hire(database, count)
    for driver in hired:
        system.drivers.locate(driver, STATION.point.lat, STATION.point.lng)
    return hired


def kinds(outcomes: list[Any]) -> list[type]:
    """The errors among the outcomes, by class."""
    return [type(one) for one in outcomes if isinstance(one, BookingError)]


def winners(outcomes: list[Any]) -> list[Ride]:
    return [one for one in outcomes if isinstance(one, Ride)]


def violated(system: BookingSystem) -> set[str]:
    return {violation.check for violation in system.fsck().violations}


def test_of_fifty_drivers_one_gets_the_ride(
    town: BookingSystem, elsewhere: BookingSystem, database: Database
) -> None:
    hired = crowd(town, database, CROWD)
    town.drivers.flush()
    elsewhere.drivers.refresh()
    ride = a_ride(town)

    def accept(driver: str, system: BookingSystem) -> Callable[[], Ride]:
        return lambda: system.rides.accept(ride.number, driver)

    outcomes = at_once([accept(driver, (town, elsewhere)[n % 2]) for n, driver in enumerate(hired)])

    (winner,) = winners(outcomes)
    assert kinds(outcomes) == [RideTaken] * (CROWD - 1)
    assert town.rides.get(ride.number).driver_id == winner.driver_id
    assert violated(town) == set()


def test_a_driver_who_accepts_many_rides_gets_one(
    town: BookingSystem, elsewhere: BookingSystem
) -> None:
    rides = [a_ride(town) for _ in range(6)]
    driver = a_driver(town)
    town.drivers.flush()
    elsewhere.drivers.refresh()

    def accept(ride: Ride, system: BookingSystem) -> Callable[[], Ride]:
        return lambda: system.rides.accept(ride.number, driver)

    outcomes = at_once([accept(ride, (town, elsewhere)[n % 2]) for n, ride in enumerate(rides)])

    (winner,) = winners(outcomes)
    assert kinds(outcomes) == [DriverBusy] * 5
    assert town.rides.current(driver) == winner
    assert violated(town) == set()


@pytest.mark.parametrize("waits", [False, True])
def test_who_takes_a_ride_waits_for_no_other(
    *, postgres_url: str, monkeypatch: pytest.MonkeyPatch, waits: bool
) -> None:
    """Two drivers who were asked for the same two rides, and take one each, would wait for each
    other. Negative control: without the passing over, an offer is waited for."""
    if waits:
        passing = LOCK_OFFERS_OF_DRIVER
        hasty = Query(passing.sqlite, passing.postgres.replace("SKIP LOCKED", "NOWAIT"))
        assert hasty.postgres != passing.postgres
        monkeypatch.setattr(ride_offers, "LOCK_OFFERS_OF_DRIVER", hasty)
    with BookingSystem.open(postgres_url) as system, raw_connection(postgres_url) as other:
        driver = a_driver(open_town(system))
        taken, busy = a_ride(system), a_ride(system)
        held = f"SELECT 1 FROM ride_offers WHERE ride_id = '{busy.id}' FOR UPDATE"
        other.exec_driver_sql(held)
        outcome = outcome_of(lambda: system.rides.accept(taken.number, driver))
        other.rollback()

        assert isinstance(outcome, StorageError) is waits
        assert (system.rides.current(driver) is None) is waits


def test_a_rider_who_asks_many_times_at_once_has_one_ride(
    town: BookingSystem, elsewhere: BookingSystem
) -> None:
    rider = a_rider(town)

    def ask(system: BookingSystem) -> Callable[[], Ride]:
        return lambda: system.rides.request(rider, STATION, HARBOUR)

    outcomes = at_once([ask(system) for system in (town, elsewhere) * 3])

    assert len(winners(outcomes)) == 1
    assert kinds(outcomes) == [RideInProgress] * 5


def test_of_a_thousand_guesses_five_are_looked_at(
    town: BookingSystem, elsewhere: BookingSystem
) -> None:
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)
    right = int(code_of(town, ride))

    def guess(number: int) -> BookingError | Ride:
        system = (town, elsewhere)[number % 2]
        otp = f"{(right + 1 + number) % 1_000_000:06}"
        return outcome_of(lambda: system.rides.start(ride.number, driver, otp))

    with ThreadPoolExecutor(GUESSERS) as pool:
        outcomes = list(pool.map(guess, range(GUESSES)))

    assert sorted(
        one.details["attempts_left"] for one in outcomes if isinstance(one, OtpInvalid)
    ) == [0, 1, 2, 3, 4]
    assert kinds(outcomes).count(OtpExhausted) == GUESSES - 5
    assert town.rides.get(ride.number).otp_tries == 5


def test_without_the_lock_more_guesses_are_looked_at(
    town: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    driver = a_driver(town)
    ride = a_ride(town)
    town.rides.accept(ride.number, driver)
    right = int(code_of(town, ride))
    read_before(town, ride, monkeypatch)

    outcomes = [
        outcome_of(partial(town.rides.start, ride.number, driver, f"{(right + n) % 1_000_000:06}"))
        for n in range(1, 8)
    ]

    assert kinds(outcomes) == [OtpInvalid] * 7


# Two drivers, one ride


def read_before(system: BookingSystem, ride: Ride, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its lock, a ride may be decided upon as it was before another changed it."""
    stale = system.rides.get(ride.number)
    monkeypatch.setattr(stored_rides, "lock", lambda *_: stale)


def no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ride is given to whoever asks."""

    def give(ride: Ride, driver_id: str, now: datetime, **_: bool) -> Ride:
        return replace(
            ride,
            state=RideState.ACCEPTED,
            driver_id=driver_id,
            accepted_at=now,
            next_wave_at=None,
        )

    for module in (closing, drivers):
        monkeypatch.setattr(module, "accepted", give)


@pytest.mark.parametrize("off", ["lock", "rule"])
@pytest.mark.parametrize("constraint", [True, False], ids=["refused", "double accept"])
def test_what_catches_a_second_winner(
    *,
    town: BookingSystem,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    off: str,
    constraint: bool,
) -> None:
    """With the lock or the rule off the database refuses; without its constraint, too, two drivers
    are told that the ride is theirs, and fsck finds it."""
    first, second = crowd(town, database, 2)
    ride = a_ride(town)
    if off == "lock":
        read_before(town, ride, monkeypatch)
    else:
        no_rule(monkeypatch)
    if not constraint:
        run_sql(database_url, NO_WINNER_CONSTRAINT)

    outcomes = [
        outcome_of(partial(town.rides.accept, ride.number, driver)) for driver in (first, second)
    ]

    monkeypatch.undo()
    if constraint:
        assert (len(winners(outcomes)), kinds(outcomes)) == (1, [RideTaken])
        assert town.rides.get(ride.number).driver_id == first
        assert violated(town) == set()
    else:
        assert [one.driver_id for one in winners(outcomes)] == [first, second]
        assert "a ride's driver has won it" in violated(town)


@pytest.mark.parametrize("constraint", [True, False], ids=["refused", "two rides"])
def test_what_catches_a_second_ride_of_a_driver(
    town: BookingSystem, database_url: str, monkeypatch: pytest.MonkeyPatch, constraint: bool
) -> None:
    driver = a_driver(town)
    rides = [a_ride(town), a_ride(town)]
    monkeypatch.setattr(stored_rides, "active_of", lambda *_: None)
    if not constraint:
        run_sql(database_url, NO_DRIVER_CONSTRAINT)

    outcomes = [outcome_of(partial(town.rides.accept, ride.number, driver)) for ride in rides]

    if constraint:
        assert (len(winners(outcomes)), kinds(outcomes)) == (1, [DriverBusy])
        assert violated(town) == set()
    else:
        assert len(winners(outcomes)) == 2
        assert "a driver has one ride at a time, and a rider asks for one" in violated(town)


def test_what_catches_a_second_ride_of_a_rider(
    town: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    rider = a_rider(town)
    a_ride(town, rider)
    monkeypatch.setattr(stored_rides, "open_of", lambda *_: None)

    with pytest.raises(RideInProgress):
        a_ride(town, rider)

    assert violated(town) == set()


def test_messages_are_dense_however_many_write_them(
    town: BookingSystem, elsewhere: BookingSystem
) -> None:
    """One driver is asked by many riders at once, from two processes."""
    driver = a_driver(town)
    town.drivers.flush()
    elsewhere.drivers.refresh()
    riders_there = [a_rider(town) for _ in range(8)]

    def ask(rider: str, system: BookingSystem) -> Callable[[], Ride]:
        return lambda: system.rides.request(rider, STATION, HARBOUR)

    at_once([ask(rider, (town, elsewhere)[n % 2]) for n, rider in enumerate(riders_there)])

    seqs = [one.seq for one in town.rides.messages_after(driver, Channel.AVAILABLE)]
    assert seqs == list(range(1, 9))
    assert violated(town) == set()
