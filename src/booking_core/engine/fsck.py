"""Recounting everything that must always be true, on a live database, in one snapshot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import BookingState
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.statements import table_of
from booking_core.storage.tables import BookingRow

_MOST_SHOWN_PER_CHECK = 100


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that should always hold and does not. `subject` is the id of what is wrong."""

    check: str
    subject: str
    detail: str


@dataclass(slots=True)
class Report:
    violations: list[Violation] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "violations": [
                {"check": v.check, "subject": v.subject, "detail": v.detail}
                for v in self.violations
            ],
            "checked": self.checked,
        }


# Each query gives (subject, detail) rows; `:now` is the time of the check.
CHECKS = {
    "claim has a live booking": """
        SELECT c.seat_id, 'leg ' || c.leg || ' is claimed by booking ' || c.booking_id
            || ' which is ' || coalesce(b.state, 'absent')
        FROM claims AS c LEFT JOIN bookings AS b ON b.id = c.booking_id
        WHERE b.id IS NULL OR b.state NOT IN ('held', 'confirmed')""",
    "claim, seat and booking are of one inventory": """
        SELECT c.seat_id, 'booking ' || c.booking_id
        FROM claims AS c
        LEFT JOIN seats AS s ON s.id = c.seat_id LEFT JOIN bookings AS b ON b.id = c.booking_id
        WHERE s.id IS NULL OR s.inventory_id <> c.inventory_id
            OR b.inventory_id <> c.inventory_id""",
    "claim lies on its booking's legs": """
        SELECT c.seat_id, 'leg ' || c.leg || ' of booking ' || b.id
        FROM claims AS c JOIN bookings AS b ON b.id = c.booking_id
        WHERE c.leg < b.from_leg OR c.leg >= b.to_leg""",
    "claim ends when its booking does": """
        SELECT c.seat_id, 'booking ' || b.id || ' is ' || b.state
        FROM claims AS c JOIN bookings AS b ON b.id = c.booking_id
        WHERE (b.state = 'confirmed' AND c.expires_at IS NOT NULL)
            OR (b.state = 'held' AND (c.expires_at IS NULL OR c.expires_at <> b.expires_at))""",
    "live booking has all its claims": """
        SELECT b.id, coalesce(own.claims, 0) || ' claims for ' || b.places || ' seats on '
            || (b.to_leg - b.from_leg) || ' legs'
        FROM bookings AS b JOIN inventories AS i ON i.id = b.inventory_id
        LEFT JOIN (
            SELECT booking_id, count(*) AS claims FROM claims GROUP BY booking_id
        ) AS own ON own.booking_id = b.id
        WHERE i.kind = 'seated'
            AND (b.state = 'confirmed' OR (b.state = 'held' AND b.expires_at > :now))
            AND coalesce(own.claims, 0) <> b.places * (b.to_leg - b.from_leg)""",
    "tier counters equal a recount of claims": """
        SELECT t.id, 'held ' || t.held || ', sold ' || t.sold || '; recounted '
            || coalesce(recount.held, 0) || ' and ' || coalesce(recount.sold, 0)
        FROM tiers AS t JOIN inventories AS i ON i.id = t.inventory_id
        LEFT JOIN (
            SELECT s.tier_id, count(c.expires_at) AS held, count(*) - count(c.expires_at) AS sold
            FROM claims AS c JOIN seats AS s ON s.id = c.seat_id GROUP BY s.tier_id
        ) AS recount ON recount.tier_id = t.id
        WHERE i.kind = 'seated'
            AND (t.held <> coalesce(recount.held, 0) OR t.sold <> coalesce(recount.sold, 0))""",
    "no tier is oversold": """
        SELECT t.id, t.held || ' held and ' || t.sold || ' sold of ' || t.capacity FROM tiers AS t
        WHERE t.held < 0 OR t.sold < 0 OR t.held + t.sold > t.capacity""",
    "capacity equals the seats": """
        SELECT i.id, i.capacity || ' stated, ' || (
            SELECT count(*) FROM seats AS s WHERE s.inventory_id = i.id) || ' seats'
        FROM inventories AS i
        WHERE i.kind = 'seated'
            AND i.capacity <> (SELECT count(*) FROM seats AS s WHERE s.inventory_id = i.id)""",
    "events are dense up to the version": """
        SELECT i.id, 'version ' || i.version || ', ' || coalesce(o.events, 0) || ' events, last '
            || coalesce(o.latest, 0)
        FROM inventories AS i LEFT JOIN (
            SELECT inventory_id, count(*) AS events, max(seq) AS latest FROM outbox
            GROUP BY inventory_id
        ) AS o ON o.inventory_id = i.id
        WHERE coalesce(o.events, 0) <> i.version OR coalesce(o.latest, 0) <> i.version""",
    "every event is in the activity log": """
        SELECT i.id, 'version ' || i.version || ', ' || coalesce(a.acts, 0) || ' acts'
        FROM inventories AS i LEFT JOIN (
            SELECT inventory_id, count(*) AS acts, max(seq) AS latest FROM activity_log
            GROUP BY inventory_id
        ) AS a ON a.inventory_id = i.id
        WHERE coalesce(a.acts, 0) <> i.version OR coalesce(a.latest, 0) <> i.version""",
    "every booking began as a hold": """
        SELECT b.id, 'no act of holding is in the activity log'
        FROM bookings AS b LEFT JOIN activity_log AS a
            ON a.entity_id = b.id AND a.action = 'held'
        WHERE a.entity_id IS NULL""",
}
_COUNTED_TABLES = ("inventories", "seats", "bookings", "claims", "outbox", "activity_log")


