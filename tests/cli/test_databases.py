"""Databases that cannot be used: what is said, by which exit code, and that no password is."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from socket import socket

import pytest
from sqlalchemy.engine import make_url

from booking_core.storage import schema
from tests.cli.support import Cli, Shop
from tests.support.raw import rows, run_sql

LISTING = ("inventory", "list")


def test_a_database_that_is_not_there_is_not_made(fresh: Cli, tmp_path: Path) -> None:
    error = fresh.error(*LISTING, code=3)

    assert error["code"] == "DATABASE_UNREACHABLE"
    assert "booking seed demo" in error["message"]
    assert not list(tmp_path.glob("*.sqlite3"))


def test_upgrade_makes_a_database_and_check_finds_it_good(fresh: Cli) -> None:
    assert fresh.json("db", "upgrade")["changed"] is True
    assert fresh.json("db", "upgrade")["changed"] is False
    assert fresh.json("db", "check")["schema"] == schema.REVISIONS[-1]
    assert schema.REVISIONS[-1] in fresh.run("db", "check").stdout


def test_the_default_database_lies_in_the_users_folder(tmp_path: Path) -> None:
    Cli("").run("db", "upgrade")

    assert list((tmp_path / "home").rglob("bookings.sqlite3"))


def test_the_option_goes_before_the_environment(shop: Shop, fresh: Cli) -> None:
    found = Cli(fresh.url).json(*LISTING, "--database", shop.cli.url)

    assert len(found) == 3


def test_an_empty_file_wants_its_tables(tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite3").touch()
    cli = Cli(f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    error = cli.error(*LISTING, code=3)

    assert error["code"] == "SCHEMA_MISSING"
    assert "booking db upgrade" in error["message"]


@pytest.mark.parametrize("command", [LISTING, ("seed", "demo"), ("db", "upgrade"), ("db", "check")])
def test_a_newer_schema_is_left_alone(cli: Cli, command: tuple[str, ...]) -> None:
    run_sql(cli.url, "UPDATE alembic_version SET version_num = '9999'")

    assert cli.error(*command, code=3)["code"] == "SCHEMA_NEWER"
    assert rows(cli.url, "SELECT version_num FROM alembic_version") == [("9999",)]


@pytest.mark.parametrize("command", [LISTING, ("seed", "demo"), ("demo",)])
def test_an_older_schema_is_refused_with_the_command_to_run(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))

    error = cli.error(*command, code=3)

    assert error["code"] == "SCHEMA_OUTDATED"
    assert "booking db upgrade" in error["message"]


@pytest.mark.parametrize("command", [LISTING, ("seed", "demo"), ("fsck",), ("db", "upgrade")])
def test_what_is_no_database_is_left_alone(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / "junk.sqlite3"
    path.write_bytes(b"This is no database. " * 1_000)

    error = Cli(f"sqlite:///{path}").error(*command, code=3)

    assert error["code"] == "DATABASE_CORRUPT"
    assert path.read_bytes() == b"This is no database. " * 1_000


def test_a_damaged_database_is_said_to_be_so(shop: Shop, tmp_path: Path) -> None:
    (path,) = tmp_path.glob("*.sqlite3")
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)

    result = shop.cli.run("fsck", code=3)

    assert "damaged" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://ann:sesame@host/name",
        "postgresql://ann:sesame@host:port/name",
        "postgresql+asyncpg://ann:sesame@host/name",
    ],
)
def test_a_malformed_url_is_a_matter_of_usage(url: str) -> None:
    result = Cli(url).run(*LISTING, code=2)

    assert result.stderr.startswith("error: ")
    assert "sqlite:///" in result.stderr
    assert "sesame" not in result.output


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with closing(socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    cli = Cli(f"postgresql+psycopg://ann:sesame@127.0.0.1:{port}/shop")

    for command in (LISTING, ("seed", "demo"), ("db", "upgrade"), ("worker",)):
        result = cli.run(*command, code=3)
        assert "cannot be reached" in result.stderr
        assert f"127.0.0.1:{port}" in result.stderr
        assert "sesame" not in result.output


@pytest.mark.postgres
def test_a_password_is_not_shown_where_all_is_well(postgres_url: str) -> None:
    url = make_url(postgres_url)
    password = url.password or "sesame"

    result = Cli(url.set(password=password).render_as_string(hide_password=False)).run(
        "db", "check"
    )

    assert password not in result.output


@pytest.mark.postgres
def test_selling_works_on_postgresql_too(bare_postgres_url: str) -> None:
    cli = Cli(bare_postgres_url)
    assert cli.error(*LISTING, code=3)["code"] == "SCHEMA_MISSING"
    cli.run("seed", "demo")
    (first,) = cli.json(*LISTING, "--limit", 1)

    held = cli.json("hold", first["id"], "--customer", "ann", "--seat", "A1")
    cli.run("confirm", held["id"])

    assert cli.json("inventory", "map", first["id"])["seats"][0]["status"] == "sold"
    assert cli.json("fsck")["violations"] == []


def test_without_the_driver_the_extra_to_install_is_named(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "import importlib.util as util; real = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'psycopg' else real(name, *rest)\n"
        "from booking_cli.app import main; main()"
    )

    answer = subprocess.run(
        [sys.executable, "-c", program, *LISTING, "--database", "postgresql://ann@host/shop"],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )

    assert answer.returncode == 3
    assert "booking-engine[postgres]" in answer.stderr
