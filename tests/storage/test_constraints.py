"""What the code might get wrong, the database refuses: one wrong row for every constraint.

Each statement is a negative control: with its constraint gone it would go through.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

import booking_core.storage.tables.registry  # noqa: F401 - registers every table
from booking_core import BookingSystem
from booking_core.errors import ConstraintViolated
from booking_core.storage.database import Database
from tests.support.builders import bus, counted, hold, sell
from tests.support.postgres import BACKENDS, Postgres

NOBODY = "01976e00-0000-7000-8000-00000000ffff"
ONE_CLAIM = "(seat_id, leg) = (SELECT seat_id, leg FROM claims LIMIT 1)"
AGAIN = "INSERT INTO {0} SELECT * FROM {0}"

# (constraint, statement); SQLite names checks, of other constraints it tells the columns.
WRONG = [
    ("ck_inventories_kind", "UPDATE inventories SET kind = 'standing'"),
    ("ck_inventories_orphan_rule", "UPDATE inventories SET orphan_rule = 'never'"),
    ("ck_inventories_versions", "UPDATE inventories SET version = -1"),
    ("ck_inventories_versions", "UPDATE inventories SET layout_version = 0"),
    ("ck_inventories_hold_policy", "UPDATE inventories SET hold_seconds = 0"),
    ("ck_inventories_hold_policy", "UPDATE inventories SET longest_hold_seconds = 1"),
    ("ck_inventories_hold_policy", "UPDATE inventories SET customer_limit = 0"),
    ("ck_legs_times", "UPDATE legs SET arrives_at = '2001-01-01 00:00:00.000000'"),
    ("ck_tiers_capacity", "UPDATE tiers SET held = -1"),
    ("ck_tiers_capacity", "UPDATE tiers SET sold = -1"),
    ("ck_tiers_capacity", "UPDATE tiers SET held = capacity + 1, sold = 0"),
    ("ck_tiers_capacity", "UPDATE tiers SET held = 0, sold = capacity + 1"),
    ("ck_tiers_capacity", "UPDATE tiers SET held = capacity, sold = 1"),
    ("ck_tiers_price", "UPDATE tiers SET price = -1"),
    ("ck_bookings_state", "UPDATE bookings SET state = 'lost'"),
    ("ck_bookings_amounts", "UPDATE bookings SET places = 0"),
    ("ck_bookings_amounts", "UPDATE bookings SET amount = -1"),
    ("ck_bookings_legs", "UPDATE bookings SET to_leg = from_leg"),
    ("ck_bookings_legs", "UPDATE bookings SET from_leg = -1"),
    ("ck_bookings_refunded", "UPDATE bookings SET refunded = amount + 1"),
    ("ck_bookings_refunded", "UPDATE bookings SET refunded = -1"),
    ("uq_inventories_source_ref", "UPDATE inventories SET source_ref = 'the same'"),
    ("uq_tiers_name", "UPDATE tiers SET name = 'the same' WHERE name IN ('VIP', 'General')"),
    ("uq_seats_label", "UPDATE seats SET section = '', \"row\" = '1', number = 'A'"),
    ("fk_legs_inventory", f"UPDATE legs SET inventory_id = '{NOBODY}'"),
    ("fk_tiers_inventory", f"UPDATE tiers SET inventory_id = '{NOBODY}'"),
    ("fk_seats_inventory", f"UPDATE seats SET inventory_id = '{NOBODY}'"),
    ("fk_seats_tier", f"UPDATE seats SET tier_id = '{NOBODY}'"),
    ("fk_bookings_inventory", f"UPDATE bookings SET inventory_id = '{NOBODY}'"),
    ("fk_claims_seat", f"UPDATE claims SET seat_id = '{NOBODY}' WHERE {ONE_CLAIM}"),
    ("fk_claims_booking", f"UPDATE claims SET booking_id = '{NOBODY}'"),
    ("fk_claims_booking", "DELETE FROM bookings"),
    ("pk_inventories", AGAIN.format("inventories")),
    ("pk_legs", AGAIN.format("legs")),
    ("pk_tiers", "UPDATE tiers SET id = (SELECT id FROM tiers ORDER BY id LIMIT 1)"),
    ("pk_seats", "UPDATE seats SET id = (SELECT id FROM seats ORDER BY id LIMIT 1)"),
    ("pk_bookings", AGAIN.format("bookings")),
    ("pk_claims", AGAIN.format("claims")),
    ("pk_activity_log", AGAIN.format("activity_log")),
    ("pk_outbox", AGAIN.format("outbox")),
    ("pk_idempotency_records", AGAIN.format("idempotency_records")),
]


def declared() -> Iterator[str]:
    for table in SQLModel.metadata.tables.values():
        for constraint in table.constraints:
            yield str(constraint.name)


@pytest.fixture(scope="module", params=BACKENDS)
def stocked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Some of everything: a bus with a hold and a sale, an event with counted places.

    One for all tests, none of which commits.
    """
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('stocked')}/booking.sqlite3"
        else:
            server: Postgres = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.database())
        system = stack.enter_context(BookingSystem.open(url))
        inventory = system.create_inventory(bus())
        hold(system, inventory, "1A", idempotency_key="k1")
        sell(system, inventory, "2B", customer="bob")
        system.create_inventory(counted({"VIP": 3, "General": 7}))
        database = Database(url)
        stack.callback(database.close)
        yield database


@pytest.mark.parametrize(("name", "statement"), WRONG, ids=range(len(WRONG)))
def test_the_database_itself_refuses_it(stocked: Database, name: str, statement: str) -> None:
    with pytest.raises(ConstraintViolated) as refused, stocked.connect() as connection:
        connection.execute(sa.text(statement))

    if stocked.is_postgres:
        assert refused.value.details == {"constraint": name}
        assert name in refused.value.message
    else:
        assert refused.value.message == f"The database refused a change: {said(name)}."


def said(name: str) -> str:
    """How SQLite says that a constraint without a name in its messages was violated."""
    if name.startswith("fk_"):
        return "FOREIGN KEY constraint failed"
    constraint = next(
        constraint
        for table in SQLModel.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name == name
    )
    if not isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint):
        return f"CHECK constraint failed: {name}"
    columns = ", ".join(f"{constraint.table.name}.{column.name}" for column in constraint.columns)
    return f"UNIQUE constraint failed: {columns}"
