"""Malformed GTFS feeds: refused by file, line and field, and by nothing but ImportFailed."""

from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZIP_LZMA, ZIP_STORED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.engine.importers import gtfs_files
from booking_core.engine.importers.gtfs import GtfsFeed
from booking_core.errors import ImportFailed
from tests.support.examples import examples
from tests.support.feeds import STOP_TIMES, one_trip, small_feed, table, write_folder, write_zip

DAY = date(2026, 1, 14)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EXCEPTIONS = "service_id,date,exception_type"
HEADWAYS = "trip_id,start_time,end_time,headway_secs"


def read(path: Path, day: date = DAY) -> None:
    """Everything a user of a feed may ask of it."""
    with GtfsFeed.open(path) as feed:
        feed.service_days()
        feed.busiest_day()
        list(islice(feed.inventories(day, now=NOW), 100))


def message_of(path: Path, day: date = DAY) -> str:
    with pytest.raises(ImportFailed) as caught:
        read(path, day)
    return caught.value.message


def edited(file: str, old: str, new: str) -> Any:
    """The small feed with one piece of one file replaced."""
    feed = small_feed(
        calendar_dates=table(EXCEPTIONS, "DAILY,20260704,2"),
        frequencies=table(HEADWAYS, "T2,06:00:00,07:00:00,600"),
    )
    assert feed[file].count(old) == 1, f"{old!r} must be there once"
    return {**feed, file: feed[file].replace(old, new)}


