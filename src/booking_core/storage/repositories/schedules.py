"""Schedules: the departures of buses on routes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.timetable import Bus, Schedule
from booking_core.domain.timetable_rules import LONGEST_JOURNEY
from booking_core.storage.locks.trades import LOCK_TIMETABLE
from booking_core.storage.statements import Query, Row, table_of
from booking_core.storage.tables.timetable import ScheduleRow
from booking_core.storage.wire import Answer, PooledReader, Reader

_SCHEDULES = table_of(ScheduleRow)
# `value` is the last number given out.
SET_LAST_NUMBER = Query(
    sqlite="UPDATE counters SET value = :value WHERE name = 'schedule' RETURNING value",
    postgres="UPDATE counters SET value = %(value)s WHERE name = 'schedule' RETURNING value",
)
_COLUMNS = """
    SELECT s.id, s.number, s.inventory_id, s.route_id, r.origin_city, r.destination_city,
        r.distance_m, s.departs_at, s.arrives_at, s.base_price, s.currency, i.time_zone, i.on_sale,
        i.capacity, b.id, b.bus_number, b.bus_type, b.total_seats, b.created_at
    FROM schedules AS s JOIN routes AS r ON r.id = s.route_id JOIN buses AS b ON b.id = s.bus_id
    JOIN inventories AS i ON i.id = s.inventory_id WHERE """


def _schedules(sqlite: str, postgres: str) -> Query:
    return Query(_COLUMNS + sqlite, _COLUMNS + postgres, times=(7, 8, 18))


BY_ID = _schedules("s.id = :id", "s.id = %(id)s::uuid")
BY_NUMBER = _schedules("s.number = :number", "s.number = %(number)s")
BY_IDS = _schedules(
    "s.id IN (SELECT value FROM json_each(:ids))",
    "s.id = ANY (ARRAY (SELECT json_array_elements_text(%(ids)s::json)::uuid))",
)
BY_INVENTORIES = _schedules(
    "s.inventory_id IN (SELECT value FROM json_each(:ids))",
    "s.inventory_id = ANY (ARRAY (SELECT json_array_elements_text(%(ids)s::json)::uuid))",
)


def lock_timetable(reader: Reader) -> int:
    """Keep everybody else from changing the timetable until the transaction ends; the number of
    the last schedule."""
    last: int = reader.query(LOCK_TIMETABLE).rows()[0][0]
    return last


def next_number(connection: Connection) -> int:
    """A number for a new schedule, under the lock of the timetable."""
    reader = PooledReader(connection)
    number = lock_timetable(reader) + 1
    reader.query(SET_LAST_NUMBER, value=number)
    return number


def insert(connection: Connection, schedule: Row) -> None:
    connection.execute(_SCHEDULES.insert(), schedule)


def row_of(schedule: Schedule, now: datetime) -> Row:
    return {
        "id": schedule.id,
        "number": schedule.number,
        "route_id": schedule.route_id,
        "bus_id": schedule.bus.id,
        "inventory_id": schedule.inventory_id,
        "departs_at": schedule.departs_at,
        "arrives_at": schedule.arrives_at,
        "base_price": schedule.base_price,
        "currency": schedule.currency,
        "created_at": now,
    }


def by_id(reader: Reader, schedule_id: str) -> Schedule | None:
    return _one(reader.query(BY_ID, id=schedule_id))


def by_number(reader: Reader, number: int) -> Schedule | None:
    return _one(reader.query(BY_NUMBER, number=number))


def by_ids(reader: Reader, schedule_ids: Sequence[str]) -> dict[str, Schedule]:
    """By their ids, those that there are."""
    return {one.id: one for one in _all(reader, BY_IDS, schedule_ids)}


def by_inventories(reader: Reader, inventory_ids: Sequence[str]) -> dict[str, Schedule]:
    """By the ids of their inventories, those that belong to one."""
    return {one.inventory_id: one for one in _all(reader, BY_INVENTORIES, inventory_ids)}


def number_overlapping(
    connection: Connection, bus_id: str, departs_at: datetime, arrives_at: datetime
) -> int | None:
    """The number of a schedule that has the bus on the road between two times."""
    table = _SCHEDULES.c
    query = (
        sa.select(table.number)
        .where(table.bus_id == bus_id, table.departs_at < arrives_at, table.arrives_at > departs_at)
        # Lets the index find them: none is on its way for longer.
        .where(table.departs_at > departs_at - LONGEST_JOURNEY)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def _one(answer: Answer) -> Schedule | None:
    return next(map(_schedule_of, answer.rows()), None)


def _all(reader: Reader, query: Query, ids: Sequence[str]) -> Iterator[Schedule]:
    return map(_schedule_of, reader.query(query, ids=orjson.dumps(ids).decode()).rows())


def _schedule_of(row: Sequence[Any]) -> Schedule:
    """From `_COLUMNS`, in their order, which is the fields'."""
    fields: list[Any] = [*row[:12], bool(row[12]), row[13], Bus(*row[14:])]
    return Schedule(*fields)
