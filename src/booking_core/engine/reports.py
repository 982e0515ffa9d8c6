"""Reports: what an operator wants to know at a glance, counted where the data lies."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.domain.dashboard import Dashboard
from booking_core.errors import InvalidRequest
from booking_core.storage.database import Database
from booking_core.storage.repositories.figures import figures_at
from booking_core.storage.unit_of_work import snapshot

EXPIRING_SOON = timedelta(minutes=5)
DEPARTING_SOON = timedelta(hours=24)


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
