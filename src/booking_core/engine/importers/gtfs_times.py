"""Stop times of a GTFS feed: which trip calls where and when."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from booking_core.engine.importers.gtfs_files import FeedFiles, Progress
from booking_core.engine.importers.gtfs_rows import Row, look_up
from booking_core.engine.importers.gtfs_tables import Stop, Tables, Trip
from booking_core.errors import ImportFailed

_FILE = "stop_times.txt"
_COLUMNS = ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence")
_EARTH_RADIUS_M = 6_371_009
_FARTHEST = 1e9


class Call(NamedTuple):
    """A trip's call at a stop; times in seconds of the service day."""

    stop: Stop
    arrival: int
    departure: int


class StopTime(NamedTuple):
    """A row of stop_times.txt. `times` (arrival, departure) are None between timepoints."""

    sequence: int
    line: int
    times: tuple[int, int] | None
    stop: Stop
    distance: float | None

    def error(self, problem: str, field: str) -> ImportFailed:
        """An error about this row, to be raised."""
        return ImportFailed(problem, file=_FILE, line=self.line, field=field)


def read_calls(
    files: FeedFiles, tables: Tables, running: Iterable[Trip], on_progress: Progress | None
) -> dict[str, tuple[Call, ...]]:
    """The calls of each running trip by trip id; trips with fewer than two stops are left out.

    Rows of other trips are checked and passed over. Raises ImportFailed.
    """
    kept: dict[str, list[StopTime]] = {trip.id: [] for trip in running}
    for row in files.rows(_FILE, _COLUMNS, on_progress):
        trip = look_up(tables.trips, row, "trip_id", "trips.txt")
        stop_time = _read_stop_time(row, tables)
        if trip.id in kept:
            kept[trip.id].append(stop_time)
    # Emptied while it is worked through, so that a large feed is not held twice.
    rows_by_trip = ((trip, kept.pop(trip)) for trip in list(kept))
    return {trip: calls_of(rows) for trip, rows in rows_by_trip if len(rows) > 1}


def calls_of(stop_times: list[StopTime]) -> tuple[Call, ...]:
    """A trip's rows (two or more) in order, with the times between timepoints filled in.

    A missing time is set by shape_dist_traveled where that grows from one timepoint to the next,
    else evenly by stop: GTFS leaves the choice to the reader. Raises ImportFailed for a
    stop_sequence that is there twice, times that run backwards, and an end without a time.
    """
    stop_times.sort()
    for before, after in pairwise(stop_times):
        if before.sequence == after.sequence:
            raise after.error(f"{after.sequence} is there twice in this trip", "stop_sequence")
    for end, field in ((stop_times[0], "departure_time"), (stop_times[-1], "arrival_time")):
        if end.times is None:
            raise end.error("the first and last stop of a trip need a time", field)
    return tuple(_timed_calls(stop_times))


def distance_m(origin: Stop, destination: Stop) -> int | None:
    """Metres as the crow flies (haversine formula, mean earth radius); None without coordinates.

    Not shape_dist_traveled, because GTFS does not say in which unit that counts.
    """
    if origin.coordinates is None or destination.coordinates is None:
        return None
    lat_1, lon_1 = map(radians, origin.coordinates)
    lat_2, lon_2 = map(radians, destination.coordinates)
    half_chord_squared = (
        sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin((lon_2 - lon_1) / 2) ** 2
    )
    return round(2 * _EARTH_RADIUS_M * asin(sqrt(min(1.0, half_chord_squared))))


def _read_stop_time(row: Row, tables: Tables) -> StopTime:
    return StopTime(
        row.integer("stop_sequence"),
        row.line,
        _read_times(row),
        look_up(tables.stops, row, "stop_id", "stops.txt"),
        row.decimal("shape_dist_traveled", _FARTHEST),
    )


def _read_times(row: Row) -> tuple[int, int] | None:
    """Arrival and departure; one that is alone stands for both."""
    arrival, departure = row.optional_time("arrival_time"), row.optional_time("departure_time")
    if arrival is None:
        return None if departure is None else (departure, departure)
    if departure is None:
        return arrival, arrival
    if departure < arrival:
        raise row.error("lies before arrival_time", "departure_time")
    return arrival, departure


def _timed_calls(stop_times: Sequence[StopTime]) -> Iterator[Call]:
    timepoints = [(index, *row.times) for index, row in enumerate(stop_times) if row.times]
    yield Call(stop_times[0].stop, *timepoints[0][1:])
    for (start, _, leaves), (end, arrives, leaves_again) in pairwise(timepoints):
        if arrives < leaves:
            problem = "lies before the departure from an earlier stop"
            raise stop_times[end].error(problem, "arrival_time")
        stretch = stop_times[start : end + 1]
        for row, part in zip(stretch[1:], _parts(stretch), strict=False):
            passes = leaves + round((arrives - leaves) * part)
            yield Call(row.stop, passes, passes)
        yield Call(stop_times[end].stop, arrives, leaves_again)


def _parts(stretch: Sequence[StopTime]) -> list[float]:
    """For each stop between the two ends of a stretch: the part of the way done, 0 to 1."""
    way = [row.distance for row in stretch if row.distance is not None]
    grows = all(before <= after for before, after in pairwise(way)) and way and way[0] < way[-1]
    if len(way) < len(stretch) or not grows:
        way = list(range(len(stretch)))
    return [(point - way[0]) / (way[-1] - way[0]) for point in way[1:-1]]
