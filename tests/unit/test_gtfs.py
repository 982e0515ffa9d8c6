"""GTFS feeds: from a service day to the inventories of its departures."""

import csv
import io
import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.data import intercity_feed
from booking_core.domain.inventory import InventoryDraft, Kind, Leg, TierDraft
from booking_core.engine.importers.bus_layouts import BusLayout, layout_for
from booking_core.engine.importers.gtfs import GtfsFeed, GtfsSummary
from booking_core.engine.importers.gtfs_files import FeedFiles
from booking_core.engine.importers.gtfs_services import Services, WeeklyService
from booking_core.trades.bus import REFUNDS as BUS_REFUNDS
from tests.support.feeds import (
    STOP_TIMES,
    WEEK,
    Feed,
    one_trip,
    small_feed,
    table,
    write_folder,
    write_zip,
)

DAY = date(2026, 1, 14)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
METRES_PER_DEGREE = 111_195
CAIRNS = Path(__file__).parents[3] / "shared" / "data" / "cairns_gtfs.zip"
needs_cairns = pytest.mark.skipif(
    not CAIRNS.exists(), reason="the Cairns feed (../shared/data/cairns_gtfs.zip) is not here"
)


def utc(hour: int, minute: int = 0, second: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute, second), UTC)


def load(path: Path, day: date = DAY, **options: Any) -> tuple[list[InventoryDraft], GtfsSummary]:
    with GtfsFeed.open(path) as feed:
        drafts: list[InventoryDraft] = list(feed.inventories(day, **{"now": LONG_AGO, **options}))
        assert feed.summary is not None
        return drafts, feed.summary


@pytest.fixture
def drafts_of(tmp_path: Path) -> Any:
    def drafts(feed: Feed, day: date = DAY, **options: Any) -> list[InventoryDraft]:
        return load(write_zip(tmp_path, feed), day, **options)[0]

    return drafts


def calls(draft: InventoryDraft) -> list[tuple[str, datetime]]:
    """Where the legs end, and when."""
    return [(leg.destination, leg.arrives_at) for leg in draft.legs]


