"""Reports: what an operator wants to know at a glance, counted where the data lies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.domain.spreadsheets import Cell
from booking_core.errors import InvalidRequest
from booking_core.storage.database import Database
from booking_core.storage.repositories.figures import figures_at
from booking_core.storage.unit_of_work import snapshot

EXPIRING_SOON = timedelta(minutes=5)
DEPARTING_SOON = timedelta(hours=24)
SALES_COLUMNS = (
    "booking_code",
    "event",
    "venue",
    "starts_at",
    "booked_at",
    "customer_id",
    "places",
    "labels",
    "currency",
    "sold",
    "refunded",
    "revenue",
    "status",
)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """How things stand at `at`; "today" is the day by the clocks of `time_zone`.

    Bookings are those that are confirmed now. `revenue` is what confirmed bookings cost and what
    was kept of cancelled ones, in minor units by currency; today's is of what was sold today, so
    a refund is taken off the day of its sale. Departures are all inventories that start within 24
    hours; their places count once per leg. `sweeper_lag` is how long the oldest hold that nobody
    has closed has been over.
    """

    at: datetime
    time_zone: str
    bookings_today: int
    bookings_total: int
    revenue_today: Mapping[str, int]
    revenue_total: Mapping[str, int]
    cancellations_today: int
    cancellations_total: int
    holds_live: int
    holds_expiring_soon: int
    blocked: int
    departures_soon: int
    places_soon: int
    places_sold_soon: int
    refunds_pending: int
    refunds_failed: int
    payments_failed_today: int
    payments_failed_total: int
    active_users: int
    messages_waiting: int
    messages_dead: int
    sweeper_lag: timedelta

    @property
    def use_soon(self) -> float:
        """The part of the places of the next 24 hours that is sold, from 0 to 1."""
        return self.places_sold_soon / self.places_soon if self.places_soon else 0.0


class Reports:
    """Reads over everything. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def dashboard(self, now: datetime, time_zone: str = "UTC") -> Dashboard:
        """Everything in one consistent view. Raises InvalidRequest for an unknown zone."""
        today = _day_of(now, time_zone)
        with snapshot(self._database) as connection:
            found = figures_at(
                connection,
                now=now.astimezone(UTC),
                today=today,
                expiring_by=now.astimezone(UTC) + EXPIRING_SOON,
                departing_by=now.astimezone(UTC) + DEPARTING_SOON,
            )
        return Dashboard(at=now, time_zone=time_zone, **found)

    def sales(
        self, start: date | None = None, end: date | None = None, time_zone: str = "UTC"
    ) -> Iterator[tuple[Cell, ...]]:
        """What was sold of events on the days from `start` to `end`, both included (all by
        default), by the clocks of `time_zone`: rows for `spreadsheets.csv_lines`, in the columns
        of `SALES_COLUMNS`, the oldest sale first, read as they are taken.

        Raises InvalidRequest for an unknown zone and for an end before its start.
        """
        raise NotImplementedError


def _day_of(now: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """From midnight to midnight, in UTC; a day of a change of clocks is shorter or longer."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidRequest(f"There is no time zone {time_zone}.", field="time_zone") from error
    local: Any = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = datetime(local.year, local.month, local.day, tzinfo=zone)
    next_day = begin.date() + timedelta(days=1)
    end = datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone)
    return begin.astimezone(UTC), end.astimezone(UTC)