def check_all(
    database: Database,
    clock: Clock | None = None,
    on_check: Callable[[str], None] = lambda _: None,
) -> Report:
    """Every check, each with at most 100 violations shown, in one consistent snapshot."""
    report = Report()
    with database.connect() as connection:
        _begin_snapshot(connection, database)
        # Read after the snapshot was taken: a hold whose seat was taken over in it has expired.
        now = _time_of(connection) if clock is None else clock.now()
        for name, query in CHECKS.items():
            on_check(name)
            _collect(report, name, _run(connection, query, now))
        for name, check in (
            ("booking adds up", _bookings_add_up),
            ("counted places equal a recount", _counted_places),
        ):
            on_check(name)
            _collect(report, name, check(connection))
        if not database.is_postgres:
            on_check("file is intact")
            _collect(report, "file is intact", _file_is_intact(connection))
        for table in _COUNTED_TABLES:
            statement = sa.select(sa.func.count()).select_from(sa.table(table))
            report.checked[table] = connection.execute(statement).scalar_one()
    return report


def _begin_snapshot(connection: Connection, database: Database) -> None:
    if database.is_postgres:
        statement = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        connection.execute(sa.text(statement))
    else:
        connection.execute(sa.text("BEGIN"))
    # A snapshot is taken by the first read.
    connection.execute(sa.text("SELECT count(*) FROM inventories"))


def _time_of(connection: Connection) -> datetime:
    found: datetime = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return found


def _run(connection: Connection, query: str, now: datetime) -> Iterator[tuple[str, str]]:
    limited = sa.text(f"{query} LIMIT {_MOST_SHOWN_PER_CHECK}")
    if ":now" in query:
        limited = limited.bindparams(sa.bindparam("now", now, table_of(BookingRow).c.held_at.type))
    for subject, detail in connection.execute(limited):
        yield str(subject), detail


def _collect(report: Report, name: str, found: Iterator[tuple[str, str]]) -> None:
    for shown, (subject, detail) in enumerate(found):
        if shown == _MOST_SHOWN_PER_CHECK:
            return
        report.violations.append(Violation(name, subject, detail))


def _bookings_add_up(connection: Connection) -> Iterator[tuple[str, str]]:
    """Amount and places are the sums of the items; times go with the state."""
    columns = table_of(BookingRow).c
    statement = sa.select(
        columns.id,
        # As text: whatever stands there is to be reported, not refused.
        sa.type_coerce(columns.state, sa.String),
        columns["items"],
        columns.places,
        columns.amount,
        columns.confirmed_at,
        columns.closed_at,
    ).execution_options(yield_per=1_000)
    for row in connection.execute(statement):
        booking_id, state, items, places, amount, confirmed_at, closed_at = row
        if places != sum(item["quantity"] for item in items):
            yield booking_id, f"{places} places, but its items have another number"
        if amount != sum(item["quantity"] * item["unit_price"] for item in items):
            yield booking_id, f"{amount} is not the sum of its items"
        is_open = state in {BookingState.HELD, BookingState.CONFIRMED}
        was_sold = state in {BookingState.CONFIRMED, BookingState.CANCELLED}
        if was_sold != (confirmed_at is not None) or is_open != (closed_at is None):
            yield booking_id, f"its times do not go with its state, {state}"


def _counted_places(connection: Connection) -> Iterator[tuple[str, str]]:
    """Counters of tiers without seats against the bookings that occupy them."""
    recount: dict[str, list[int]] = {}
    query = sa.text("""
        SELECT b.state, b.items FROM bookings AS b JOIN inventories AS i ON i.id = b.inventory_id
        WHERE i.kind = 'counted' AND b.state IN ('held', 'confirmed')
    """).columns(state=sa.String, items=sa.JSON)
    for state, items in connection.execute(query.execution_options(yield_per=1_000)):
        for item in items:
            held_sold = recount.setdefault(item["tier_id"], [0, 0])
            held_sold[state == "confirmed"] += item["quantity"]
    tiers = sa.text("""
        SELECT t.id, t.held, t.sold FROM tiers AS t JOIN inventories AS i ON i.id = t.inventory_id
        WHERE i.kind = 'counted'
    """)
    for tier_id, held, sold in connection.execute(tiers):
        found = recount.get(str(tier_id), [0, 0])
        if [held, sold] != found:
            yield str(tier_id), f"held {held}, sold {sold}; recounted {found[0]} and {found[1]}"


def _file_is_intact(connection: Connection) -> Iterator[tuple[str, str]]:
    for (finding,) in connection.execute(sa.text("PRAGMA integrity_check(100)")):
        if finding != "ok":
            yield "database file", finding
    for table, row, parent, _ in connection.execute(sa.text("PRAGMA foreign_key_check")):
        yield f"{table} row {row}", f"refers to a row that is not in {parent}"
