"""Routes and buses: put in, changed, taken out, and never from under a schedule."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_core import BookingSystem
from booking_core.domain.timetable import Bus, BusDraft, RouteDraft, Stop
from booking_core.errors import (
    BookingError,
    BusInUse,
    BusNotFound,
    BusNumberTaken,
    InvalidRequest,
    RouteInUse,
    RouteNotFound,
)
from tests.support.builders import NOW, STARTS_AT
from tests.support.raw import rows, scalar
from tests.support.timetable import ABSENT, HOUR, OPERATOR, line, put_bus, put_departure, put_route

MUMBAI_PUNE = RouteDraft.between(" Mumbai ", "Pune", 150_000, [Stop("Lonavala", 83_000)])


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


def test_a_route_is_read_back_as_it_was_put_in(system: BookingSystem) -> None:
    route = system.timetable.routes.create(MUMBAI_PUNE, **OPERATOR)

    assert system.timetable.routes.get(route.id) == route
    assert (route.origin_city, route.destination_city) == ("Mumbai", "Pune")
    assert (route.distance_m, route.via) == (150_000, (Stop("Lonavala", 83_000),))
    assert route.created_at == NOW


def test_routes_come_page_by_page(system: BookingSystem) -> None:
    put = [put_route(system, "A", name) for name in "BCDEF"]

    assert system.timetable.routes.page(limit=2, offset=1) == (put[1:3], 5)
    assert system.timetable.routes.page(offset=5) == ([], 5)


def test_a_route_is_changed_whole(system: BookingSystem) -> None:
    route = system.timetable.routes.create(MUMBAI_PUNE, **OPERATOR)

    changed = system.timetable.routes.update(route.id, line("A", "B", "C", "D"), **OPERATOR)

    assert system.timetable.routes.get(route.id) == changed
    assert [stop.city for stop in changed.stops] == list("ABCD")
    assert changed.created_at == route.created_at


def test_a_route_is_deleted_with_its_stops(system: BookingSystem, database_url: str) -> None:
    route = put_route(system, "A", "B", "C")

    system.timetable.routes.delete(route.id, **OPERATOR)

    with pytest.raises(RouteNotFound):
        system.timetable.routes.get(route.id)
    assert scalar(database_url, "SELECT count(*) FROM route_stops") == 0


def test_a_route_with_schedules_stays_as_it_is(system: BookingSystem) -> None:
    schedule = put_departure(system, "A", "B", "C")
    route = system.timetable.routes.get(schedule.route_id)

    with pytest.raises(RouteInUse):
        system.timetable.routes.delete(route.id, **OPERATOR)
    with pytest.raises(RouteInUse):
        system.timetable.routes.update(route.id, line("A", "B", "D"), **OPERATOR)

    same = system.timetable.routes.update(route.id, line("A", "B", "C"), **OPERATOR)
    assert same == system.timetable.routes.get(route.id) == route


def test_a_refused_route_leaves_nothing(system: BookingSystem, database_url: str) -> None:
    with pytest.raises(InvalidRequest):
        put_route(system, "A", "a")

    assert scalar(database_url, "SELECT count(*) FROM routes") == 0


def test_a_bus_is_read_back_changed_and_deleted(system: BookingSystem) -> None:
    buses = system.timetable.buses
    bus = put_bus(system, " MH-12-AB-1234 ")
    assert buses.get(bus.id) == bus == Bus(bus.id, "MH-12-AB-1234", "deluxe", 8, NOW)

    changed = buses.update(bus.id, BusDraft("MH-12-AB-1234", "sleeper", 30), **OPERATOR)
    assert buses.get(bus.id) == changed == Bus(bus.id, "MH-12-AB-1234", "sleeper", 30, NOW)

    buses.delete(bus.id, **OPERATOR)
    with pytest.raises(BusNotFound):
        buses.get(bus.id)


def test_buses_come_page_by_page(system: BookingSystem) -> None:
    put = {number: put_bus(system, number) for number in ("C", "A", "B")}

    assert system.timetable.buses.page(limit=2) == ([put["A"], put["B"]], 3)
    assert system.timetable.buses.page(limit=2, offset=2) == ([put["C"]], 3)


def test_a_number_is_one_buss(system: BookingSystem) -> None:
    first, second = put_bus(system, "A"), put_bus(system, "B")

    with pytest.raises(BusNumberTaken) as refused:
        put_bus(system, "A")
    assert refused.value.field == "bus_number"
    with pytest.raises(BusNumberTaken):
        system.timetable.buses.update(second.id, BusDraft("A", "deluxe", 8), **OPERATOR)
    system.timetable.buses.update(first.id, BusDraft("A", "deluxe", 9), **OPERATOR)

    assert system.timetable.buses.get(second.id) == second


def test_of_many_buses_with_one_number_one_is_put_in(system: BookingSystem) -> None:
    def put(_: int) -> type[BookingError] | None:
        try:
            put_bus(system, "A")
        except BookingError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(put, range(6)))

    assert outcomes.count(None) == 1
    assert set(outcomes) == {None, BusNumberTaken}


def test_a_bus_with_schedules_stays(system: BookingSystem) -> None:
    schedule = put_departure(system)

    with pytest.raises(BusInUse):
        system.timetable.buses.delete(schedule.bus.id, **OPERATOR)


def test_a_bus_that_is_changed_changes_no_seats_on_sale(system: BookingSystem) -> None:
    schedule = put_departure(system, seats=8)

    bigger = BusDraft(schedule.bus.bus_number, "sleeper", 30)
    system.timetable.buses.update(schedule.bus.id, bigger, **OPERATOR)

    after = system.timetable.get(schedule.id)
    assert (after.bus.total_seats, after.total_seats) == (30, 8)
    assert system.timetable.details(schedule.id).journey.available == 8


@pytest.mark.parametrize("absent", ["no id", ABSENT, "a\x00", ""])
def test_what_is_absent_is_not_found(system: BookingSystem, absent: str) -> None:
    routes, buses = system.timetable.routes, system.timetable.buses
    for call in (
        lambda: routes.get(absent),
        lambda: routes.update(absent, line("A", "B"), **OPERATOR),
        lambda: routes.delete(absent, **OPERATOR),
    ):
        with pytest.raises(RouteNotFound):
            call()
    for change in (
        lambda: buses.get(absent),
        lambda: buses.update(absent, BusDraft("A", "deluxe", 8), **OPERATOR),
        lambda: buses.delete(absent, **OPERATOR),
    ):
        with pytest.raises(BusNotFound):
            change()


def test_every_change_is_on_record(system: BookingSystem, database_url: str) -> None:
    route = put_route(system, "A", "B")
    system.timetable.routes.update(route.id, line("A", "C"), **OPERATOR)
    system.timetable.routes.update(route.id, line("A", "C"), **OPERATOR)
    system.timetable.routes.delete(route.id, **OPERATOR)
    bus = put_bus(system)
    system.timetable.buses.delete(bus.id, **OPERATOR)

    query = "SELECT entity, action, actor, origin FROM activity_log ORDER BY seq"
    acts = rows(database_url, query)

    by = ("operator", "192.0.2.7")
    assert acts == [
        ("route", "created", *by),
        ("route", "updated", *by),
        ("route", "deleted", *by),
        ("bus", "created", *by),
        ("bus", "deleted", *by),
    ]
    assert system.fsck().violations == []


def test_a_route_is_not_taken_from_under_a_new_schedule(system: BookingSystem) -> None:
    """Either the schedule is there and the route stays, or the route is gone before."""
    for day in range(4):
        route, bus = put_route(system, "A", "B"), put_bus(system, f"B{day}")

        def schedule(route_id: str = route.id, bus_id: str = bus.id) -> bool:
            try:
                system.timetable.create(
                    route_id, bus_id, STARTS_AT, STARTS_AT + HOUR, 100, **OPERATOR
                )
            except RouteNotFound:
                return False
            return True

        def delete(route_id: str = route.id) -> bool:
            try:
                system.timetable.routes.delete(route_id, **OPERATOR)
            except RouteInUse:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            outcomes = {one.result() for one in (pool.submit(schedule), pool.submit(delete))}
        assert outcomes == {True, False}
