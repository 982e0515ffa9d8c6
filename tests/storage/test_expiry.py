"""What expires counts no more even if nobody ever sweeps: at reads, at claims, for limits."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.commands import HoldPlaces
from tests.support.builders import bus, counted, hall, hold, seat_ids, statuses
from tests.support.raw import rows


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


def test_without_any_sweeper_an_expired_hold_counts_no_more(
    system: BookingSystem, clock: ManualClock
) -> None:
    seated = system.create_inventory(hall(1, 4))
    places = system.create_inventory(counted({"General": 4}))
    hold(system, seated, "A1", "A2")
    system.hold_places(places, "ann", 4)
    version = system.inventory(seated).version
    clock.advance(minutes=15)

    assert system.inventory(seated).available == 4
    assert system.inventory(places).available == 4
    assert [summary.available for summary in system.inventories()] == [4, 4]
    assert set(statuses(system, seated).values()) == {"available"}
    assert system.holds() == []
    assert system.inventory(seated).version == version


def test_seats_of_an_expired_hold_are_taken_over_and_the_rest_is_swept(
    system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    inventory = system.create_inventory(bus(legs=2))
    overdue = hold(system, inventory, "1A", "1B")
    clock.advance(minutes=15)

    taken = hold(system, inventory, "1A", customer="bob")
    assert system.fsck().violations == []
    assert system.expire() == 1

    assert rows(database_url, "SELECT DISTINCT booking_id FROM claims") == [(taken.id,)]
    assert rows(database_url, "SELECT held, sold FROM tiers") == [(2, 0)]
    assert system.booking(overdue.id).state is BookingState.EXPIRED
    assert system.fsck().violations == []


def test_an_expired_hold_does_not_count_towards_the_customers_limit(
    system: BookingSystem, clock: ManualClock
) -> None:
    inventory = system.create_inventory(counted({"General": 30}))
    system.hold_places(inventory, "ann", 10)
    clock.advance(minutes=15)

    assert system.hold_places(inventory, "ann", 10).places == 10


def test_a_claim_that_finds_no_place_first_frees_those_of_expired_holds(
    system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    inventory = system.create_inventory(counted({"General": 5}))
    old = [system.hold_places(inventory, name, 2) for name in ("ann", "bob")]
    clock.advance(minutes=15)

    outcomes = system.place_many(
        HoldPlaces(inventory_id=inventory, customer_id=name, quantity=2)
        for name in ("carol", "dave", "eve")
    )

    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, False, True]
    assert {system.booking(booking.id).state for booking in old} == {BookingState.EXPIRED}
    assert rows(database_url, "SELECT held, sold FROM tiers") == [(4, 0)]
    assert system.fsck().violations == []


def test_the_tier_sold_by_default_does_not_depend_on_whether_somebody_swept(
    system: BookingSystem, clock: ManualClock
) -> None:
    """The sweeper is cleanup: with it or without, the first tier with room is sold."""
    inventory = system.create_inventory(counted({"Early bird": 2, "Regular": 10}))
    system.hold_places(inventory, "ann", 2, tier="Early bird")
    clock.advance(minutes=15)

    assert system.hold_places(inventory, "bob", 2).items[0].label == "Early bird"


def test_seats_free_again_by_expiry_are_the_best_again(
    system: BookingSystem, clock: ManualClock
) -> None:
    inventory = system.create_inventory(hall(2, 2))
    first = system.hold_best(inventory, "ann", 2)
    clock.advance(minutes=15)

    second = system.hold_best(inventory, "bob", 2)

    assert second.seat_ids == first.seat_ids == seat_ids(system, inventory, "A1", "A2")


class ClockOfKolkata:
    """Shows what another clock does, as people there say it."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now().astimezone(ZoneInfo("Asia/Kolkata"))


def test_a_clock_of_another_zone_judges_the_same_moments(
    database_url: str, clock: ManualClock
) -> None:
    with BookingSystem.open(database_url, clock=ClockOfKolkata(clock)) as system:
        inventory = system.create_inventory(counted({"General": 4}))
        held = system.hold_places(inventory, "ann", 4)

        assert held.held_at.utcoffset() == timedelta(0)
        assert system.booking(held.id) == held
        assert system.inventory(inventory).available == 0
        assert system.now() == clock.now()
    with BookingSystem.open(database_url, clock=clock) as system:
        assert system.booking(held.id).held_at == clock.now()
        clock.advance(minutes=15)
        assert system.expire() == 1
        assert system.fsck().violations == []
