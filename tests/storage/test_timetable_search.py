"""Searching by a pair of cities and a local day; parts of a journey sold one after the other."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import Block
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import SeatTaken, UnknownStop
from tests.support.builders import NOW, STARTS_AT, hold, seat_ids
from tests.support.timetable import HOUR, numbers, put_departure

DAY = STARTS_AT.date()


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


def found(system: BookingSystem, origin: str, destination: str, day: date = DAY) -> list[int]:
    return numbers(system.timetable.search(origin, destination, day))


def test_the_whole_way(system: BookingSystem) -> None:
    schedule = put_departure(system)

    (journey,) = system.timetable.search("Mumbai", "Pune", DAY)

    assert journey.schedule == schedule
    assert (journey.from_leg, journey.to_leg) == (0, 3)
    assert (journey.departs_at, journey.arrives_at) == (STARTS_AT, STARTS_AT + 3 * HOUR)
    assert (journey.price, journey.available) == (90_000, 8)


def test_a_part_has_its_own_times_and_its_own_price(system: BookingSystem) -> None:
    put_departure(system, hours=3, price=90_000)

    (journey,) = system.timetable.search("Panvel", "Lonavala", DAY)

    assert (journey.origin_city, journey.destination_city) == ("Panvel", "Lonavala")
    assert (journey.from_leg, journey.to_leg) == (1, 2)
    assert (journey.departs_at, journey.arrives_at) == (STARTS_AT + HOUR, STARTS_AT + 2 * HOUR)
    assert journey.price == 30_000


def test_a_part_costs_what_a_hold_of_it_does(system: BookingSystem) -> None:
    schedule = put_departure(system, "A", "B", "C", price=100_001, km=33)
    for pair in (("A", "B"), ("B", "C"), ("A", "C")):
        (journey,) = system.timetable.search(*pair, DAY)
        span: dict[str, Any] = {"from_leg": journey.from_leg, "to_leg": journey.to_leg}
        held = hold(system, schedule.inventory_id, "A1", **span)
        assert held.amount == journey.price
        system.release(held.id)


def test_the_order_of_the_stops_matters(system: BookingSystem) -> None:
    there = put_departure(system, "Mumbai", "Lonavala", "Pune")
    back = put_departure(system, "Pune", "Lonavala", "Mumbai")

    assert found(system, "Mumbai", "Pune") == [there.number]
    assert found(system, "Lonavala", "Mumbai") == [back.number]
    assert found(system, "Pune", "Pune") == []
    assert found(system, "Mumbai", "Goa") == []


@pytest.mark.parametrize(
    ("origin", "destination"), [("zurich", "GENEVE"), (" Zürich ", "Genève"), ("ZÜRICH", "genève")]
)
def test_case_and_accents_do_not_matter(
    system: BookingSystem, origin: str, destination: str
) -> None:
    schedule = put_departure(system, "Zürich", "Bern", "Genève")

    assert found(system, origin, destination) == [schedule.number]
    assert system.timetable.span(schedule, origin, destination) == (0, 2)


def test_departures_come_by_time_and_page_by_page(system: BookingSystem) -> None:
    times = [STARTS_AT + timedelta(minutes=minutes) for minutes in (30, 0, 10, 20)]
    by_time = [put_departure(system, departs_at=time) for time in times]
    expected = [by_time[n].number for n in (1, 2, 3, 0)]

    assert found(system, "Mumbai", "Pune") == expected
    page = system.timetable.search("Mumbai", "Pune", DAY, limit=2, offset=1)
    assert numbers(page) == expected[1:3]


def test_what_has_left_the_stop_is_left_out(system: BookingSystem, clock: ManualClock) -> None:
    schedule = put_departure(system, hours=3)
    assert found(system, "Mumbai", "Pune") == [schedule.number]

    clock.advance(seconds=(STARTS_AT - NOW).total_seconds())

    assert found(system, "Mumbai", "Pune") == []
    assert found(system, "Panvel", "Pune") == [schedule.number]


def test_what_is_not_on_sale_is_left_out(system: BookingSystem) -> None:
    put_departure(system, on_sale=False)

    assert found(system, "Mumbai", "Pune") == []


@pytest.mark.parametrize(
    ("zone", "departs_at", "day"),
    [
        ("Asia/Kolkata", "2036-01-21T00:30+05:30", date(2036, 1, 21)),
        ("Asia/Kolkata", "2036-01-20T23:59+05:30", date(2036, 1, 20)),
        ("America/New_York", "2036-01-20T23:30-05:00", date(2036, 1, 20)),
        ("Pacific/Kiritimati", "2036-01-20T00:00+14:00", date(2036, 1, 20)),
        ("Etc/GMT+12", "2036-01-20T23:59-12:00", date(2036, 1, 20)),
        # The clocks go forward, or back: a day of 23 hours, and one of 25.
        ("Europe/Berlin", "2036-03-30T00:00+01:00", date(2036, 3, 30)),
        ("Europe/Berlin", "2036-03-30T23:59+02:00", date(2036, 3, 30)),
        ("Europe/Berlin", "2036-10-26T00:00+02:00", date(2036, 10, 26)),
        ("Europe/Berlin", "2036-10-26T02:30+01:00", date(2036, 10, 26)),
        ("Europe/Berlin", "2036-10-26T23:59+01:00", date(2036, 10, 26)),
    ],
)
def test_a_day_is_what_the_clocks_there_say(
    system: BookingSystem, zone: str, departs_at: str, day: date
) -> None:
    time = datetime.fromisoformat(departs_at)
    schedule = put_departure(system, departs_at=time, time_zone=zone)

    near = [day + timedelta(days=off) for off in (-1, 0, 1)]

    assert [found(system, "Mumbai", "Pune", on) for on in near] == [[], [schedule.number], []]


def test_a_day_is_the_one_at_the_stop_where_one_boards(system: BookingSystem) -> None:
    late = STARTS_AT.replace(hour=23)
    schedule = put_departure(system, departs_at=late, hours=7 * 24, km=100)
    four_days_on = (late + timedelta(days=7 * 2 / 3)).date()

    assert found(system, "Lonavala", "Pune", DAY) == []
    assert found(system, "Lonavala", "Pune", four_days_on) == [schedule.number]


@pytest.mark.parametrize("day", [date.min, date.max, date(1969, 12, 31)])
def test_a_day_at_the_end_of_time_has_no_departures(system: BookingSystem, day: date) -> None:
    put_departure(system)

    assert found(system, "Mumbai", "Pune", day) == []


def test_a_seat_resells_on_legs_that_do_not_overlap(system: BookingSystem) -> None:
    schedule = put_departure(system, seats=1, price=90_000)

    def buy(origin: str, destination: str) -> int:
        from_leg, to_leg = system.timetable.span(schedule, origin, destination)
        held = hold(system, schedule.inventory_id, "A1", from_leg=from_leg, to_leg=to_leg)
        return system.confirm(held.id).amount

    def free(origin: str, destination: str) -> int:
        (journey,) = system.timetable.search(origin, destination, DAY)
        return journey.available

    assert buy("Mumbai", "Panvel") == 30_000
    assert [free("Mumbai", "Pune"), free("Panvel", "Pune")] == [0, 1]
    with pytest.raises(SeatTaken):
        buy("Mumbai", "Lonavala")
    assert buy("Panvel", "Pune") == 60_000
    assert [free("Mumbai", "Panvel"), free("Panvel", "Lonavala")] == [0, 0]
    assert system.fsck().violations == []


def test_a_hold_takes_its_seats_until_it_ends(system: BookingSystem, clock: ManualClock) -> None:
    schedule = put_departure(system, seats=4, holds=HoldPolicy().lasting(timedelta(minutes=5)))
    hold(system, schedule.inventory_id, "A1", "A2", from_leg=0, to_leg=2)

    def free(origin: str, destination: str) -> list[int]:
        searched = system.timetable.search(origin, destination, DAY)
        shown = system.timetable.seats(schedule, origin, destination).journey
        assert [one.available for one in searched] == [shown.available]
        return [shown.available]

    assert [free("Mumbai", "Pune"), free("Lonavala", "Pune")] == [[2], [4]]
    clock.advance(minutes=5)
    # Nobody has swept.
    assert free("Mumbai", "Pune") == [4]


def test_what_is_blocked_is_not_free(system: BookingSystem) -> None:
    schedule = put_departure(system, seats=4)
    (seat,) = seat_ids(system, schedule.inventory_id, "A3")
    block = Block(inventory_id=schedule.inventory_id, customer_id="operator", seat_id=seat)
    (blocked,) = system.place_many([block])
    assert isinstance(blocked, Booking)

    (journey,) = system.timetable.search("Mumbai", "Pune", DAY)

    assert journey.available == 3


def test_every_seat_has_its_status_and_the_price_of_the_part(system: BookingSystem) -> None:
    schedule = put_departure(system, seats=2, price=90_000)
    hold(system, schedule.inventory_id, "A1", from_leg=0, to_leg=1)

    def shown(*part: str) -> list[tuple[str, str, int]]:
        seats = system.timetable.details(schedule.number, *part)
        return [(seat.label, str(status), price) for seat, status, price in seats]

    assert shown() == [("A1", "held", 90_000), ("A2", "available", 90_000)]
    assert shown("Panvel") == [("A1", "available", 60_000), ("A2", "available", 60_000)]
    assert shown("Mumbai", "Panvel") == [("A1", "held", 30_000), ("A2", "available", 30_000)]


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"origin_city": "Goa"}, "origin_city"),
        ({"destination_city": "Goa"}, "destination_city"),
        ({"origin_city": "Goa", "destination_city": "Goa"}, "origin_city"),
        ({"origin_city": "Pune"}, "origin_city"),
        ({"destination_city": "Mumbai"}, "destination_city"),
        ({"origin_city": "Pune", "destination_city": "Mumbai"}, "destination_city"),
    ],
)
def test_a_part_that_is_none_names_the_field(
    system: BookingSystem, part: dict[str, Any], field: str
) -> None:
    schedule = put_departure(system)

    with pytest.raises(UnknownStop) as refused:
        system.timetable.span(schedule, **part)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("origin", "destination", "span"),
    [("A", "C", (2, 3)), ("A", "B", (0, 1)), ("A", "A", (0, 2)), ("B", "C", (1, 3))],
)
def test_a_line_that_calls_twice_is_found_once_by_its_shortest_ride(
    system: BookingSystem, origin: str, destination: str, span: tuple[int, int]
) -> None:
    schedule = put_departure(system, "A", "B", "A", "C", hours=3)

    (journey,) = system.timetable.search(origin, destination, DAY)

    assert (journey.from_leg, journey.to_leg) == span
    assert system.timetable.span(schedule, origin, destination) == span
