"""`booking serve` as a user runs it: a process, a port, a database file."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import BookingState
from tests.support.builders import counted

DEADLINE = 60.0


@contextmanager
def served(url: str, log: Path) -> Iterator[str]:
    """The address of a server on a free port; asserts that it ends by itself when asked to."""
    program = "from booking_cli.app import main; main()"
    command = [sys.executable, "-c", program, "serve", "--port", "0", "--database", url]
    with log.open("wb") as output, subprocess.Popen(command, stderr=output) as process:
        try:
            yield listening(log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(DEADLINE)


def listening(log: Path) -> str:
    give_up = time.monotonic() + DEADLINE
    while time.monotonic() < give_up:
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.05)
    pytest.fail(f"the server did not start: {log.read_text()}")


def get(address: str) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(address, timeout=DEADLINE) as answer:  # noqa: S310 - our own
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_it_is_healthy_and_sweeps(sqlite_url: str, tmp_path: Path) -> None:
    with BookingSystem.open(sqlite_url) as system:
        inventory = system.create_inventory(
            counted(starts_at=datetime.now(UTC) + timedelta(days=1))
        )
        overdue = system.hold_places(inventory, "ann", 1, duration=timedelta(milliseconds=1))
        with served(sqlite_url, tmp_path / "log") as address:
            assert get(f"{address}/healthz") == (200, {"status": "ok"})
            assert get(f"{address}/readyz") == (200, {"status": "ok"})
            give_up = time.monotonic() + DEADLINE
            while system.booking(overdue.id).state is BookingState.HELD:
                assert time.monotonic() < give_up, "nobody swept"
                time.sleep(0.05)

        assert system.booking(overdue.id).state is BookingState.EXPIRED
        assert [act["actor"] for act in system.history(overdue.id)] == ["ann", "sweeper"]


def test_a_database_that_is_gone_makes_it_unready(sqlite_url: str, tmp_path: Path) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with served(sqlite_url, tmp_path / "log") as address:
        assert get(f"{address}/readyz")[0] == 200
        file.write_bytes(b"no database at all" * 500)

        status, body = get(f"{address}/readyz")

    assert status == 503
    assert body["code"].startswith("DATABASE_")