@pytest.mark.parametrize(
    ("edit", "place", "problem"),
    [
        (("agency.txt", "Europe/Berlin", "Berlin"), "2: agency_timezone", "IANA"),
        (("agency.txt", "Europe/Berlin", "../Berlin"), "2: agency_timezone", "IANA"),
        (("agency.txt", "Europe/Berlin", "Europe"), "2: agency_timezone", "IANA"),
        (("agency.txt", "Europe/Berlin", ""), "2: agency_timezone", "empty"),
        (("agency.txt", "Testlinie,", ","), "2: agency_name", "empty"),
        (("agency.txt", "Berlin\n", "Berlin\nTL,X,,Europe/Berlin\n"), "3: agency_id", "second"),
        (
            ("agency.txt", "Berlin\n", "Berlin\nX,X,,Europe/Paris\n"),
            "3: agency_timezone",
            "differs",
        ),
        (("routes.txt", "R1,TL", "R1,XX"), "2: agency_id", "'XX' is not in agency.txt"),
        (("routes.txt", "Dorf,3", "Dorf,bus"), "2: route_type", "'bus' is not a whole number"),
        (("routes.txt", "Dorf,3", "Dorf,-3"), "2: route_type", "whole number"),
        (("routes.txt", "R2,TL", "R1,TL"), "3: route_id", "second 'R1'"),
        (("stops.txt", "B,Bedorf", "A,Bedorf"), "3: stop_id", "second 'A'"),
        (("stops.txt", "B,Bedorf", ",Bedorf"), "3: stop_id", "empty"),
        (("stops.txt", "52,10", "52N,10"), "4: stop_lat", "'52N' is not a number"),
        (("stops.txt", "52,10", "92,10"), "4: stop_lat", "between -90 and 90"),
        (("stops.txt", "52,10", "52,nan"), "4: stop_lon", "between -180 and 180"),
        (("trips.txt", "R1,DAILY", "R9,DAILY"), "2: route_id", "'R9' is not in routes.txt"),
        (("trips.txt", "R1,DAILY", "R1,NEVER"), "2: service_id", "'NEVER' is in neither"),
        (("trips.txt", "DAILY,T2", "DAILY,T1"), "3: trip_id", "second 'T1'"),
        (("stop_times.txt", "08:32:00", "8.32"), "3: departure_time", "'8.32' is not a time"),
        (("stop_times.txt", "08:32:00", "08:60:00"), "3: departure_time", "not a time"),
        (("stop_times.txt", "08:32:00", "-8:32:00"), "3: departure_time", "not a time"),
        (("stop_times.txt", "08:32:00", "٠٨:32:00"), "3: departure_time", "not a time"),
        (("stop_times.txt", "08:32:00", "08:29:00"), "3: departure_time", "before arrival_time"),
        (("stop_times.txt", "08:30:00", "07:59:59"), "3: arrival_time", "an earlier stop"),
        (("stop_times.txt", "T1,10:00:00,10:00:00", "T1,,"), "5: arrival_time", "need a time"),
        (("stop_times.txt", "T1,08:00:00,08:00:00", "T1,,"), "2: departure_time", "need a time"),
        (("stop_times.txt", "T1,09:00", "T9,09:00"), "4: trip_id", "'T9' is not in trips.txt"),
        (("stop_times.txt", "C,3", "X,3"), "4: stop_id", "'X' is not in stops.txt"),
        (("stop_times.txt", "C,3", "C,third"), "4: stop_sequence", "'third' is not a whole number"),
        (("stop_times.txt", "C,3", "C,2"), "4: stop_sequence", "2 is there twice"),
        (("stop_times.txt", "C,3", "C,3,7"), "4", "has 6 fields where the header has 5"),
        (("stop_times.txt", "C,3", "C"), "4", "has 4 fields where the header has 5"),
        (("stop_times.txt", "C,3", '"C,3'), "4", "CSV"),
        (("stop_times.txt", "C,3", '"C"x,3'), "4", "CSV"),
        (("stop_times.txt", "C,3", "C\0,3"), "4", "control character"),
        (("stop_times.txt", "C,3", "C\x1b[2J,3"), "4", "control character"),
        (("stop_times.txt", "C,3", "C\r,3"), "4", "CSV"),
        (("stop_times.txt", "stop_sequence", "stop_order"), "1: stop_sequence", "missing"),
        (("stop_times.txt", "departure_time", "arrival_time"), "1: arrival_time", "twice"),
        (("calendar.txt", "DAILY,1", "DAILY,yes"), "2: monday", "'yes' is neither 0 nor 1"),
        (("calendar.txt", "20260101", "2026-01-01"), "2: start_date", "YYYYMMDD"),
        (("calendar.txt", "20261231", "20260231"), "2: end_date", "YYYYMMDD"),
        (("calendar.txt", "20261231", "20251231"), "2: end_date", "before start_date"),
        (("calendar.txt", "20261231", "99991231"), "2: end_date", "YYYYMMDD"),
        (("calendar_dates.txt", "0704,2", "0704,3"), "2: exception_type", "neither 1"),
        (("calendar_dates.txt", "0704,2", "0732,2"), "2: date", "YYYYMMDD"),
        (("calendar_dates.txt", "4,2\n", "4,2\nDAILY,20260704,1\n"), "3: date", "second exception"),
        (("frequencies.txt", "T2,", "T9,"), "2: trip_id", "'T9' is not in trips.txt"),
        (("frequencies.txt", ",600", ",0"), "2: headway_secs", "more than 0"),
        (("frequencies.txt", ",600", ",-600"), "2: headway_secs", "whole number"),
        (("frequencies.txt", "06:00:00", "07:00:00"), "2: end_time", "not after start_time"),
        (("frequencies.txt", "06:00:00", ""), "2: start_time", "empty"),
        (("frequencies.txt", "07:00:00,600", "99:00:00,1"), "2: headway_secs", "departures"),
    ],
    ids=str,
)
def test_an_error_names_file_line_and_field(
    tmp_path: Path, edit: tuple[str, str, str], place: str, problem: str
) -> None:
    message = message_of(write_zip(tmp_path, edited(*edit)))
    assert message.startswith(f"{edit[0]}:{place}: ")
    assert problem in message


def test_an_error_carries_its_place_for_programs(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed) as caught:
        read(write_zip(tmp_path, edited("stop_times.txt", "08:32:00", "soon")))
    assert caught.value.as_dict() == {
        "code": "IMPORT_FAILED",
        "message": "stop_times.txt:3: departure_time: 'soon' is not a time written HH:MM:SS",
        "field": "departure_time",
        "details": {"file": "stop_times.txt", "line": 3},
    }


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("T2,7,07:00:00,D,1", "arrival_time"),
        ("T2,07:00:00,07:00:00,X,1", "stop_id"),
        ("T2,07:00:00,07:00:00,D,first", "stop_sequence"),
    ],
)
def test_rows_of_trips_that_do_not_run_that_day_are_checked_too(
    tmp_path: Path, row: str, field: str
) -> None:
    day_after_the_calendar = date(2027, 1, 1)
    path = write_zip(tmp_path, small_feed(stop_times=table(STOP_TIMES, row)))
    message = message_of(path, day_after_the_calendar)
    assert message.startswith(f"stop_times.txt:2: {field}: ")


