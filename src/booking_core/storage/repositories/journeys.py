"""Finding departures between two cities, and what is free on the legs travelled."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson

from booking_core.domain.inventory import Leg
from booking_core.domain.timetable_rules import LONGEST_JOURNEY
from booking_core.storage.statements import Query
from booking_core.storage.wire import Reader

PARTS_BETWEEN = Query(
    sqlite="""
        SELECT a.route_id, a.position, b.position FROM route_stops AS a
        JOIN route_stops AS b ON b.route_id = a.route_id AND b.position > a.position
        WHERE a.city_key = :origin AND b.city_key = :destination""",
    postgres="""
        SELECT a.route_id, a.position, b.position FROM route_stops AS a
        JOIN route_stops AS b ON b.route_id = a.route_id AND b.position > a.position
        WHERE a.city_key = %(origin)s AND b.city_key = %(destination)s""",
)
# `parts` is a JSON list of [route_id, from_leg, to_leg]. How long a departure may be on its way
# bounds the range of the index. Both databases are told the order of the tables (SQLite by CROSS
# JOIN, PostgreSQL by OFFSET 0, which it does not look through): one may have no statistics, the
# other takes any list for a long one.
DEPARTURES = Query(
    sqlite="""
        SELECT s.id, s.inventory_id, part.value ->> 1, part.value ->> 2, l.departs_at, i.time_zone
        FROM json_each(:parts) AS part
        CROSS JOIN schedules AS s ON s.route_id = part.value ->> 0
            AND s.departs_at >= :earliest AND s.departs_at < :until
        CROSS JOIN legs AS l ON l.inventory_id = s.inventory_id AND l.number = part.value ->> 1
        CROSS JOIN inventories AS i ON i.id = s.inventory_id
        WHERE i.on_sale AND l.departs_at >= :since AND l.departs_at < :until
            AND l.departs_at > :now
        ORDER BY l.departs_at, s.number""",
    postgres="""
        SELECT s.id, s.inventory_id, part.from_leg, part.to_leg, l.departs_at, l.time_zone
        FROM (SELECT (value ->> 0)::uuid AS route_id, (value ->> 1)::smallint AS from_leg,
                (value ->> 2)::smallint AS to_leg
            FROM json_array_elements(%(parts)s::json)) AS part
        CROSS JOIN LATERAL (
            SELECT id, inventory_id, number FROM schedules WHERE route_id = part.route_id
                AND departs_at >= %(earliest)s AND departs_at < %(until)s OFFSET 0) AS s
        CROSS JOIN LATERAL (
            SELECT legs.departs_at, i.time_zone
            FROM legs JOIN inventories AS i ON i.id = legs.inventory_id
            WHERE legs.inventory_id = s.inventory_id AND legs.number = part.from_leg AND i.on_sale
                AND legs.departs_at >= %(since)s AND legs.departs_at < %(until)s
                AND legs.departs_at > coalesce(%(now)s::timestamptz, statement_timestamp())
            OFFSET 0) AS l
        ORDER BY l.departs_at, s.number""",
    times=(4,),
)
LEGS = Query(
    sqlite="""
        SELECT inventory_id, number, origin, destination, departs_at, arrives_at, distance_m
        FROM legs WHERE inventory_id IN (SELECT value FROM json_each(:ids))
        ORDER BY inventory_id, number""",
    postgres="""
        SELECT inventory_id, number, origin, destination, departs_at, arrives_at, distance_m
        FROM legs WHERE inventory_id = ANY (ARRAY (
            SELECT json_array_elements_text(%(ids)s::json)::uuid))
        ORDER BY inventory_id, number""",
    times=(4, 5),
)
# `spans` is a JSON list of [inventory_id, from_leg, to_leg]. A hold that is over takes nothing,
# swept or not. An array, where a join would do, keeps PostgreSQL from reading the whole table
# while it does not know how large that is.
TAKEN = Query(
    sqlite="""
        SELECT c.inventory_id, count(DISTINCT c.seat_id) FROM json_each(:spans) AS span
        CROSS JOIN claims AS c ON c.inventory_id = span.value ->> 0
            AND c.leg >= span.value ->> 1 AND c.leg < span.value ->> 2
        WHERE c.expires_at IS NULL OR c.expires_at > :now GROUP BY c.inventory_id""",
    postgres="""
        SELECT c.inventory_id, count(DISTINCT c.seat_id)
        FROM (SELECT (value ->> 0)::uuid AS inventory_id, (value ->> 1)::smallint AS from_leg,
                (value ->> 2)::smallint AS to_leg
            FROM json_array_elements(%(spans)s::json)) AS span
        JOIN claims AS c ON c.inventory_id = span.inventory_id
            AND c.leg >= span.from_leg AND c.leg < span.to_leg
        WHERE c.inventory_id = ANY (ARRAY (
                SELECT (value ->> 0)::uuid FROM json_array_elements(%(spans)s::json)))
            AND (c.expires_at IS NULL
                OR c.expires_at > coalesce(%(now)s::timestamptz, statement_timestamp()))
        GROUP BY c.inventory_id""",
)


class Found(NamedTuple):
    """A departure from a stop; `departs_at` there, in UTC."""

    schedule_id: str
    inventory_id: str
    from_leg: int
    to_leg: int
    departs_at: datetime
    time_zone: str

    @property
    def span(self) -> tuple[int, int]:
        return self.from_leg, self.to_leg


Part = tuple[str, int, int]


def parts_between(reader: Reader, origin_key: str, destination_key: str) -> list[Part]:
    """(route_id, position of the one, position of the other) of all routes from one city to
    another, and each way of doing so where a route calls there twice."""
    rows = reader.query(PARTS_BETWEEN, origin=origin_key, destination=destination_key).rows()
    return [(row[0], row[1], row[2]) for row in rows]


def departures(
    reader: Reader, parts: Iterable[Part], since: datetime, length: timedelta, now: datetime | None
) -> list[Found]:
    """Departures on sale and not gone that leave the first stop of one of the parts in a span of
    time; by when, then by number."""
    rows = reader.query(
        DEPARTURES,
        parts=_json(list(parts)),
        earliest=since - LONGEST_JOURNEY,
        since=since,
        until=since + length,
        now=now,
    ).rows()
    return [Found(*row) for row in rows]


def legs_of(reader: Reader, inventory_ids: Sequence[str]) -> dict[str, list[Leg]]:
    """By inventory, in order."""
    legs: dict[str, list[Leg]] = {}
    for inventory_id, *leg in reader.query(LEGS, ids=_json(inventory_ids)).rows():
        legs.setdefault(inventory_id, []).append(Leg(*leg))
    return legs


def taken(reader: Reader, found: Iterable[Found], now: datetime | None) -> dict[str, int]:
    """Seats that are held, sold or blocked on any of the legs, by inventory; none where absent."""
    spans = [(one.inventory_id, one.from_leg, one.to_leg) for one in found]
    return {row[0]: row[1] for row in reader.query(TAKEN, spans=_json(spans), now=now).rows()}


def _json(value: Sequence[object]) -> str:
    return orjson.dumps(value).decode()
