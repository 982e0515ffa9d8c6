"""Departures of a feed, and the demo data: in the timetable as soon as they are on sale."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.geo import Point
from booking_core.domain.inventory import InventoryDraft, Kind
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.timetable import DepartureDraft
from booking_core.engine.demo import DEMO_DAYS, DEMO_ZONE, demo_drafts, fill_demo
from booking_core.engine.importers.gtfs import GtfsFeed
from booking_core.errors import InvalidRequest
from tests.support.builders import hold, seat_ids
from tests.support.feeds import small_feed, table, write_zip
from tests.support.raw import rows, scalar
from tests.support.timetable import numbers, put_departure

DAY = date(2026, 1, 14)
# On this clock the shipped timetable has service every day.
TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 1, 13, tzinfo=UTC))


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


@pytest.fixture
def drafts(tmp_path: Path, system: BookingSystem) -> list[DepartureDraft]:
    """T2 from Dedorf to Adorf at 07:00, T1 the other way by two more stops at 08:00."""
    return departures_of(write_zip(tmp_path, small_feed()), system)


def departures_of(feed: Path, system: BookingSystem, day: date = DAY) -> list[DepartureDraft]:
    with GtfsFeed.open(feed) as opened:
        return list(opened.inventories(day, now=system.now()))


def count(url: str) -> list[int]:
    tables = ("routes", "route_stops", "buses", "schedules", "inventories")
    return [scalar(url, f"SELECT count(*) FROM {name}") for name in tables]


def test_a_feeds_departures_are_found_between_any_two_of_their_stops(
    system: BookingSystem, drafts: list[DepartureDraft]
) -> None:
    system.create_inventories(drafts)

    (there,) = system.timetable.search("BEDORF", "dedorf", DAY)
    (back,) = system.timetable.search("Dedorf", "Adorf", DAY)

    assert [there.schedule.number, back.schedule.number] == [2, 1]
    assert (there.from_leg, there.to_leg, there.available) == (1, 3, 40)
    assert there.departs_at == datetime(2026, 1, 14, 7, 32, tzinfo=UTC)
    # Two of three degrees of latitude.
    assert (there.price, there.schedule.base_price) == (33_333, 50_000)
    assert there.schedule.distance_m == 3 * 111_195
    assert there.schedule.time_zone == "Europe/Berlin"
    bus = there.schedule.bus
    assert (bus.bus_number, bus.bus_type, bus.total_seats) == ("TL-STANDARD-40", "standard", 40)


def test_departures_that_call_at_the_same_stops_share_a_route(
    system: BookingSystem, tmp_path: Path, database_url: str
) -> None:
    trips = table(
        "route_id,service_id,trip_id,trip_headsign",
        "R1,DAILY,T1,x",
        "R1,DAILY,T2,x",
        "R1,DAILY,T3,x",
    )
    stop_times = table(
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence",
        *(f"T{n},0{n + 5}:00:00,0{n + 5}:00:00,A,1" for n in (1, 2, 3)),
        *(f"T{n},0{n + 6}:00:00,0{n + 6}:00:00,D,2" for n in (1, 2)),
        "T3,09:00:00,09:00:00,C,2",
    )
    feed = write_zip(tmp_path, small_feed(trips=trips, stop_times=stop_times))

    system.create_inventories(departures_of(feed, system))
    system.create_inventories(departures_of(feed, system, DAY + timedelta(days=1)))

    assert count(database_url) == [2, 4, 1, 6, 6]
    assert numbers(system.timetable.search("Adorf", "Dedorf", DAY)) == [1, 2]


def test_importing_twice_changes_nothing(
    system: BookingSystem, drafts: list[DepartureDraft], database_url: str
) -> None:
    system.create_inventories(drafts)
    before = count(database_url), rows(database_url, "SELECT * FROM counters")

    again = system.create_inventories(drafts)

    assert (len(again.ids), again.known) == (0, 2)
    assert (count(database_url), rows(database_url, "SELECT * FROM counters")) == before
    assert before[0] == [2, 6, 2, 2, 2]


def test_numbers_go_on_after_an_import(system: BookingSystem, drafts: list[DepartureDraft]) -> None:
    put_departure(system)
    system.create_inventories(drafts)

    assert put_departure(system).number == 4
    assert [system.timetable.by_number(n).number for n in range(1, 5)] == [1, 2, 3, 4]


def test_an_import_that_fails_leaves_no_timetable(
    system: BookingSystem, drafts: list[DepartureDraft], database_url: str
) -> None:
    def failing() -> Iterator[InventoryDraft]:
        yield from drafts
        yield replace(drafts[0], name=" ", source_ref="other")

    with pytest.raises(Exception, match="needs a name"):
        system.create_inventories(failing())

    assert count(database_url) == [0] * 5
    assert put_departure(system).number == 1


def test_imports_at_once_make_one_timetable(
    system: BookingSystem, drafts: list[DepartureDraft], database_url: str
) -> None:
    with ThreadPoolExecutor(4) as pool:
        created = list(pool.map(lambda _: system.create_inventories(drafts), range(4)))

    assert sorted(len(one.ids) for one in created) == [0, 0, 0, 2]
    assert count(database_url) == [2, 6, 2, 2, 2]


def test_imports_of_departures_without_a_source_are_told_apart(
    system: BookingSystem, drafts: list[DepartureDraft], database_url: str
) -> None:
    """As rehearsals do: each sells inventories of its own, on the routes that are there."""
    for _ in range(2):
        system.create_inventories(replace(draft, source_ref=None) for draft in drafts)

    assert count(database_url) == [2, 6, 2, 4, 4]


def test_a_seat_is_held_on_the_legs_that_a_search_names(
    system: BookingSystem, drafts: list[DepartureDraft]
) -> None:
    system.create_inventories(drafts)
    (journey,) = system.timetable.search("Bedorf", "Cedorf", DAY)

    held = system.hold_seats(
        journey.schedule.inventory_id,
        "ann",
        seat_ids(system, journey.schedule.inventory_id, "A1"),
        from_leg=journey.from_leg,
        to_leg=journey.to_leg,
    )

    assert held.amount == journey.price
    after = {
        pair: system.timetable.search(*pair, DAY)[0].available
        for pair in (("Adorf", "Bedorf"), ("Bedorf", "Cedorf"), ("Adorf", "Dedorf"))
    }
    assert list(after.values()) == [40, 39, 39]
    assert system.fsck().violations == []


@pytest.fixture
def demo(database_url: str) -> Iterator[BookingSystem]:
    with BookingSystem.open(database_url, clock=ManualClock(TODAY)) as system:
        assert fill_demo(system)
        yield system


def test_the_demo_data_are_those_promised(demo: BookingSystem) -> None:
    for ahead in range(1, DEMO_DAYS + 1):
        day = TODAY.date() + timedelta(days=ahead)
        for pair in (("Mumbai", "Pune"), ("mumbai", "lonavala"), ("Pune", "Kolhapur")):
            assert demo.timetable.search(*pair, day), (pair, day)
    first, *_ = demo.timetable.search("Mumbai", "Pune", TODAY.date() + timedelta(days=1))
    seats = demo.timetable.seats(first.schedule)

    assert (first.price, first.schedule.currency, first.available) == (50_000, "INR", 40)
    assert [seat.label for seat, *_ in seats][:5] == ["A1", "A2", "A3", "A4", "B1"]
    bus = first.schedule.bus
    assert (bus.bus_number, bus.bus_type) == ("MH-12-AB-1234", "deluxe")
    assert "Lonavala" in [
        stop.city for stop in demo.timetable.routes.get(first.schedule.route_id).via
    ]
    events = [one for one in demo.inventories() if one.capacity != 40]
    assert {one.kind: one.capacity for one in events} == {Kind.SEATED: 300, Kind.COUNTED: 1_000}
    assert all(one.on_sale for one in demo.inventories())
    (area,) = demo.rides.areas()
    assert (area.centre, area.radius_m) == (Point(19.0760, 72.8777), 30_000)
    assert area.auto_approve


@pytest.mark.parametrize("hour", [0, 12, 18, 19, 23])
def test_demo_departures_run_tomorrow_there_and_by_utc_and_are_all_ahead(hour: int) -> None:
    now = TODAY.replace(hour=hour, minute=59)
    departures = [draft for draft in demo_drafts(now) if isinstance(draft, DepartureDraft)]

    local = {draft.starts_at.astimezone(ZoneInfo(DEMO_ZONE)).date() for draft in departures}
    for zone in ("UTC", DEMO_ZONE):
        today = now.astimezone(ZoneInfo(zone)).date()
        assert {today + timedelta(days=ahead) for ahead in range(1, DEMO_DAYS + 1)} <= local
    assert all(draft.starts_at > now and draft.on_sale for draft in departures)


def test_no_demo_bus_is_in_two_places(demo: BookingSystem, database_url: str) -> None:
    overlapping = """
        SELECT count(*) FROM schedules AS a JOIN schedules AS b ON a.bus_id = b.bus_id
            AND a.number < b.number AND a.departs_at < b.arrives_at AND b.departs_at < a.arrives_at
    """
    assert scalar(database_url, overlapping) == 0


def test_demo_data_go_into_an_empty_database_only(
    demo: BookingSystem, system: BookingSystem, database_url: str
) -> None:
    before = count(database_url)

    assert not fill_demo(demo)
    with BookingSystem.open(
        database_url, clock=ManualClock(TODAY + timedelta(days=5))
    ) as days_later:
        assert not fill_demo(days_later)

    assert count(database_url) == before


def test_a_database_with_a_route_is_not_empty(system: BookingSystem) -> None:
    put_departure(system)

    assert not fill_demo(system)


def test_of_many_who_fill_an_empty_database_one_does(database_url: str) -> None:
    def fill(_: int) -> bool:
        with BookingSystem.open(database_url, clock=ManualClock(TODAY)) as system:
            return fill_demo(system)

    with ThreadPoolExecutor(2) as pool:
        filled = list(pool.map(fill, range(2)))

    assert sorted(filled) == [False, True]
    names = "SELECT count(*) - count(DISTINCT source_ref) FROM inventories"
    assert scalar(database_url, names) == 0


def test_demo_data_take_the_hold_times_of_the_settings(database_url: str) -> None:
    with BookingSystem.open(database_url, clock=ManualClock(TODAY)) as system:
        fill_demo(
            system,
            holds=HoldPolicy().lasting(timedelta(seconds=20)),
            event_holds=HoldPolicy().lasting(timedelta(seconds=5)),
        )
        trip = hold(system, system.timetable.by_number(1).inventory_id, "A1")
        concert = next(one for one in system.inventories() if one.capacity == 1_000)
        place = system.hold_places(concert.id, "ann", 1)

    assert trip.expires_at - trip.held_at == timedelta(seconds=20)
    assert place.expires_at - place.held_at == timedelta(seconds=5)


def test_an_import_is_one_act_of_what_is_new(
    database_url: str, system: BookingSystem, drafts: list[DepartureDraft]
) -> None:
    system.create_inventories(drafts[:1], actor="ann", origin="192.0.2.1")
    system.create_inventories(drafts)
    system.create_inventories(drafts)

    (second, first), total = system.activity.find(entity="timetable")
    assert total == 2
    assert (first.act.actor, first.act.action, first.act.origin) == ("ann", "imported", "192.0.2.1")
    assert first.act.after == {"routes": 1, "buses": 1, "schedules": 1}
    assert second.act.actor == "operator"
    summed = {name: first.act.after[name] + second.act.after[name] for name in first.act.after}
    assert summed == {name: scalar(database_url, f"SELECT count(*) FROM {name}") for name in summed}
    assert system.activity.verify().breaks == []


def test_an_import_that_fails_leaves_no_act(
    system: BookingSystem, drafts: list[DepartureDraft]
) -> None:
    with pytest.raises(InvalidRequest):
        system.create_inventories([*drafts, replace(drafts[0], source_ref=None, name=" ")])

    assert system.activity.find() == ([], 0)
