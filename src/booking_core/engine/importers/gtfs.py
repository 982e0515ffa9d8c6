"""GTFS static feeds: the departures of one service day, as inventories to be created.

The rules are those of the GTFS Schedule reference (gtfs.org). Nothing is stored here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path

from booking_core.domain.timetable import DepartureDraft
from booking_core.engine.importers.bus_layouts import BusLayouts, layout_for
from booking_core.engine.importers.gtfs_drafts import Departure, DraftMaker, DraftTerms
from booking_core.engine.importers.gtfs_files import FeedFiles, Progress
from booking_core.engine.importers.gtfs_tables import Trip, read_tables
from booking_core.engine.importers.gtfs_times import Call, read_calls
from booking_core.errors import ImportFailed

DEFAULT_CURRENCY = "INR"
DEFAULT_PRICE = 50_000


@dataclass(frozen=True, slots=True)
class GtfsSummary:
    """Of one call of `inventories`: its departures, the distinct routes they are on, and the
    trips of the day left out because they have fewer than two stops.
    """

    routes: int
    departures: int
    skipped: int


class GtfsFeed:
    """A feed that is open for reading. `summary` is None until `inventories` was called."""

    def __init__(self, files: FeedFiles) -> None:
        self._files = files
        self._tables = read_tables(files)
        self.summary: GtfsSummary | None = None

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator["GtfsFeed"]:
        """Open a zip file or a folder of GTFS files, and read all of it but the stop times.

        Raises ImportFailed where anything in there is malformed or refers to nothing.
        """
        with FeedFiles.open(path) as files:
            yield cls(files)

    @property
    def time_zone(self) -> str:
        """The zone of the agency of its first route; UTC in a feed without routes."""
        zones = (route.agency.zone.key for route in self._tables.routes.values())
        return next(zones, "UTC")

    def service_days(self) -> tuple[date, date]:
        """The first and the last day on which a trip sets out.

        Raises ImportFailed where there is no such day.
        """
        days = tuple(self._departures_by_day)
        if not days:
            raise ImportFailed("no trip runs on any day", file="trips.txt")
        return days[0], days[-1]

    def departures_on(self, day: date) -> int:
        """Departures of a service day, trips with fewer than two stops included."""
        return self._departures_by_day.get(day, 0)

    def busiest_day(self) -> date:
        """The service day with most departures, the earliest of several.

        Raises ImportFailed where there is no service day.
        """
        self.service_days()
        return max(self._departures_by_day, key=self.departures_on)

    def inventories(
        self,
        day: date,
        *,
        now: datetime,
        limit: int | None = None,
        starts_on: date | None = None,
        layouts: BusLayouts = layout_for,
        currency: str = DEFAULT_CURRENCY,
        base_price: int = DEFAULT_PRICE,
        on_progress: Progress | None = None,
    ) -> Iterator[DepartureDraft]:
        """The departures of the service day `day`, earliest first; ties by trip id.

        `limit` keeps the first so many. `starts_on` moves them to another date, at the same times
        by the clock. `base_price` is in minor units of `currency`, for any seat. Departures at
        or before `now` come closed for sale. `on_progress` is told of bytes of stop times.

        The whole feed is read and checked, and `summary` set, before this returns; the drafts
        are made one by one. Raises ImportFailed.
        """
        running = self._running_trips(day)
        calls = read_calls(self._files, self._tables, running, on_progress)
        runs = [trip for trip in running if trip.id in calls]
        departures = list(islice(self._departures(runs, calls), limit))
        self.summary = GtfsSummary(
            routes=len({departure.trip.route.id for departure in departures}),
            departures=len(departures),
            skipped=len(running) - len(runs),
        )
        terms = DraftTerms(starts_on or day, now, currency, base_price, layouts)
        maker = DraftMaker(terms)
        return (maker.draft_of(departure) for departure in departures)

    @cached_property
    def _departures_by_day(self) -> dict[date, int]:
        return self._tables.departures_by_day()

    def _running_trips(self, day: date) -> list[Trip]:
        active = self._tables.services.active(day)
        return [trip for trip in self._tables.trips.values() if trip.service_id in active]

    def _departures(
        self, trips: list[Trip], calls: dict[str, tuple[Call, ...]]
    ) -> Iterator[Departure]:
        """One of each trip, or one of each headway where it runs by frequency, in order of time."""
        starts = [
            (start, trip.id)
            for trip in trips
            for start in self._tables.frequencies.get(trip.id) or (calls[trip.id][0].departure,)
        ]
        for start, trip_id in sorted(starts):
            by_frequency = trip_id in self._tables.frequencies
            yield Departure(self._tables.trips[trip_id], calls[trip_id], start, by_frequency)
