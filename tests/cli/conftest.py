"""Fixtures of the command line's tests."""

from pathlib import Path

import pytest

from booking_core import BookingSystem
from tests.cli.support import Cli, Shop
from tests.support.builders import bus, counted, hall


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds, or makes, anything in the folders of whoever runs it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    monkeypatch.delenv("BOOKING_DATABASE_URL", raising=False)
    monkeypatch.delenv("BOOKING_TRACEBACK", raising=False)


@pytest.fixture
def cli(sqlite_url: str) -> Cli:
    """`booking` on a migrated, empty database."""
    return Cli(sqlite_url)


@pytest.fixture
def fresh(tmp_path: Path) -> Cli:
    """`booking` on a database that is not there yet."""
    return Cli(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")


@pytest.fixture
def shop(cli: Cli) -> Shop:
    """`booking` with something to sell."""
    drafts = [bus(), hall(), counted({"Floor": 10, "Box": 4})]
    with BookingSystem.open(cli.url) as system:
        ids = [system.create_inventory(draft) for draft in drafts]
    return Shop(cli, *ids)
