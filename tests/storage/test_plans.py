"""Plans of the write path on PostgreSQL are good while the tables are still empty.

A plan made then would read whole tables for as long as a connection lives.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.commands import (
    Confirm,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    Release,
    Settle,
)
from booking_core.domain.vouchers import VoucherDraft, VoucherKind
from booking_core.storage.unit_of_work import UnitOfWork
from booking_core.storage.wire import PostgresWire
from tests.support.builders import bus, counted, hold, seat_ids
from tests.support.raw import engine_of

pytestmark = pytest.mark.postgres
# Every table and act that the write path has a statement for.
EXPECTED = {
    ("SELECT", "inventories"),
    ("SELECT", "tiers"),
    ("SELECT", "bookings"),
    ("SELECT", "claims"),
    ("SELECT", "outbox"),
    ("SELECT", "idempotency_records"),
    ("SELECT", "waitlist_entries"),
    ("SELECT", "vouchers"),
    ("INSERT", "waitlist_entries"),
    ("INSERT", "voucher_uses"),
    ("UPDATE", "waitlist_entries"),
    ("INSERT", "bookings"),
    ("INSERT", "claims"),
    ("INSERT", "activity_log"),
    ("INSERT", "outbox"),
    ("INSERT", "idempotency_records"),
    ("UPDATE", "bookings"),
    ("UPDATE", "tiers"),
    ("UPDATE", "inventories"),
    ("DELETE", "claims"),
    ("DELETE", "idempotency_records"),
}
ACTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The connections of all wires opened during the test; they stay open."""
    opened: list[Any] = []
    really_start = PostgresWire.__init__

    def start(wire: PostgresWire, connection: Any) -> None:
        really_start(wire, connection)
        opened.append(connection)

    monkeypatch.setattr(PostgresWire, "__init__", start)
    monkeypatch.setattr(PostgresWire, "close", lambda _: None)
    yield opened
    for connection in opened:
        connection.close()


@pytest.fixture(params=["never analysed", "analysed while empty"])
def used(
    request: pytest.FixtureRequest,
    connections: list[Any],
    new_postgres_url: str,
    clock: ManualClock,
) -> list[Any]:
    """Connections on which every statement of the write path was prepared; tables are tiny.

    What was never looked at counts as ten pages, what was looked at as the nothing that it is.
    """
    if request.param == "analysed while empty":
        with engine_of(new_postgres_url) as engine, engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(sa.text("VACUUM ANALYZE"))
    with BookingSystem.open(new_postgres_url, clock=clock) as system:
        seated = system.create_inventory(bus(12))
        places = system.create_inventory(counted({"A": 2}))
        one, *_ = seat_ids(system, seated)
        first = hold(system, seated, "2A")
        overdue = system.hold_places(places, "ann", 2)
        clock.advance(hours=1)
        system.place_many(
            [
                HoldSeats(inventory_id=seated, customer_id="ann", seat_ids=(one,)),
                HoldBest(inventory_id=seated, customer_id="bob", quantity=1, idempotency_key="k"),
                HoldPlaces(inventory_id=places, customer_id="bob", quantity=2),
                Confirm(booking_id=first.id),
                Release(booking_id=overdue.id),
            ]
        )
        system.release(hold(system, seated, "2B", idempotency_key="l").id)
        system.confirm(hold(system, seated, "2C").id)
        system.hold_best(seated, "carol", 1)
        system.expire()
        wait_and_use_vouchers(system, places)
        # The third of these goes in one trip.
        for label in ("3A", "3B", "3C"):
            hold(system, seated, label)
    for connection in connections:
        connection.pgconn.exit_pipeline_mode()
    return connections


def wait_and_use_vouchers(system: BookingSystem, places: str) -> None:
    """On an inventory whose two places bob holds."""
    (held,) = system.bookings(inventory_id=places, customer_id="bob")
    entries = [system.waitlist.join(places, name) for name in ("ann", "carol")]
    system.release(held.id)
    for entry in entries:
        system.waitlist.leave(entry.id)
    draft = VoucherDraft("SPRING", VoucherKind.PERCENT, 10, max_uses=9)
    system.vouchers.create(draft, actor="op")
    late = system.hold_places(places, "dan", 1, voucher="spring")
    system.place_many([Settle(booking_id=late.id, payment_id=late.id)])


def prepared(connection: Any) -> list[tuple[str, str, int]]:
    """(name, text, number of parameters) of the statements prepared on a connection."""
    found = connection.execute(
        "SELECT name, statement, cardinality(parameter_types) FROM pg_prepared_statements"
    ).fetchall()
    return [row for row in found if row[1].strip().upper().startswith(ACTS)]


def sequential_scans(connection: Any, settings: str = "") -> dict[str, list[str]]:
    """Tables that a statement's generic plan reads whole, by the statement's text."""
    connection.execute(settings or "SELECT 1")
    found = {}
    for name, text, parameters in prepared(connection):
        arguments = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
        (plan,) = connection.execute(
            f'EXPLAIN (FORMAT JSON) EXECUTE "{name}"{arguments}'
        ).fetchone()
        plan = json.loads(plan) if isinstance(plan, str) else plan
        found[text] = list(tables_read_whole(plan[0]["Plan"]))
    return found


def tables_read_whole(plan: dict[str, Any]) -> Iterator[str]:
    walks_index = "Index" in plan["Node Type"] and "Index Cond" not in plan
    if plan["Node Type"] == "Seq Scan" or walks_index:
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from tables_read_whole(inner)


def test_every_statement_of_the_write_path_finds_its_rows_by_an_index(used: list[Any]) -> None:
    for connection in used:
        bad = {text: tables for text, tables in sequential_scans(connection).items() if tables}
        assert bad == {}


def test_every_statement_of_the_write_path_was_looked_at(used: list[Any]) -> None:
    texts = [" ".join(text.split()) for one in used for _, text, _ in prepared(one)]
    seen = {
        (act, table)
        for act, table in EXPECTED
        if any(text.startswith(act) and table in text for text in texts)
    }

    assert seen == EXPECTED
    assert any(text.startswith("WITH counted AS ( UPDATE tiers") for text in texts)


def test_with_the_usual_settings_tables_would_be_read_whole(used: list[Any]) -> None:
    """Negative control: this is what the wire's settings are for."""
    usual = (
        "SET enable_seqscan = on; SET enable_hashjoin = on; SET enable_mergejoin = on; "
        "DISCARD PLANS"
    )
    whole = {
        table
        for connection in used
        for tables in sequential_scans(connection, usual).values()
        for table in tables
    }

    assert whole >= {"inventories", "tiers"}


def test_a_fresh_wire_plans_generically(connections: list[Any], new_postgres_url: str) -> None:
    from booking_core.storage.database import Database

    work = UnitOfWork(Database(new_postgres_url))
    with work.transaction():
        pass
    connections[0].pgconn.exit_pipeline_mode()
    shown = {
        name: connections[0].execute(f"SHOW {name}").fetchone()[0]
        for name in ("plan_cache_mode", "jit", "enable_seqscan")
    }
    work.database.close()

    assert shown == {"plan_cache_mode": "force_generic_plan", "jit": "off", "enable_seqscan": "off"}
