"""Schedules: each with an inventory of its own, numbered, on a bus that is free then."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import (
    BookingError,
    BusNotFound,
    BusNotFree,
    InvalidRequest,
    NotOnSale,
    RouteNotFound,
    ScheduleNotFound,
)
from booking_core.trades.bus import REFUNDS
from tests.support.builders import NOW, STARTS_AT, bus, hold
from tests.support.raw import rows, scalar
from tests.support.timetable import ABSENT, HOUR, OPERATOR, put_bus, put_departure, put_route


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


def test_a_departure_sells_every_seat_of_its_bus(system: BookingSystem) -> None:
    schedule = put_departure(system, seats=38, currency="EUR", time_zone="Asia/Kolkata")

    inventory = system.inventory(schedule.inventory_id)
    assert (inventory.name, inventory.capacity, inventory.available) == ("Mumbai – Pune", 38, 38)
    assert (inventory.currency, inventory.time_zone) == ("EUR", "Asia/Kolkata")
    layout = system.layout(schedule.inventory_id)
    assert [seat.label for seat in layout.seats.values()][:5] == ["A1", "A2", "A3", "A4", "B1"]
    assert [(leg.origin, leg.destination, leg.departs_at) for leg in layout.legs] == [
        ("Mumbai", "Panvel", STARTS_AT),
        ("Panvel", "Lonavala", STARTS_AT + HOUR),
        ("Lonavala", "Pune", STARTS_AT + 2 * HOUR),
    ]
    assert [tier.price for tier in layout.tiers.values()] == [90_000]


def test_a_schedule_is_found_by_id_by_number_and_by_inventory(system: BookingSystem) -> None:
    first, second = put_departure(system), put_departure(system)
    other = system.create_inventory(bus())

    assert (first.number, second.number) == (1, 2)
    assert system.timetable.get(first.id) == first
    assert system.timetable.by_number(2) == second
    ids = [first.inventory_id, other, second.inventory_id, ABSENT, "no id"]
    assert system.timetable.by_inventory(ids) == {
        first.inventory_id: first,
        second.inventory_id: second,
    }


@pytest.mark.parametrize("key", ["no id", ABSENT, 0, -1, 7, 2**70])
def test_an_absent_schedule_is_not_found(system: BookingSystem, key: str | int) -> None:
    with pytest.raises(ScheduleNotFound):
        system.timetable.details(key)


def test_generating_seats_again_adds_none(system: BookingSystem) -> None:
    schedule = put_departure(system, seats=12)

    assert system.timetable.generate_seats(schedule.id) == (schedule, 0)
    assert system.timetable.details(schedule.id).journey.available == schedule.total_seats == 12
    with pytest.raises(ScheduleNotFound):
        system.timetable.generate_seats(ABSENT)


def test_policies_are_the_trades_and_the_settings(system: BookingSystem) -> None:
    schedule = put_departure(system, holds=HoldPolicy().lasting(timedelta(minutes=90)))

    held = hold(system, schedule.inventory_id, "A1")

    assert held.expires_at == NOW + timedelta(minutes=90)
    assert system.confirm(held.id).refunds == REFUNDS


def test_a_departure_in_the_past_is_closed_for_sale(system: BookingSystem) -> None:
    schedule = put_departure(system, departs_at=NOW)

    assert schedule.on_sale is system.timetable.get(schedule.id).on_sale is False
    with pytest.raises(NotOnSale):
        hold(system, schedule.inventory_id, "A1")


def test_one_that_is_not_to_be_sold_yet_is_not(system: BookingSystem) -> None:
    assert put_departure(system, on_sale=True).on_sale
    assert not put_departure(system, on_sale=False).on_sale


@pytest.mark.parametrize(
    ("starts", "ends", "is_free"),
    [(-3, 0, True), (3, 4, True), (-1, 1, False), (2, 9, False), (1, 2, False), (-1, 9, False)],
)
def test_a_bus_is_on_one_departure_at_a_time(
    system: BookingSystem, starts: int, ends: int, is_free: bool
) -> None:
    busy = put_departure(system, hours=3)

    def put() -> None:
        times = STARTS_AT + starts * HOUR, STARTS_AT + ends * HOUR
        system.timetable.create(busy.route_id, busy.bus.id, *times, 1_000, **OPERATOR)

    if is_free:
        put()
    else:
        with pytest.raises(BusNotFree) as refused:
            put()
        assert refused.value.field == "bus_id"


def test_a_bus_is_missed_for_the_longest_of_journeys(system: BookingSystem) -> None:
    busy = put_departure(system, hours=7 * 24)
    late = STARTS_AT + timedelta(days=7) - HOUR

    with pytest.raises(BusNotFree):
        system.timetable.create(
            busy.route_id, busy.bus.id, late, late + 2 * HOUR, 1_000, **OPERATOR
        )


WRONG: dict[str, tuple[dict[str, Any], type[BookingError], str]] = {
    "no such route": ({"route_id": ABSENT}, RouteNotFound, "route_id"),
    "no route id": ({"route_id": "x"}, RouteNotFound, "route_id"),
    "no such bus": ({"bus_id": ABSENT}, BusNotFound, "bus_id"),
    "arrives first": ({"arrives_at": STARTS_AT}, InvalidRequest, "arrives_at"),
    "no time zone": (
        {"departs_at": STARTS_AT.replace(tzinfo=None)},
        InvalidRequest,
        "departs_at",
    ),
    "less than nothing": ({"base_price": -1}, InvalidRequest, "base_price"),
    "no currency": ({"currency": "rupee"}, InvalidRequest, "currency"),
    "no such zone": ({"time_zone": "Mars/Base"}, InvalidRequest, "time_zone"),
    "a zone out of the way": ({"time_zone": "../passwd"}, InvalidRequest, "time_zone"),
}


@pytest.mark.parametrize("wrong", list(WRONG))
def test_what_is_refused_leaves_nothing(
    system: BookingSystem, database_url: str, wrong: str
) -> None:
    change, error, field = WRONG[wrong]
    route, vehicle = put_route(system, "A", "B"), put_bus(system)
    asked: dict[str, Any] = {
        "route_id": route.id,
        "bus_id": vehicle.id,
        "departs_at": STARTS_AT,
        "arrives_at": STARTS_AT + HOUR,
        "base_price": 1_000,
        **OPERATOR,
    }

    with pytest.raises(error) as refused:
        system.timetable.create(**{**asked, **change})

    assert refused.value.field == field
    left = ("schedules", "inventories", "legs", "tiers", "seats")
    assert [scalar(database_url, f"SELECT count(*) FROM {table}") for table in left] == [0] * 5
    assert system.timetable.create(**asked).number == 1


def test_numbers_are_dense_and_given_once(system: BookingSystem, database_url: str) -> None:
    route = put_route(system, "A", "B")
    vehicles = [put_bus(system, f"B{n}") for n in range(12)]

    def put(bus_id: str) -> int:
        times = STARTS_AT, STARTS_AT + HOUR
        return system.timetable.create(route.id, bus_id, *times, 1_000, **OPERATOR).number

    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(put, (vehicle.id for vehicle in vehicles)))

    assert sorted(given) == list(range(1, 13))
    assert scalar(database_url, "SELECT value FROM counters WHERE name = 'schedule'") == 12


def test_of_many_departures_one_gets_the_bus(system: BookingSystem) -> None:
    route, vehicle = put_route(system, "A", "B"), put_bus(system)

    def put(minutes: int) -> type[BookingError] | None:
        times = STARTS_AT + timedelta(minutes=minutes), STARTS_AT + HOUR
        try:
            system.timetable.create(route.id, vehicle.id, *times, 1_000, **OPERATOR)
        except BookingError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(put, range(6)))

    assert outcomes.count(None) == 1
    assert set(outcomes) == {None, BusNotFree}


def test_a_new_schedule_is_on_record(system: BookingSystem, database_url: str) -> None:
    schedule = put_departure(system)

    query = "SELECT action, actor, entity_id FROM activity_log WHERE entity = 'schedule'"
    assert rows(database_url, query) == [("created", "operator", schedule.id)]
    assert system.fsck().violations == []
