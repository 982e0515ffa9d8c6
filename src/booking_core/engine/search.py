"""Searching the timetable: which departures lead from one city to another on a day."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking_core.domain.cities import city_key, fewest_legs
from booking_core.domain.timetable import Journey
from booking_core.domain.timetable_rules import FIRST_YEAR, LAST_YEAR
from booking_core.storage.database import Database
from booking_core.storage.repositories import journeys, schedules
from booking_core.storage.repositories.journeys import Found, Part
from booking_core.storage.wire import PooledReader, Reader

# A date begins here first, fourteen hours before it does in UTC, and ends here last.
_EASTERNMOST, _WESTERNMOST = timedelta(hours=14), timedelta(hours=12)
_SOMEWHERE_ON_A_DAY = _EASTERNMOST + timedelta(days=1) + _WESTERNMOST


def search(
    database: Database,
    now: datetime | None,
    origin_city: str,
    destination_city: str,
    day: date,
    *,
    limit: int,
    offset: int,
) -> list[Journey]:
    """See `Timetable.search`. Five queries, however many departures there are."""
    if not FIRST_YEAR < day.year < LAST_YEAR:
        return []
    with database.connect() as connection:
        reader = PooledReader(connection)
        parts = journeys.parts_between(reader, city_key(origin_city), city_key(destination_city))
        if not parts:
            return []
        begin = datetime.combine(day, time(), UTC) - _EASTERNMOST
        leaving = journeys.departures(
            reader, _one_of_each_route(parts), begin, _SOMEWHERE_ON_A_DAY, now
        )
        found = [one for one in leaving if _local_day(one) == day]
        return _journeys(reader, found[offset : offset + limit], now)


def _one_of_each_route(parts: Iterable[Part]) -> list[Part]:
    """The one that a reservation between these cities would be for."""
    best: dict[str, Part] = {}
    for part in sorted(parts, key=lambda part: fewest_legs(part[1:])):
        best.setdefault(part[0], part)
    return list(best.values())


def _local_day(found: Found) -> date:
    return found.departs_at.astimezone(ZoneInfo(found.time_zone)).date()


def _journeys(reader: Reader, found: Sequence[Found], now: datetime | None) -> list[Journey]:
    known = schedules.by_ids(reader, [one.schedule_id for one in found])
    legs = journeys.legs_of(reader, [one.inventory_id for one in found])
    taken = journeys.taken(reader, found, now)
    result = []
    for one in found:
        schedule = known[one.schedule_id]
        available = schedule.total_seats - taken.get(one.inventory_id, 0)
        result.append(Journey.on(schedule, legs[one.inventory_id], one.span, available))
    return result
