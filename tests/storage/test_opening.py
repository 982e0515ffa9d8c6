"""What opening says of databases that cannot be used: what is wrong and what to do, no password."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from booking_core import BookingSystem
from booking_core.errors import (
    BookingError,
    DatabaseCorrupt,
    DatabaseUnreachable,
    DriverMissing,
    InvalidDatabaseUrl,
    SchemaMissing,
    SchemaNewer,
    SchemaOutdated,
    StorageError,
)
from booking_core.storage import schema
from booking_core.storage.database import Database
from tests.support.builders import bus, seat_ids
from tests.support.raw import rows, run_sql

SECRET = "s3cret-Pa55w0rd"
# Nothing listens on port 1; the address is this machine's.
NOBODY = f"postgresql+psycopg://ann:{SECRET}@127.0.0.1:1/nowhere"


def refusal(act: Callable[[], object], error: type[BookingError]) -> BookingError:
    with pytest.raises(BookingError) as refused:
        act()
    assert type(refused.value) is error
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(refused.value.as_dict())
    return refused.value


def opening(url: str, **options: bool) -> Callable[[], object]:
    return lambda: BookingSystem.open(url, **options)  # type: ignore[arg-type]  # options are passed on


def test_an_empty_database_gets_its_tables(tmp_path: Path) -> None:
    with BookingSystem.open(f"sqlite:///{tmp_path}/new/folder/booking.sqlite3") as system:
        assert system.inventories() == []


def test_an_empty_database_is_left_alone_without_leave(tmp_path: Path) -> None:
    file = tmp_path / "empty.sqlite3"
    file.touch()

    refused = refusal(opening(f"sqlite:///{file}", migrate=False), SchemaMissing)

    assert "booking db upgrade" in refused.message
    assert rows(f"sqlite:///{file}", "SELECT * FROM sqlite_master") == []


def test_a_file_that_is_not_there_is_not_made_without_leave(tmp_path: Path) -> None:
    file = tmp_path / "absent.sqlite3"

    refused = refusal(opening(f"sqlite:///{file}", migrate=False), DatabaseUnreachable)

    assert str(file) in refused.message
    assert not file.exists()


@pytest.mark.parametrize("migrate", [True, False])
def test_an_older_schema_is_refused_with_the_command_to_run(
    database_url: str, monkeypatch: pytest.MonkeyPatch, migrate: bool
) -> None:
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9998"))

    refused = refusal(opening(database_url, migrate=migrate), SchemaOutdated)

    assert "booking db upgrade" in refused.message


@pytest.mark.parametrize("migrate", [True, False])
def test_a_newer_schema_is_refused_and_left_alone(database_url: str, migrate: bool) -> None:
    run_sql(database_url, "UPDATE alembic_version SET version_num = '9999'")

    refused = refusal(opening(database_url, migrate=migrate), SchemaNewer)

    assert "9999" in refused.message
    assert rows(database_url, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_newer_schema_is_not_upgraded(database: Database, database_url: str) -> None:
    run_sql(database_url, "UPDATE alembic_version SET version_num = '9999'")

    refusal(lambda: schema.upgrade(database), SchemaNewer)


def test_somebody_elses_tables_are_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/theirs.sqlite3"
    run_sql(url, "CREATE TABLE inventories (theirs integer)")

    refused = refusal(opening(url), StorageError)

    assert "not made by this program" in refused.message
    assert rows(url, "SELECT name FROM sqlite_master") == [("inventories",)]


@pytest.mark.parametrize(
    "content",
    [b"not a database at all, but long enough to be one\n" * 100, b"SQLite format 3\0junk"],
)
def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "junk.sqlite3"
    file.write_bytes(content)

    refused = refusal(opening(f"sqlite:///{file}"), DatabaseCorrupt)

    assert str(file) in refused.message
    assert file.read_bytes() == content


def test_a_damaged_page_is_found_when_it_is_read(sqlite_url: str) -> None:
    with BookingSystem.open(sqlite_url) as system:
        inventory = system.create_inventory(bus(40))
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    run_sql(sqlite_url, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)

    def look() -> None:
        with BookingSystem.open(sqlite_url) as system:
            seat_ids(system, inventory)

    refusal(look, DatabaseCorrupt)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    refused = refusal(opening(f"sqlite:///{tmp_path}"), DatabaseUnreachable)

    assert str(tmp_path) in refused.message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "bookings.sqlite3",
        "sqlite://",
        "sqlite:///:memory:",
        f"mysql://ann:{SECRET}@db.example/bookings",
        f"postgresql+asyncpg://ann:{SECRET}@db.example/bookings",
        f"postgresql://ann:{SECRET}@db.example:port/bookings",
        "sqlite+aiosqlite:///bookings.sqlite3",
        "://",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_one_that_could(url: str) -> None:
    refused = refusal(lambda: Database(url), InvalidDatabaseUrl)

    assert refused.field == "database"
    assert "sqlite:///" in refused.message


def test_an_unreachable_server_is_told_without_its_password() -> None:
    refused = refusal(opening(NOBODY), DatabaseUnreachable)

    assert "127.0.0.1:1" in refused.message
    assert refused.retryable


def test_a_server_that_never_answers_is_given_up_in_under_5_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the connection's own settings: nothing here waits for it."""
    asked: dict[str, object] = {}

    def connect(*_: object, **settings: object) -> None:
        asked.update(settings)
        raise TimeoutError

    monkeypatch.setattr("psycopg.connect", connect)
    database = Database(NOBODY)
    with pytest.raises(TimeoutError), database.connect():
        pass

    assert 0 < int(str(asked["connect_timeout"])) < 5
    assert 0 < int(str(asked["tcp_user_timeout"])) < 5_000


@pytest.mark.parametrize("option", ["password", "sslpassword"])
def test_a_password_among_the_urls_options_is_not_shown_either(option: str) -> None:
    url = f"postgresql+psycopg://ann@127.0.0.1:1/nowhere?{option}={SECRET}"

    assert SECRET not in Database(url).name
    refusal(opening(url), DatabaseUnreachable)


def test_the_name_of_a_database_has_no_password() -> None:
    assert Database(NOBODY).name == "postgresql+psycopg://ann:***@127.0.0.1:1/nowhere"


def test_without_the_driver_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("booking_core.storage.database.find_spec", lambda _: None)

    assert "booking-engine[postgres]" in refusal(lambda: Database(NOBODY), DriverMissing).message


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_unreachable(postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(database="not_there", password=SECRET)

    refusal(opening(url.render_as_string(hide_password=False)), DatabaseUnreachable)


def test_tables_that_vanish_while_it_runs_are_missing(
    system: BookingSystem, database_url: str
) -> None:
    run_sql(database_url, "DROP TABLE activity_log")

    refusal(lambda: system.history("01976e00-0000-7000-8000-000000000001"), SchemaMissing)


def test_a_plain_postgres_url_means_psycopg() -> None:
    assert Database("postgresql://ann@db.example/bookings").url.drivername == "postgresql+psycopg"
