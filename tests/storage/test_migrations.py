"""Migrations and table classes describe the same schema, on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

import booking_core.storage.tables.registry  # noqa: F401 - registers every table
from booking_core import BookingSystem
from booking_core.storage import schema
from booking_core.storage.database import Database
from booking_core.storage.schema import MIGRATIONS, REVISIONS
from tests.support.raw import raw_connection, run_sql

TABLES = sorted(SQLModel.metadata.tables)


@pytest.fixture
def created_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """A database of the same kind as `database_url`, made from the table classes."""
    if database_url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path}/created.sqlite3"
    else:
        url = request.getfixturevalue("bare_postgres_url")
    with raw_connection(url) as connection:
        SQLModel.metadata.create_all(connection)
        connection.commit()
    return url


@pytest.fixture
def migrated(database_url: str) -> Iterator[Connection]:
    with raw_connection(database_url) as connection:
        yield connection


@pytest.fixture
def created(created_url: str) -> Iterator[Connection]:
    with raw_connection(created_url) as connection:
        yield connection


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, SQLModel.metadata))


def named(found: list[Any]) -> dict[str, Any]:
    """Reflected constraints or indexes by name, with all that was reflected of them."""
    return {
        one["name"]: {
            **one,
            "dialect_options": {k: str(v) for k, v in one.get("dialect_options", {}).items()},
        }
        for one in found
    }


def constraints(connection: Connection) -> dict[str, Any]:
    """All that a database itself knows to refuse, by table and kind."""
    inspector = sa.inspect(connection)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], column["default"])
                for column in sorted(inspector.get_columns(table), key=lambda c: str(c["name"]))
            ],
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": named(inspector.get_foreign_keys(table)),
            "unique": named(inspector.get_unique_constraints(table)),
            "checks": named(inspector.get_check_constraints(table)),
            "indexes": named(inspector.get_indexes(table)),
        }
        for table in TABLES
    }


def test_alembic_finds_nothing_to_do(migrated: Connection) -> None:
    assert differences(migrated) == []


def test_alembic_would_find_something(migrated: Connection) -> None:
    """Negative control."""
    migrated.execute(sa.text("ALTER TABLE legs ADD COLUMN surprise integer"))
    migrated.execute(sa.text("DROP INDEX ix_claims_inventory"))

    assert {difference[0] for difference in differences(migrated)} == {
        "remove_column",
        "add_index",
    }


def test_every_constraint_is_the_same(migrated: Connection, created: Connection) -> None:
    """Checks and names too, which Alembic does not compare."""
    assert constraints(migrated) == constraints(created)


def test_every_constraint_has_a_name_that_says_what_it_is(migrated: Connection) -> None:
    found = constraints(migrated)
    kinds = {"primary key": "pk_", "foreign keys": "fk_", "unique": "uq_", "checks": "ck_"}

    for table, by_kind in found.items():
        for kind, prefix in kinds.items():
            names = [by_kind[kind]["name"]] if kind == "primary key" else list(by_kind[kind])
            assert [n for n in names if not str(n).startswith(prefix + table)] == []
    assert sum(len(by_kind["checks"]) for by_kind in found.values()) >= 10


def test_no_table_is_missing_or_unknown(migrated: Connection) -> None:
    assert set(sa.inspect(migrated).get_table_names()) == {*TABLES, "alembic_version"}


def test_the_revisions_known_at_start_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)

    assert tuple(s.revision for s in reversed(list(scripts.walk_revisions()))) == REVISIONS
    assert scripts.get_heads() == [REVISIONS[-1]]


def test_a_migrated_database_is_current_and_needs_nothing(database: Database) -> None:
    schema.require_current(database)

    assert schema.revision(database) == REVISIONS[-1]
    assert schema.upgrade(database) is False


@pytest.mark.postgres
def test_a_bare_database_is_upgraded_once(bare_postgres_url: str) -> None:
    database = Database(bare_postgres_url)
    try:
        assert schema.revision(database) is None
        assert schema.upgrade(database) is True
        assert schema.upgrade(database) is False
    finally:
        database.close()


OLD = """
    INSERT INTO inventories (id, name, kind, starts_at, time_zone, currency, on_sale, version,
        layout_version, capacity, hold_seconds, longest_hold_seconds, customer_limit, orphan_rule,
        refunds, created_at)
    VALUES (:id, 'Old', 'counted', :at, 'UTC', 'EUR', true, 0, 1, 1, 900, 3600, 10, 'off', '[]',
        :at)"""
OLD_TIER = """
    INSERT INTO tiers (id, inventory_id, position, name, price, capacity, held, sold)
    VALUES (:id, :id, 0, 'General', 1000, 1, 0, 0)"""


@pytest.fixture
def bare_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """A database of the same kind as `database_url`, without any table."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/bare.sqlite3"
    url: str = request.getfixturevalue("bare_postgres_url")
    return url


def test_what_was_sold_before_is_there_after_an_upgrade(bare_url: str) -> None:
    """From the schema before there were waitlists, with rows that refer to others."""
    database = Database(bare_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database"] = database
    identifier = "01976e00-0000-7000-8000-000000000001"
    try:
        command.upgrade(config, "0002")
        at = "2035-01-01 00:00:00.000000"
        run_sql(bare_url, OLD, id=identifier, at=at)
        run_sql(bare_url, OLD_TIER, id=identifier)
        assert schema.upgrade(database) is True
    finally:
        database.close()

    with BookingSystem.open(bare_url) as system:
        assert system.hold_places(identifier, "ann", 1).places == 1
        assert system.waitlist.join(identifier, "bob").seq == 1
        assert [v.check for v in system.fsck().violations] == []


def test_a_failed_migration_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/half.sqlite3"
    run_sql(url, "CREATE TABLE claims (in_the_way integer)")
    database = Database(url)
    try:
        with pytest.raises(Exception, match="refused a statement"):
            schema.upgrade(database)
        with database.connect() as connection:
            assert sa.inspect(connection).get_table_names() == ["claims"]
    finally:
        database.close()
