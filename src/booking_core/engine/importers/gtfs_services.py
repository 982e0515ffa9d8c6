"""The calendar of a GTFS feed: on which days each service runs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from booking_core.engine.importers.gtfs_files import FeedFiles
from booking_core.engine.importers.gtfs_rows import new_key
from booking_core.errors import ImportFailed

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeeklyService:
    """Runs on the `weekdays` (Monday is 0) from `first` to `last`, both included."""

    weekdays: frozenset[int]
    first: date
    last: date

    def runs_on(self, day: date) -> bool:
        """By its week alone, whatever the exceptions are."""
        return self.first <= day <= self.last and day.weekday() in self.weekdays


@dataclass(frozen=True)
class Services:
    """When each service runs: by week, and by exception (True adds a day, False takes it away)."""

    weekly: Mapping[str, WeeklyService]
    exceptions: Mapping[tuple[str, date], bool]

    @cached_property
    def ids(self) -> frozenset[str]:
        """Of all services, those that only exceptions name among them."""
        return frozenset(self.weekly) | {service for service, _ in self.exceptions}

    def active(self, day: date) -> frozenset[str]:
        """The ids of the services that run on a day."""
        return frozenset(service for service in self.ids if self._runs_on(service, day))

    def totals(self, weights: Mapping[str, int]) -> dict[date, int]:
        """For each day, the sum of the weights of its services; days with none are left out.

        Sweeps over starts and ends, since a service may well last for decades.
        """
        totals = Counter(dict(self._weekly_totals(weights)))
        for (service, day), added in self.exceptions.items():
            weekly = self.weekly.get(service)
            if added != (weekly is not None and weekly.runs_on(day)):
                totals[day] += weights.get(service, 0) * (1 if added else -1)
        return {day: total for day, total in sorted(totals.items()) if total}

    def _runs_on(self, service: str, day: date) -> bool:
        exception = self.exceptions.get((service, day))
        if exception is not None:
            return exception
        weekly = self.weekly.get(service)
        return weekly is not None and weekly.runs_on(day)

    def _weekly_totals(self, weights: Mapping[str, int]) -> Iterator[tuple[date, int]]:
        changes = self._changes(weights)
        running = [0] * 7
        day = min(changes, default=date.max)
        last = max(changes, default=date.min)
        while day < last:
            for weekday, change in changes.get(day, Counter()).items():
                running[weekday] += change
            yield day, running[day.weekday()]
            day += _ONE_DAY

    def _changes(self, weights: Mapping[str, int]) -> dict[date, Counter[int]]:
        """By the day they take effect: how the total of each weekday changes."""
        changes: dict[date, Counter[int]] = {}
        for service, weekly in self.weekly.items():
            for weekday in weekly.weekdays:
                weight = weights.get(service, 0)
                changes.setdefault(weekly.first, Counter())[weekday] += weight
                changes.setdefault(weekly.last + _ONE_DAY, Counter())[weekday] -= weight
        return changes


def read_services(files: FeedFiles) -> Services:
    """Read calendar.txt and calendar_dates.txt, of which a feed has one or both.

    Raises ImportFailed.
    """
    if not files.has("calendar.txt") and not files.has("calendar_dates.txt"):
        problem = "is missing; a feed has this file or calendar_dates.txt"
        raise ImportFailed(problem, file="calendar.txt")
    return Services(_read_weekly(files), _read_exceptions(files))


def _read_weekly(files: FeedFiles) -> dict[str, WeeklyService]:
    weekly: dict[str, WeeklyService] = {}
    if not files.has("calendar.txt"):
        return weekly
    for row in files.rows("calendar.txt", ("service_id", *_WEEKDAYS, "start_date", "end_date")):
        key = new_key(weekly, row, "service_id")
        first, last = row.day("start_date"), row.day("end_date")
        if last < first:
            raise row.error("lies before start_date", "end_date")
        weekdays = frozenset(day for day, name in enumerate(_WEEKDAYS) if row.flag(name))
        weekly[key] = WeeklyService(weekdays, first, last)
    return weekly


def _read_exceptions(files: FeedFiles) -> dict[tuple[str, date], bool]:
    exceptions: dict[tuple[str, date], bool] = {}
    if not files.has("calendar_dates.txt"):
        return exceptions
    for row in files.rows("calendar_dates.txt", ("service_id", "date", "exception_type")):
        key = (row.text("service_id"), row.day("date"))
        if key in exceptions:
            raise row.error("a second exception for this service on this day", "date")
        if row.text("exception_type") not in ("1", "2"):
            raise row.error("is neither 1 (added) nor 2 (removed)", "exception_type")
        exceptions[key] = row.text("exception_type") == "1"
    return exceptions