class TestDeparture:
    def test_has_everything_an_inventory_needs(self, drafts_of: Any) -> None:
        _, draft = drafts_of(small_feed(), currency="EUR", base_price=1250)
        assert draft.name == "10 Adorf to Dorf"
        assert draft.kind is Kind.SEATED
        assert (draft.starts_at, draft.ends_at) == (utc(7), utc(9))
        assert draft.time_zone == "Europe/Berlin"
        assert draft.currency == "EUR"
        assert draft.tiers == (TierDraft("Standard", 1250),)
        assert {seat.tier for seat in draft.seats} == {"Standard"}
        assert draft.refunds == BUS_REFUNDS
        assert draft.source_ref == "gtfs:TL:T1:2026-01-14"

    def test_has_a_leg_from_each_stop_to_the_next(self, drafts_of: Any) -> None:
        _, draft = drafts_of(small_feed())
        assert draft.legs == (
            Leg(0, "Adorf", "Bedorf", utc(7), utc(7, 30), METRES_PER_DEGREE),
            Leg(1, "Bedorf", "Cedorf", utc(7, 32), utc(8), METRES_PER_DEGREE),
            Leg(2, "Cedorf", "Dedorf", utc(8, 5), utc(9), METRES_PER_DEGREE),
        )

    def test_comes_earliest_first_then_by_trip_id(self, drafts_of: Any) -> None:
        trips = [("T9", "08:00:00"), ("T3", "09:00:00"), ("T1", "09:00:00"), ("T5", "07:59:59")]
        feed = small_feed(
            trips=table("route_id,service_id,trip_id", *(f"R1,DAILY,{id_}" for id_, _ in trips)),
            stop_times=table(
                STOP_TIMES,
                *(f"{id_},{at},{at},A,1\n{id_},12:00:00,12:00:00,B,2" for id_, at in trips),
            ),
        )
        refs = [draft.source_ref for draft in drafts_of(feed)]
        assert refs == [f"gtfs:TL:{id_}:2026-01-14" for id_ in ("T5", "T9", "T1", "T3")]

    def test_is_closed_for_sale_from_its_start_on(self, drafts_of: Any) -> None:
        at_seven, at_eight = drafts_of(small_feed(), now=utc(6))
        assert (at_seven.starts_at, at_seven.on_sale) == (utc(6), False)
        assert (at_eight.starts_at, at_eight.on_sale) == (utc(7), True)

    def test_may_call_twice_at_a_stop(self, drafts_of: Any) -> None:
        (draft,) = drafts_of(
            one_trip("T1,8:00:00,8:00:00,A,1", "T1,8:10:00,8:10:00,B,2", "T1,8:20:00,8:20:00,A,3")
        )
        assert [(leg.origin, leg.destination) for leg in draft.legs] == [
            ("Adorf", "Bedorf"),
            ("Bedorf", "Adorf"),
        ]

    def test_without_coordinates_has_no_distance(self, drafts_of: Any) -> None:
        stops = table("stop_id,stop_name,stop_lat", "A,Adorf,50", "B,,51", "C,Cedorf,", "D,Dedorf,")
        _, draft = drafts_of(small_feed(stops=stops))
        assert [leg.distance_m for leg in draft.legs] == [None, None, None]
        assert draft.legs[0].destination == "B", "a stop without a name goes by its id"

    @pytest.mark.parametrize(
        ("route", "headsign", "name"),
        [
            ("10,Adorf to Dorf", "Dedorf", "10 Adorf to Dorf"),
            ("10,", "Dedorf", "10 Dedorf"),
            (",Adorf to Dorf", "", "Adorf to Dorf"),
            ("10,", "", "10 Adorf to Bedorf"),
            ('10,"Adorf\n  to Dorf"', "", "10 Adorf to Dorf"),
        ],
    )
    def test_is_named_after_its_route(
        self, drafts_of: Any, route: str, headsign: str, name: str
    ) -> None:
        feed = small_feed(
            routes=table("route_id,route_short_name,route_long_name,route_type", f"R1,{route},3"),
            trips=table("route_id,service_id,trip_id,trip_headsign", f"R1,DAILY,T1,{headsign}"),
            stop_times=table(STOP_TIMES, "T1,8:00:00,8:00:00,A,1", "T1,9:00:00,9:00:00,B,2"),
        )
        assert [draft.name for draft in drafts_of(feed)] == [name]

    def test_goes_by_the_agency_name_where_there_is_no_id(self, drafts_of: Any) -> None:
        feed = small_feed(
            agency=table("agency_name,agency_timezone", "Testlinie,Europe/Berlin"),
            routes=table("route_id,route_type", "R1,3", "R2,3"),
        )
        assert {draft.source_ref for draft in drafts_of(feed)} == {
            "gtfs:Testlinie:T1:2026-01-14",
            "gtfs:Testlinie:T2:2026-01-14",
        }


