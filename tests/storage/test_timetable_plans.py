"""A search among 100,000 schedules finds its rows by indexes, whatever the statistics say."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from booking_core import BookingSystem
from booking_core.storage.repositories import journeys
from booking_core.storage.statements import Query, time_text
from tests.support.builders import NOW
from tests.support.raw import raw_connection, run_sql
from tests.support.timetable import put_departure

SCHEDULES, ROUTES = 100_000, 500
# Of the first so many departures one seat is sold.
CLAIMS = 10_000
DAY = date(2035, 6, 15)

# Ids are numbers in hexadecimal; a kind of thing is told by the first digit.
_SQLITE = {
    "numbers": (
        "WITH RECURSIVE many (n) AS "
        "(SELECT 0 UNION ALL SELECT n + 1 FROM many WHERE n + 1 < {last})"
    ),
    "id": "printf('{kind}0000000-0000-7000-8000-%012x', {n})",
    "time": "strftime('%Y-%m-%d %H:%M:%f000', '2035-06-01', (n % 43200) || ' minutes')",
}
_POSTGRES = {
    "numbers": "WITH many AS (SELECT generate_series(0, {last} - 1) AS n)",
    "id": "('{kind}0000000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid",
    "time": "timestamptz '2035-06-01 00:00Z' + (n % 43200) * interval '1 minute'",
}


def fill(url: str) -> None:
    """Twelve weeks' schedules on 500 lines between two cities each, every 30 days' minute."""
    words = _SQLITE if url.startswith("sqlite") else _POSTGRES

    def number(last: int) -> str:
        return words["numbers"].format(last=last)

    def id_of(kind: str, n: str = "n") -> str:
        return words["id"].format(kind=kind, n=n)

    bus, time = id_of("b", "0"), words["time"]
    created = f"'{NOW.isoformat(' ')}'"
    route, inventory = id_of("a", f"n % {ROUTES}"), id_of("c")
    run_sql(
        url,
        f"INSERT INTO buses VALUES ({bus}, 'B', 'deluxe', 4, {created})",
        f"""INSERT INTO routes (id, origin_city, destination_city, distance_m, created_at)
            {number(ROUTES)} SELECT {id_of("a")}, 'x', 'y', 9, {created} FROM many""",
        f"""INSERT INTO route_stops (route_id, position, city, city_key, distance_m)
            {number(2 * ROUTES)} SELECT {id_of("a", "n / 2")}, n % 2, 'x',
                (CASE n % 2 WHEN 0 THEN 'from ' ELSE 'to ' END) || (n / 2), 9 * (n % 2)
            FROM many""",
        f"""INSERT INTO inventories (id, name, kind, starts_at, time_zone, currency, on_sale,
                version, layout_version, capacity, hold_seconds, longest_hold_seconds,
                customer_limit, orphan_rule, refunds, created_at)
            {number(SCHEDULES)} SELECT {inventory}, 'x', 'seated', {time}, 'UTC', 'INR', TRUE,
                0, 1, 4, 900, 900, 9, 'off', '[]', {created} FROM many""",
        f"""INSERT INTO legs (inventory_id, number, origin, destination, departs_at, arrives_at,
                distance_m)
            {number(SCHEDULES)} SELECT {inventory}, 0, 'x', 'y', {time}, {time}, 9 FROM many""",
        f"""INSERT INTO schedules (id, number, route_id, bus_id, inventory_id, departs_at,
                arrives_at, base_price, currency, created_at)
            {number(SCHEDULES)} SELECT {id_of("d")}, n + 1000, {route}, {bus}, {inventory}, {time},
                {time}, 5, 'INR', {created} FROM many""",
        f"""INSERT INTO tiers (id, inventory_id, position, name, price, capacity, held, sold)
            VALUES ({id_of("e", "0")}, {id_of("c", "0")}, 0, 'x', 5, {CLAIMS}, 0, {CLAIMS})""",
        f"""INSERT INTO seats (id, inventory_id, tier_id, ordinal, section, row, number, position,
                type)
            {number(CLAIMS)} SELECT {id_of("f")}, {inventory}, {id_of("e", "0")}, 0, '', 'A', '1',
                0, 'standard' FROM many""",
        f"""INSERT INTO bookings (id, inventory_id, customer_id, state, items, places, from_leg,
                to_leg, amount, currency, held_at, expires_at)
            VALUES ({id_of("1", "0")}, {id_of("c", "0")}, 'ann', 'confirmed', '[]', 1, 0, 1, 5,
                'INR', {created}, {created})""",
        f"""INSERT INTO claims (seat_id, leg, inventory_id, booking_id)
            {number(CLAIMS)} SELECT {id_of("f")}, 0, {inventory}, {id_of("1", "0")} FROM many""",
    )


def arguments() -> dict[str, dict[str, Any]]:
    """For each query of a search, by its name."""
    part = ["a0000000-0000-7000-8000-000000000007", 0, 1]
    span = ["c0000000-0000-7000-8000-000000000007", 0, 1]
    begin = datetime(2035, 6, 14, 10, tzinfo=UTC)
    return {
        "PARTS_BETWEEN": {"origin": "from 7", "destination": "to 7"},
        "DEPARTURES": {
            "parts": json.dumps([part] * 3),
            "earliest": begin - timedelta(days=7),
            "since": begin,
            "until": begin + timedelta(days=2),
            "now": NOW,
        },
        "LEGS": {"ids": json.dumps([span[0]] * 30)},
        "TAKEN": {"spans": json.dumps([span] * 30), "now": NOW},
    }


def whole_tables(url: str, name: str) -> list[str]:
    """Tables, of those that grow, which a query reads from one end to the other."""
    query: Query = getattr(journeys, name)
    with raw_connection(url) as connection:
        if url.startswith("sqlite"):
            given = {
                key: time_text(value) if isinstance(value, datetime) else value
                for key, value in arguments()[name].items()
            }
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query.sqlite}", given)
            return [
                row[3] for row in found if row[3].startswith("SCAN") and "VIRTUAL" not in row[3]
            ]
        found = connection.exec_driver_sql(
            f"EXPLAIN (FORMAT JSON) {query.postgres}", arguments()[name]
        )
        return list(_sequential(found.scalar_one()[0]["Plan"]))


def _reads_all(step: str) -> bool:
    """Also to make an index that lasts for one query; a table-valued function is no table."""
    return (step.startswith("SCAN") and "VIRTUAL" not in step) or "AUTOMATIC" in step


def _sequential(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from _sequential(inner)


def test_a_search_among_very_many_schedules(new_database_url: str) -> None:
    fill(new_database_url)
    for analyzed in (False, True):
        if analyzed:
            run_sql(new_database_url, "ANALYZE")
        assert {name: whole_tables(new_database_url, name) for name in arguments()} == {
            name: [] for name in arguments()
        }

    with BookingSystem.open(new_database_url) as system:
        found = system.timetable.search("FROM 7", "to 7", DAY)
    on_that_day = (DAY - date(2035, 6, 1)).days
    expected = {
        n + 1_000: 3 if n < CLAIMS else 4
        for n in range(7, SCHEDULES, ROUTES)
        if n % 43_200 // 1_440 == on_that_day
    }
    assert {one.schedule.number: one.available for one in found} == expected

    # Negative control: what the index is for. All are on one bus, so its index would do instead.
    run_sql(new_database_url, *(f"DROP INDEX ix_schedules_{name}" for name in ("route", "bus")))
    assert whole_tables(new_database_url, "DEPARTURES")


def test_the_same_number_of_queries_for_any_number_of_departures(
    frozen_system: BookingSystem,
) -> None:
    statements: list[str] = []

    def note(*event: Any) -> None:
        statements.append(event[2])

    sa.event.listen(frozen_system._database.engine, "before_cursor_execute", note)
    counts = []
    for _ in range(2):
        for _ in range(3):
            put_departure(frozen_system)
        statements.clear()
        found = frozen_system.timetable.search("Mumbai", "Pune", date(2035, 6, 4))
        counts.append((len(found), len(statements)))

    assert counts == [(3, 5), (6, 5)]