def test_lines_are_counted_over_quoted_line_breaks(tmp_path: Path) -> None:
    feed = edited("stops.txt", "Adorf", '"A\n\ndorf"')
    feed["stops.txt"] += "E,Edorf,x,10\n"
    assert message_of(write_zip(tmp_path, feed)).startswith("stops.txt:8: stop_lat: ")


def test_a_quote_left_open_is_named_where_it_begins(tmp_path: Path) -> None:
    feed = edited("stops.txt", "Bedorf", '"Bedorf')
    assert message_of(write_zip(tmp_path, feed)).startswith("stops.txt:3: is not CSV")


def test_times_run_backwards_over_stops_without_times(tmp_path: Path) -> None:
    rows = ("T1,8:00:00,8:05:00,A,1", "T1,,,B,2", "T1,8:04:00,8:04:00,C,3")
    message = message_of(write_zip(tmp_path, one_trip(*rows)))
    assert message.startswith("stop_times.txt:4: arrival_time: ")


def test_a_long_cell_is_cut_in_the_message(tmp_path: Path) -> None:
    feed = edited("stop_times.txt", "08:32:00", "9" * 10_000)
    assert len(message_of(write_zip(tmp_path, feed))) < 200


def test_a_feed_of_several_agencies_says_whose_each_route_is(tmp_path: Path) -> None:
    feed = edited("agency.txt", "Berlin\n", "Berlin\nNL,Nachtlinie,,Europe/Berlin\n")
    feed["routes.txt"] = feed["routes.txt"].replace("R2,TL", "R2,")
    assert message_of(write_zip(tmp_path, feed)) == "routes.txt:3: agency_id: is empty"