class TestTimes:
    def test_past_midnight_belong_to_the_next_day(self, drafts_of: Any) -> None:
        (draft,) = drafts_of(one_trip("T1,23:30:00,23:30:00,A,1", "T1,26:15:00,26:15:00,B,2"))
        assert (draft.starts_at, draft.ends_at) == (utc(22, 30), utc(1, 15) + timedelta(days=1))
        assert draft.source_ref == "gtfs:TL:T1:2026-01-14", "it keeps its service day"

    def test_may_have_one_digit_of_hours(self, drafts_of: Any) -> None:
        (draft,) = drafts_of(one_trip("T1,6:05:09,6:05:09,A,1", "T1, 7:00:00 ,7:00:00,B,2"))
        assert (draft.starts_at, draft.ends_at) == (utc(5, 5, 9), utc(6))

    @pytest.mark.parametrize(
        ("day", "gtfs_time", "moment"),
        [
            # The clocks go forward at 2:00: before that, noon minus 12 hours is 23:00 local.
            (date(2026, 3, 29), "08:00:00", datetime(2026, 3, 29, 6, 0, tzinfo=UTC)),
            (date(2026, 3, 29), "01:30:00", datetime(2026, 3, 28, 23, 30, tzinfo=UTC)),
            (date(2026, 3, 29), "25:00:00", datetime(2026, 3, 29, 23, 0, tzinfo=UTC)),
            # The service day before it runs into the change by the steady count of its hours.
            (date(2026, 3, 28), "26:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
            # The clocks go back at 3:00: before that, noon minus 12 hours is 1:00 local.
            (date(2026, 10, 25), "08:00:00", datetime(2026, 10, 25, 7, 0, tzinfo=UTC)),
            (date(2026, 10, 25), "00:30:00", datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
            (date(2026, 10, 24), "27:30:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ],
    )
    def test_count_from_noon_minus_twelve_hours(
        self, drafts_of: Any, day: date, gtfs_time: str, moment: datetime
    ) -> None:
        feed = one_trip(f"T1,{gtfs_time},{gtfs_time},A,1", "T1,40:00:00,40:00:00,B,2")
        (draft,) = drafts_of(feed, day)
        assert draft.starts_at == moment

    def test_stay_the_same_by_the_clock_on_another_date(self, drafts_of: Any) -> None:
        summer = date(2026, 7, 1)
        here, there = (drafts_of(small_feed(), **option) for option in ({}, {"starts_on": summer}))
        zone = ZoneInfo("Europe/Berlin")
        for draft, shifted in zip(here, there, strict=True):
            expected = datetime.combine(summer, draft.starts_at.astimezone(zone).time(), zone)
            assert shifted.starts_at == expected
            assert shifted.source_ref == draft.source_ref.replace("2026-01-14", "2026-07-01")
        assert there[0].starts_at == utc(5, day=summer), "two hours off UTC, not one"

    def test_between_timepoints_are_spread_evenly(self, drafts_of: Any) -> None:
        (draft,) = drafts_of(
            one_trip("T1,8:00:00,8:00:00,A,1", "T1,,,B,2", "T1,,,C,3", "T1,9:30:00,9:30:00,D,4")
        )
        assert calls(draft) == [
            ("Bedorf", utc(7, 30)),
            ("Cedorf", utc(8)),
            ("Dedorf", utc(8, 30)),
        ]

    @pytest.mark.parametrize(
        ("distances", "minutes_past_eight"),
        [
            (("0", "1", "9", "10"), (6, 54, 60)),
            (("5", "5", "15", "15"), (0, 60, 60)),
            (("0", "", "9", "10"), (20, 40, 60)),
            (("0", "9", "1", "10"), (20, 40, 60)),
            (("3", "3", "3", "3"), (20, 40, 60)),
        ],
        ids=["given", "standing", "one missing", "not growing", "all the same"],
    )
    def test_between_timepoints_follow_the_distance_travelled(
        self, drafts_of: Any, distances: tuple[str, ...], minutes_past_eight: tuple[int, ...]
    ) -> None:
        times = ("8:00:00", "", "", "9:00:00")
        rows = [
            f"T1,{at},{at},{stop},{number},{far}"
            for number, (at, stop, far) in enumerate(zip(times, "ABCD", distances, strict=True))
        ]
        (draft,) = drafts_of(one_trip(*rows, header=f"{STOP_TIMES},shape_dist_traveled"))
        expected = [utc(7) + timedelta(minutes=minutes) for minutes in minutes_past_eight]
        assert [leg.arrives_at for leg in draft.legs] == expected

    def test_of_arrival_and_departure_stand_for_each_other(self, drafts_of: Any) -> None:
        (draft,) = drafts_of(
            one_trip("T1,,8:00:00,A,1", "T1,8:10:00,,B,2", "T1,,8:20:00,C,3", "T1,9:00:00,,D,4")
        )
        assert [(leg.departs_at, leg.arrives_at) for leg in draft.legs] == [
            (utc(7), utc(7, 10)),
            (utc(7, 10), utc(7, 20)),
            (utc(7, 20), utc(8)),
        ]

    def test_rows_may_stand_in_any_order(self, drafts_of: Any) -> None:
        header, *rows = small_feed()["stop_times.txt"].splitlines()
        feed = small_feed(stop_times=table(header, *reversed(rows)))
        assert drafts_of(feed) == drafts_of(small_feed())


class TestServiceDay:
    def test_runs_by_the_week(self, drafts_of: Any) -> None:
        feed = small_feed(
            calendar=table(
                f"service_id,{WEEK},start_date,end_date", "DAILY,0,0,1,0,0,0,0,20260107,20260121"
            )
        )
        days = [date(2026, 1, 1) + timedelta(days=number) for number in range(31)]
        assert [day.day for day in days if drafts_of(feed, day)] == [7, 14, 21]

    def test_exceptions_add_and_remove(self, drafts_of: Any) -> None:
        feed = small_feed(
            calendar_dates=table(
                "service_id,date,exception_type", "DAILY,20260114,2", "DAILY,20270101,1"
            )
        )
        assert drafts_of(feed, DAY) == []
        assert len(drafts_of(feed, date(2027, 1, 1))) == 2
        assert drafts_of(feed, date(2027, 1, 2)) == []

    def test_exceptions_alone_are_a_calendar(self, drafts_of: Any) -> None:
        feed = small_feed(
            calendar=None,
            calendar_dates=table("service_id,date,exception_type", "DAILY,20260114,1"),
        )
        assert len(drafts_of(feed, DAY)) == 2
        assert drafts_of(feed, DAY + timedelta(days=1)) == []

    def test_the_busiest_is_found(self, tmp_path: Path) -> None:
        feed = small_feed(
            calendar=table(
                f"service_id,{WEEK},start_date,end_date",
                "DAILY,1,1,1,1,1,1,1,20260101,20261231",
                "FAIR,0,0,0,0,0,1,1,20260601,20260614",
            ),
            calendar_dates=table(
                "service_id,date,exception_type", "FAIR,20260606,2", "FAIR,20270105,1"
            ),
            trips=table("route_id,service_id,trip_id", "R1,DAILY,T1", "R2,DAILY,T2", "R1,FAIR,T3"),
            frequencies=table(
                "trip_id,start_time,end_time,headway_secs", "T3,10:00:00,12:00:00,1800"
            ),
        )
        with GtfsFeed.open(write_zip(tmp_path, feed)) as opened:
            assert opened.service_days() == (date(2026, 1, 1), date(2027, 1, 5))
            assert opened.busiest_day() == date(2026, 6, 7)
            assert opened.departures_on(date(2026, 6, 7)) == 6
            assert opened.departures_on(date(2026, 6, 6)) == 2
            assert opened.departures_on(date(2027, 1, 5)) == 4
            assert opened.departures_on(date(2027, 1, 6)) == 0


days = st.dates(date(2026, 1, 1), date(2026, 3, 1))
weekly_services = st.builds(
    lambda weekdays, ends: WeeklyService(frozenset(weekdays), min(ends), max(ends)),
    st.sets(st.integers(0, 6)),
    st.tuples(days, days),
)


@given(
    st.dictionaries(st.sampled_from("abc"), weekly_services),
    st.dictionaries(st.tuples(st.sampled_from("abcd"), days), st.booleans()),
    st.fixed_dictionaries({service: st.integers(0, 5) for service in "abcd"}),
)
def test_totals_of_days_agree_with_a_count_day_by_day(
    weekly: dict[str, WeeklyService],
    exceptions: dict[tuple[str, date], bool],
    weights: dict[str, int],
) -> None:
    services = Services(weekly, exceptions)
    counted = {
        day: total
        for number in range(70)
        for day in [date(2025, 12, 28) + timedelta(days=number)]
        if (total := sum(weights[service] for service in services.active(day)))
    }
    assert services.totals(weights) == counted


class TestFrequencies:
    def test_expand_into_departures(self, drafts_of: Any) -> None:
        feed = small_feed(
            frequencies=table(
                "trip_id,start_time,end_time,headway_secs",
                "T1,06:00:00,07:00:00,1800",
                "T1,07:00:00,07:50:00,1500",
            )
        )
        drafts = [draft for draft in drafts_of(feed) if ":T1:" in draft.source_ref]
        assert [draft.source_ref for draft in drafts] == [
            f"gtfs:TL:T1:2026-01-14:{start}"
            for start in ("06:00:00", "06:30:00", "07:00:00", "07:25:00")
        ]
        assert [draft.starts_at for draft in drafts] == [utc(5), utc(5, 30), utc(6), utc(6, 25)]
        assert calls(drafts[1]) == [
            ("Bedorf", utc(6)),
            ("Cedorf", utc(6, 30)),
            ("Dedorf", utc(7, 30)),
        ]

    def test_mix_with_timetabled_trips_in_order(self, drafts_of: Any) -> None:
        feed = small_feed(
            frequencies=table(
                "trip_id,start_time,end_time,headway_secs,exact_times",
                "T1,06:30:00,08:00:00,3600,1",
            )
        )
        drafts = drafts_of(feed)
        assert [draft.starts_at for draft in drafts] == [utc(5, 30), utc(6), utc(6, 30)]
        assert drafts[1].source_ref == "gtfs:TL:T2:2026-01-14"

    def test_overlapping_rows_make_no_departure_twice(self, drafts_of: Any) -> None:
        feed = small_feed(
            frequencies=table(
                "trip_id,start_time,end_time,headway_secs",
                "T1,06:00:00,08:00:00,3600",
                "T1,07:00:00,07:01:00,600",
            )
        )
        refs = [draft.source_ref for draft in drafts_of(feed)]
        assert len(refs) == len(set(refs)) == 3


class TestSummary:
    def test_counts_routes_departures_and_skipped_trips(self, tmp_path: Path) -> None:
        feed = small_feed(
            trips=table(
                "route_id,service_id,trip_id",
                "R1,DAILY,T1",
                "R1,DAILY,T2",
                "R2,DAILY,LONELY",
                "R2,DAILY,NOWHERE",
            ),
        )
        feed["stop_times.txt"] += "LONELY,8:00:00,8:00:00,A,1\n"
        drafts, summary = load(write_zip(tmp_path, feed))
        assert summary == GtfsSummary(routes=1, departures=2, skipped=2)
        assert len(drafts) == 2

    @pytest.mark.parametrize(
        ("limit", "expected"), [(None, 2), (5, 2), (2, 2), (1, 1), (0, 0)], ids=str
    )
    def test_goes_as_far_as_the_limit(
        self, tmp_path: Path, limit: int | None, expected: int
    ) -> None:
        drafts, summary = load(write_zip(tmp_path, small_feed()), limit=limit)
        assert len(drafts) == summary.departures == summary.routes == expected
        assert [draft.starts_at for draft in drafts] == [utc(6), utc(7)][:expected]

    def test_is_there_before_the_first_draft_is_taken(self, tmp_path: Path) -> None:
        with GtfsFeed.open(write_zip(tmp_path, small_feed())) as feed:
            assert feed.summary is None
            feed.inventories(DAY, now=LONG_AGO)
            assert feed.summary == GtfsSummary(routes=2, departures=2, skipped=0)

    def test_progress_goes_up_to_the_size_of_the_file(self, tmp_path: Path) -> None:
        feed = small_feed()
        # Lines of blanks: much to read, little to parse.
        feed["stop_times.txt"] += (" " * 999 + "\n") * 600
        seen: list[tuple[int, int]] = []
        load(write_zip(tmp_path, feed), on_progress=lambda *step: seen.append(step))
        total = len(feed["stop_times.txt"])
        assert len(seen) == 3, "one report in 256 KiB, and one at the end"
        assert [done for done, _ in seen] == sorted({done for done, _ in seen})
        assert {of for _, of in seen} == {total}
        assert seen[-1] == (total, total)

    def test_an_error_of_the_progress_bar_stays_its_own(self, tmp_path: Path) -> None:
        def broken(done: int, total: int) -> None:
            raise OSError("the terminal is gone")

        with pytest.raises(OSError, match="terminal"):
            load(write_zip(tmp_path, small_feed()), on_progress=broken)


class TestFiles:
    def test_come_from_a_zip_or_a_folder(self, tmp_path: Path) -> None:
        zipped = load(write_zip(tmp_path, small_feed()))
        assert load(write_folder(tmp_path, small_feed())) == zipped

    @pytest.mark.parametrize(
        "rewrite",
        [
            lambda text: "\ufeff" + text,
            lambda text: text.replace("\n", "\r\n"),
            lambda text: text.rstrip("\n"),
            lambda text: text + "\n\n",
            lambda text: text.replace(",", " , "),
            lambda text: re.sub(r"[^,\n]+", r'"\g<0>"', text),
        ],
        ids=["byte order mark", "CRLF", "no last newline", "blank lines", "spaces", "quotes"],
    )
    def test_may_be_written_in_several_ways(self, drafts_of: Any, rewrite: Any) -> None:
        plain = drafts_of(small_feed())
        assert drafts_of({name: rewrite(text) for name, text in small_feed().items()}) == plain

    def test_of_other_kinds_are_left_alone(self, drafts_of: Any) -> None:
        extra = {**small_feed(), "shapes.txt": '"', "README": "\x00"}
        assert drafts_of(extra) == drafts_of(small_feed())


class TestLayouts:
    @pytest.mark.parametrize(
        ("route_type", "name", "capacity"),
        [
            (0, "tram", 42),
            (1, "metro", 64),
            (2, "rail", 80),
            (3, "standard", 40),
            (4, "ferry", 120),
            (5, "tram", 42),
            (6, "gondola", 8),
            (7, "funicular", 32),
            (11, "standard", 40),
            (12, "metro", 64),
            (109, "rail", 80),
            (200, "coach", 48),
            (401, "metro", 64),
            (700, "standard", 40),
            (715, "minibus", 20),
            (900, "tram", 42),
            (1000, "ferry", 120),
            (1100, "aircraft", 180),
            (1300, "gondola", 8),
            (1400, "funicular", 32),
            (1501, "taxi", 4),
            (1702, "standard", 40),
            (999_999_999, "standard", 40),
        ],
    )
    def test_suit_the_route_type(self, route_type: int, name: str, capacity: int) -> None:
        layout = layout_for(route_type)
        assert (layout.name, layout.capacity) == (name, capacity)
        labels = {(seat.row, seat.number) for seat in layout.seats("Standard")}
        assert len(labels) == capacity

    def test_leave_a_gap_for_the_aisle(self) -> None:
        seats = layout_for(3).seats("Standard")[:5]
        assert [(seat.row + seat.number, seat.position) for seat in seats] == [
            ("A1", 0),
            ("A2", 1),
            ("A3", 3),
            ("A4", 4),
            ("B1", 0),
        ]

    def test_go_on_with_two_letters_after_row_z(self) -> None:
        rows = [seat.row for seat in BusLayout("long", 54, (0,)).seats("Standard")]
        assert [rows[0], rows[25], rows[26], rows[51], rows[52]] == ["A", "Z", "AA", "AZ", "BA"]

    def test_come_from_the_caller_if_wanted(self, drafts_of: Any) -> None:
        layouts = {2: BusLayout("van", 2, (0, 1)), 3: BusLayout("car", 1, (0, 1, 2))}
        drafts = drafts_of(small_feed(), layouts=layouts.__getitem__)
        assert [len(draft.seats) for draft in drafts] == [4, 3]


class TestShippedFeed:
    @pytest.mark.parametrize("day", [date(2026, 1, 1), date(2027, 12, 31)], ids=str)
    def test_has_some_forty_departures_every_day(self, day: date) -> None:
        drafts, summary = load(intercity_feed(), day)
        assert summary == GtfsSummary(routes=7, departures=44, skipped=0)
        assert len({draft.source_ref for draft in drafts}) == 44
        assert {draft.time_zone for draft in drafts} == {"Asia/Kolkata"}
        assert all(leg.distance_m and leg.distance_m > 5_000 for d in drafts for leg in d.legs)

    def test_goes_from_mumbai_to_pune_by_lonavala(self) -> None:
        drafts, _ = load(intercity_feed())
        by_ref = {draft.source_ref: draft for draft in drafts}
        draft = by_ref["gtfs:sahyadri:s1-out-0700:2026-01-14"]
        assert draft.name == "S1 Mumbai to Pune via Lonavala"
        assert [leg.origin for leg in draft.legs] == ["Mumbai", "Navi Mumbai", "Panvel", "Lonavala"]
        assert draft.starts_at == utc(1, 30)
        assert len(draft.seats) == 48

    def test_shows_each_feature(self) -> None:
        drafts, _ = load(intercity_feed())
        zone = ZoneInfo("Asia/Kolkata")
        ends = [draft.ends_at.astimezone(zone).date() for draft in drafts if draft.ends_at]
        assert ends.count(DAY + timedelta(days=1)) == 2, "the night coaches"
        assert sum("s7-" in str(draft.source_ref) for draft in drafts) == 14, "by frequency"
        assert {len(draft.seats) for draft in drafts} == {20, 40, 48}


def rows_of(name: str) -> list[dict[str, str]]:
    with ZipFile(CAIRNS) as archive, archive.open(name) as stream:
        return list(csv.DictReader(io.TextIOWrapper(stream, "utf-8-sig", newline="")))


@needs_cairns
class TestCairns:
    def test_is_read_whole(self) -> None:
        with FeedFiles.open(CAIRNS) as files:
            counts = {
                name: sum(1 for _ in files.rows(f"{name}.txt", ()))
                for name in ("routes", "trips", "stop_times")
            }
        assert counts == {"routes": 22, "trips": 1_339, "stop_times": 37_790}

    def test_its_busiest_day_agrees_with_a_plain_reading(self) -> None:
        with GtfsFeed.open(CAIRNS) as feed:
            day = feed.busiest_day()
            expected = feed.departures_on(day)
            assert feed.service_days() == (date(2014, 5, 26), date(2014, 12, 28))
        stops = Counter(row["trip_id"] for row in rows_of("stop_times.txt"))
        weekday = WEEK.split(",")[day.weekday()]
        services = {
            row["service_id"]
            for row in rows_of("calendar.txt")
            if row[weekday] == "1" and row["start_date"] <= f"{day:%Y%m%d}" <= row["end_date"]
        }
        running = [row for row in rows_of("trips.txt") if row["service_id"] in services]
        drafts, summary = load(CAIRNS, day)
        assert len(drafts) == summary.departures == expected == len(running) == 636
        assert summary == GtfsSummary(
            routes=len({row["route_id"] for row in running}), departures=636, skipped=0
        )
        assert sum(len(draft.legs) for draft in drafts) == sum(
            stops[row["trip_id"]] - 1 for row in running
        )

    def test_can_be_moved_to_another_date(self) -> None:
        other = date(2026, 2, 27)
        drafts, _ = load(CAIRNS, date(2014, 5, 30), starts_on=other, limit=50)
        zone = ZoneInfo("Australia/Brisbane")
        assert len(drafts) == 50
        assert {draft.starts_at.astimezone(zone).date() for draft in drafts} == {other}
        assert all(str(draft.source_ref).endswith(":2026-02-27") for draft in drafts)
