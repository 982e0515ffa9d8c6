"""Recounting everything that must always be true, on a live database, in one snapshot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import BookingState
from booking_core.engine.fsck_money import MONEY_CHECKS
from booking_core.engine.fsck_queries import CHECKS
from booking_core.engine.fsck_rides import RIDE_CHECKS
from booking_core.engine.fsck_tickets import TICKET_CHECKS, cancellations_add_up
from booking_core.engine.fsck_waitlist import WAITLIST_CHECKS
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.statements import table_of
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.unit_of_work import snapshot

_MOST_SHOWN_PER_CHECK = 100


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that should always hold and does not. `subject` is the id of what is wrong."""

    check: str
    subject: str
    detail: str


@dataclass(slots=True)
class Report:
    """What was found wrong, and how many rows of each table were there."""

    violations: list[Violation] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: `violations` as `check, subject, detail`, and `checked` by table."""
        return {
            "violations": [
                {"check": v.check, "subject": v.subject, "detail": v.detail}
                for v in self.violations
            ],
            "checked": self.checked,
        }


_QUERIES = {**CHECKS, **TICKET_CHECKS, **MONEY_CHECKS, **WAITLIST_CHECKS, **RIDE_CHECKS}
_COUNTED_TABLES = ("inventories", "seats", "bookings", "claims", "outbox", "activity_log")


def check_all(
    database: Database,
    clock: Clock | None = None,
    on_check: Callable[[str], None] = lambda _: None,
) -> Report:
    """Every check, each with at most 100 violations shown, in one consistent snapshot."""
    report = Report()
    with snapshot(database) as connection:
        # Read after the snapshot was taken: a hold whose seat was taken over in it has expired.
        now = _time_of(connection) if clock is None else clock.now()
        for name, query in _QUERIES.items():
            on_check(name)
            _collect(report, name, _run(connection, query, now))
        for name, check in (
            ("booking adds up", _bookings_add_up),
            ("counted places equal a recount", _counted_places),
            ("cancellation adds up", cancellations_add_up),
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
