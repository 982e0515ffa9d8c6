"""Small GTFS feeds for tests: files by name, changed by the test and written as a zip or a folder.

Two trips a day between four stops on a meridian, one degree of latitude apart.
"""

from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

Feed = dict[str, str]

WEEK = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
STOP_TIMES = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"


def table(header: str, *rows: str) -> str:
    return "\n".join((header, *rows, ""))


def small_feed(**changes: str | None) -> Feed:
    """The feed, with files of other contents (`stops=…` is stops.txt) or without (None)."""
    files: dict[str, str | None] = {
        "agency": table(
            "agency_id,agency_name,agency_url,agency_timezone",
            "TL,Testlinie,https://testlinie.example/,Europe/Berlin",
        ),
        "routes": table(
            "route_id,agency_id,route_short_name,route_long_name,route_type",
            "R1,TL,10,Adorf to Dorf,3",
            "R2,TL,20,Dorf to Adorf,2",
        ),
        "stops": table(
            "stop_id,stop_name,stop_lat,stop_lon",
            "A,Adorf,50,10",
            "B,Bedorf,51,10",
            "C,Cedorf,52,10",
            "D,Dedorf,53,10",
        ),
        "trips": table(
            "route_id,service_id,trip_id,trip_headsign",
            "R1,DAILY,T1,Dedorf",
            "R2,DAILY,T2,Adorf",
        ),
        "stop_times": table(
            STOP_TIMES,
            "T1,08:00:00,08:00:00,A,1",
            "T1,08:30:00,08:32:00,B,2",
            "T1,09:00:00,09:05:00,C,3",
            "T1,10:00:00,10:00:00,D,4",
            "T2,07:00:00,07:00:00,D,1",
            "T2,09:00:00,09:00:00,A,2",
        ),
        "calendar": table(
            f"service_id,{WEEK},start_date,end_date",
            "DAILY,1,1,1,1,1,1,1,20260101,20261231",
        ),
    }
    unknown = set(changes) - {*files, "calendar_dates", "frequencies"}
    assert not unknown, f"no such files in a feed: {unknown}"
    merged = {**files, **changes}
    return {f"{name}.txt": text for name, text in merged.items() if text is not None}


def one_trip(*stop_times: str, header: str = STOP_TIMES) -> Feed:
    """A feed with only the trip T1, of these rows."""
    trips = table("route_id,service_id,trip_id,trip_headsign", "R1,DAILY,T1,Dedorf")
    return small_feed(trips=trips, stop_times=table(header, *stop_times))


def write_zip(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    path = folder / "feed.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_folder(folder: Path, files: Mapping[str, str]) -> Path:
    path = folder / "feed"
    path.mkdir()
    for name, content in files.items():
        (path / name).write_text(content, encoding="utf-8", newline="")
    return path
