"""A request for a ride under an idempotency key: one ride, however often it is asked for."""

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.fares import VehicleType
from booking_core.domain.rides import RideState
from booking_core.errors import IdempotencyKeyReused, RideInProgress
from tests.support.rides import HARBOUR, STATION, a_driver, a_rider, open_town


@pytest.fixture
def town(frozen_system: BookingSystem) -> BookingSystem:
    return open_town(frozen_system)


def test_the_same_key_gives_the_same_ride_as_it_stands(town: BookingSystem) -> None:
    driver, rider = a_driver(town), a_rider(town)
    asked = (rider, STATION, HARBOUR)

    first = town.rides.request(*asked, idempotency_key="k")
    town.rides.accept(first.number, driver)
    again = town.rides.request(*asked, idempotency_key="k")

    assert (again.number, again.state) == (first.number, RideState.ACCEPTED)
    assert town.rides.find(rider_id=rider)[1] == 1
    with pytest.raises(IdempotencyKeyReused):
        town.rides.request(*asked, VehicleType.VAN, idempotency_key="k")
    with pytest.raises(RideInProgress):
        town.rides.request(*asked, idempotency_key="another")
    # The key is one's own.
    assert town.rides.request(a_rider(town), STATION, HARBOUR, idempotency_key="k") != first


def test_a_key_is_kept_with_the_ride_for_a_day(town: BookingSystem, clock: ManualClock) -> None:
    rider = a_rider(town)
    first = town.rides.request(rider, STATION, HARBOUR, idempotency_key="k")
    town.rides.cancel(first.number, rider)

    clock.advance(hours=23)
    known = town.rides.request(rider, STATION, HARBOUR, idempotency_key="k")
    clock.advance(hours=2)
    new = town.rides.request(rider, STATION, HARBOUR, idempotency_key="k")

    assert (known.number, known.state) == (first.number, RideState.CANCELLED)
    assert new.number != first.number


def test_a_refused_request_keeps_no_key(town: BookingSystem) -> None:
    rider = a_rider(town)
    first = town.rides.request(rider, STATION, HARBOUR)
    with pytest.raises(RideInProgress):
        town.rides.request(rider, STATION, HARBOUR, idempotency_key="k")
    town.rides.cancel(first.number, rider)

    assert town.rides.request(rider, STATION, HARBOUR, idempotency_key="k").number != first.number