@pytest.mark.parametrize("name", ["agency", "routes", "stops", "trips", "stop_times", "calendar"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    path = write_folder(tmp_path, small_feed(**{name: None}))
    assert message_of(path).startswith(f"{name}.txt: is missing")


@pytest.mark.parametrize("name", ["agency", "routes", "stops", "trips", "stop_times", "calendar"])
def test_an_empty_file_lacks_its_columns(tmp_path: Path, name: str) -> None:
    message = message_of(write_zip(tmp_path, small_feed(**{name: ""})))
    assert message.startswith(f"{name}.txt:1: ")
    assert message.endswith("the column is missing")


def test_a_feed_without_agencies_or_service_days_is_refused(tmp_path: Path) -> None:
    no_agency = small_feed(agency=table("agency_name,agency_timezone"))
    assert message_of(write_zip(tmp_path, no_agency)) == "agency.txt:1: names no agency"
    never = small_feed(calendar=None, calendar_dates=table(EXCEPTIONS, "DAILY,20260101,2"))
    assert message_of(write_zip(tmp_path, never)) == "trips.txt: no trip runs on any day"


class TestBytes:
    def test_that_are_not_utf_8(self, tmp_path: Path) -> None:
        feed: dict[str, str | bytes] = {**small_feed()}
        feed["stops.txt"] = small_feed()["stops.txt"].replace("Cedorf", "Zürich").encode("latin-1")
        assert message_of(write_zip(tmp_path, feed)) == "stops.txt:4: is not UTF-8"

    def test_without_end_of_line(self, tmp_path: Path) -> None:
        feed = {**small_feed(), "stops.txt": "stop_id,stop_name\n" + "A" * (2 << 20)}
        assert message_of(write_zip(tmp_path, feed)).startswith("stops.txt:2: the line is longer")

    def test_of_a_cell_beyond_reason(self, tmp_path: Path) -> None:
        feed = {**small_feed(), "stops.txt": "stop_id,stop_name\nA," + "A" * (1 << 19)}
        assert message_of(write_zip(tmp_path, feed)).startswith("stops.txt:2: is not CSV")


class TestArchive:
    def test_that_is_not_there(self, tmp_path: Path) -> None:
        assert message_of(tmp_path / "none.zip") == "none.zip: there is no such file"

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"agency_name\n" * 50])
    def test_that_is_no_zip(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "feed.zip"
        path.write_bytes(content)
        assert message_of(path) == "feed.zip: is not a readable zip file"

    def test_that_is_damaged(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.zip"
        with ZipFile(path, "w", ZIP_STORED) as archive:
            for name, text in small_feed().items():
                archive.writestr(name, text)
        path.write_bytes(path.read_bytes().replace(b"Cedorf", b"Zedorf"))
        assert message_of(path) == "stops.txt: cannot be read (BadZipFile)"

    def test_that_is_encrypted(self, tmp_path: Path) -> None:
        path = write_zip(tmp_path, small_feed())
        content = bytearray(path.read_bytes())
        for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = content.find(header)
            content[at + flags] |= 1
        path.write_bytes(content)
        assert message_of(path) == "agency.txt: cannot be read (RuntimeError)"

    def test_packed_by_a_method_that_unpacks_without_bound(self, tmp_path: Path) -> None:
        path = tmp_path / "feed.zip"
        with ZipFile(path, "w", ZIP_LZMA) as archive:
            archive.writestr("agency.txt", small_feed()["agency.txt"])
        assert "another method than deflate" in message_of(path)

    def test_that_is_a_bomb(self, tmp_path: Path) -> None:
        feed = {**small_feed(), "stop_times.txt": "\n" * (65 << 20)}
        assert "absurd multiple" in message_of(write_zip(tmp_path, feed))

    def test_with_a_file_beyond_the_limit(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gtfs_files, "_LARGEST_FILE", 150)
        assert message_of(write_folder(tmp_path, small_feed())).startswith("stop_times.txt: is lar")

    def test_that_says_it_unpacks_to_less_than_it_does(self, tmp_path: Path) -> None:
        path = write_zip(tmp_path, small_feed())
        true_size = len(small_feed()["stops.txt"]).to_bytes(4, "little")
        content = path.read_bytes()
        assert content.count(true_size) >= 2
        path.write_bytes(content.replace(true_size, (20).to_bytes(4, "little")))
        assert message_of(path).startswith("stops.txt")


# --- Fuzzing: whatever the bytes, a feed is read or refused, never a crash ---------------------

fuzzing = settings(
    deadline=None,
    max_examples=examples(3),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
COMPLETE = edited("frequencies.txt", ",600", ",900")
SPLICES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 6),
        st.one_of(
            st.binary(max_size=4),
            st.sampled_from(
                [b'"', b"\n", b",", b"\r", b"\0", b"-1", b"999", b":", b"\xef\xbb\xbf"]
            ),
        ),
    ),
    min_size=1,
    max_size=4,
)


def spliced(content: bytes, splices: list[tuple[float, int, bytes]]) -> bytes:
    """`content` with pieces of it, each at a part of its length, replaced by other bytes."""
    for part, length, piece in splices:
        at = int(part * len(content))
        content = content[:at] + piece + content[at + length :]
    return content


def is_read_or_refused(path: Path) -> bool:
    """Whether the feed can be read, or else is refused by the name of a file it should have."""
    try:
        read(path)
    except ImportFailed as refused:
        return refused.details["file"] in {*COMPLETE, path.name}
    return True


@fuzzing
@given(name=st.sampled_from(sorted(COMPLETE)), splices=SPLICES)
def test_mutated_files_raise_only_import_failed(
    tmp_path: Path, name: str, splices: list[tuple[float, int, bytes]]
) -> None:
    mutated = spliced(COMPLETE[name].encode(), splices)
    assert is_read_or_refused(write_zip(tmp_path, {**COMPLETE, name: mutated}))


@fuzzing
@given(splices=SPLICES)
def test_mutated_archives_raise_only_import_failed(
    tmp_path: Path, splices: list[tuple[float, int, bytes]]
) -> None:
    path = write_zip(tmp_path, COMPLETE)
    path.write_bytes(spliced(path.read_bytes(), splices))
    assert is_read_or_refused(path)


@fuzzing
@given(cells=st.lists(st.text(max_size=8), min_size=5, max_size=5))
def test_rows_of_any_text_raise_only_import_failed(tmp_path: Path, cells: list[str]) -> None:
    row = ",".join(cells).encode(errors="replace")
    feed = {**COMPLETE, "stop_times.txt": COMPLETE["stop_times.txt"].encode() + row}
    assert is_read_or_refused(write_zip(tmp_path, feed))
