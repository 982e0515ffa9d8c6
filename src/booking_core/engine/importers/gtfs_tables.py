"""The small tables of a GTFS feed, checked against one another; stop times are read apart."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from sys import intern
from zoneinfo import ZoneInfo

from booking_core.engine.importers.gtfs_files import FeedFiles
from booking_core.engine.importers.gtfs_rows import Row, look_up, new_key, shown
from booking_core.engine.importers.gtfs_services import Services, read_services
from booking_core.errors import ImportFailed

# One departure a second, all day long, is 86,400: more than this is a slip, not a service.
_MOST_DEPARTURES_A_ROW = 100_000


@dataclass(frozen=True, slots=True)
class Agency:
    """`key` is its id, or its name where the feed gives no id."""

    key: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Route:
    """A row of routes.txt. `type` is GTFS's number for the kind of vehicle."""

    id: str
    agency: Agency
    short_name: str
    long_name: str
    type: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Coordinates in degrees, where the feed gives both."""

    name: str
    coordinates: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Trip:
    """A row of trips.txt."""

    id: str
    route: Route
    service_id: str
    headsign: str


@dataclass(frozen=True)
class Tables:
    """Everything but the stop times, by id. `frequencies`: first departures by trip, in seconds."""

    routes: Mapping[str, Route]
    stops: Mapping[str, Stop]
    services: Services
    trips: Mapping[str, Trip]
    frequencies: Mapping[str, tuple[int, ...]]

    def departures_by_day(self) -> dict[date, int]:
        """How often trips set out on each service day that has any."""
        weights: Counter[str] = Counter()
        for trip in self.trips.values():
            weights[trip.service_id] += len(self.frequencies.get(trip.id, (0,)))
        return self.services.totals(weights)


def read_tables(files: FeedFiles) -> Tables:
    """Read and check agency, routes, stops, calendar, calendar_dates, trips and frequencies.

    Raises ImportFailed, by file, line and field.
    """
    routes = _read_routes(files, _read_agencies(files))
    services = read_services(files)
    trips = _read_trips(files, routes, services.ids)
    return Tables(routes, _read_stops(files), services, trips, _read_frequencies(files, trips))


def _read_agencies(files: FeedFiles) -> dict[str, Agency]:
    agencies: dict[str, Agency] = {}
    for row in files.rows("agency.txt", ("agency_name", "agency_timezone")):
        name, key = row.text("agency_name"), row.optional("agency_id")
        if key in agencies:
            raise row.error(f"a second agency {shown(key)}", "agency_id")
        agency = Agency(key or name, _zone(row))
        # GTFS wants one time zone per feed; without it a service day has no one beginning.
        if any(agency.zone.key != other.zone.key for other in agencies.values()):
            raise row.error("differs from that of the other agencies", "agency_timezone")
        agencies[key] = agency
    if not agencies:
        raise ImportFailed("names no agency", file="agency.txt", line=1)
    return agencies


def _zone(row: Row) -> ZoneInfo:
    name = row.text("agency_timezone")
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise row.error(f"{shown(name)} is not an IANA time zone", "agency_timezone") from None


def _read_routes(files: FeedFiles, agencies: Mapping[str, Agency]) -> dict[str, Route]:
    routes: dict[str, Route] = {}
    for row in files.rows("routes.txt", ("route_id", "route_type")):
        key = new_key(routes, row, "route_id")
        routes[key] = Route(
            key,
            _agency_of(row, agencies),
            row.name("route_short_name"),
            row.name("route_long_name"),
            row.integer("route_type"),
        )
    return routes


def _agency_of(row: Row, agencies: Mapping[str, Agency]) -> Agency:
    """The agency a route names; the only one where it names none."""
    if not row.optional("agency_id") and len(agencies) == 1:
        return next(iter(agencies.values()))
    return look_up(agencies, row, "agency_id", "agency.txt")


def _read_stops(files: FeedFiles) -> dict[str, Stop]:
    stops: dict[str, Stop] = {}
    for row in files.rows("stops.txt", ("stop_id", "stop_name")):
        key = new_key(stops, row, "stop_id")
        latitude, longitude = row.decimal("stop_lat", 90), row.decimal("stop_lon", 180)
        stops[key] = Stop(
            row.name("stop_name") or key,
            None if latitude is None or longitude is None else (latitude, longitude),
        )
    return stops


def _read_trips(
    files: FeedFiles, routes: Mapping[str, Route], services: frozenset[str]
) -> dict[str, Trip]:
    trips: dict[str, Trip] = {}
    for row in files.rows("trips.txt", ("route_id", "service_id", "trip_id")):
        key = new_key(trips, row, "trip_id")
        service = row.text("service_id")
        if service not in services:
            problem = f"{shown(service)} is in neither calendar.txt nor calendar_dates.txt"
            raise row.error(problem, "service_id")
        route = look_up(routes, row, "route_id", "routes.txt")
        # A feed repeats a few services and headsigns over very many trips.
        trips[key] = Trip(key, route, intern(service), intern(row.name("trip_headsign")))
    return trips


def _read_frequencies(files: FeedFiles, trips: Mapping[str, Trip]) -> dict[str, tuple[int, ...]]:
    starts: dict[str, set[int]] = {}
    if not files.has("frequencies.txt"):
        return {}
    columns = ("trip_id", "start_time", "end_time", "headway_secs")
    for row in files.rows("frequencies.txt", columns):
        trip = look_up(trips, row, "trip_id", "trips.txt")
        # Two rows may name the same moment: one vehicle leaves then, not two.
        starts.setdefault(trip.id, set()).update(_headway_starts(row))
    return {trip: tuple(sorted(found)) for trip, found in starts.items()}


def _headway_starts(row: Row) -> range:
    start, end = row.time("start_time"), row.time("end_time")
    headway = row.integer("headway_secs")
    if headway == 0:
        raise row.error("must be more than 0", "headway_secs")
    if end <= start:
        raise row.error("is not after start_time", "end_time")
    starts = range(start, end, headway)
    if len(starts) > _MOST_DEPARTURES_A_ROW:
        raise row.error(f"makes {len(starts)} departures of one row", "headway_secs")
    return starts
