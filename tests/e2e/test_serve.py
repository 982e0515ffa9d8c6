"""`booking serve` as a user runs it: a process, a port, a database file."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from booking_core import BookingSystem
from booking_core.domain.bookings import BookingState
from tests.support.builders import counted
from tests.support.serving import DEADLINE, get, served


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
