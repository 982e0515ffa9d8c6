"""Several processes open a database that has no tables yet: one makes them, nobody fails."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine.reflection import Inspector

from booking_core import BookingSystem
from tests.support.builders import bus
from tests.support.faults_arena import in_processes, warm_forks
from tests.support.faults_waiting import DEADLINE

PROCESSES = 4


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.sqlite3'}"
    url: str = request.getfixturevalue("bare_postgres_url")
    return url


def open_at_once(together: tuple[str, Any]) -> int:
    url, start = together
    start.wait(DEADLINE)
    with BookingSystem.open(url) as system:
        system.create_inventory(bus())
        return len(system.fsck().violations)


def test_processes_that_open_a_new_database_at_once_all_can(bare_url: str) -> None:
    start = warm_forks().Barrier(PROCESSES)

    violations = in_processes(open_at_once, [(bare_url, start)] * PROCESSES)

    assert violations == [0] * PROCESSES
    with BookingSystem.open(bare_url) as system:
        assert len(system.inventories()) == PROCESSES


def test_tables_made_by_another_just_now_are_ours(
    bare_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_table = Inspector.has_table
    looked: list[str] = []

    def look_and_be_overtaken(inspector: Inspector, name: str, **options: Any) -> bool:
        found = has_table(inspector, name, **options)
        looked.append(name)
        if len(looked) == 1:
            BookingSystem.open(bare_url).close()
        return found

    monkeypatch.setattr(Inspector, "has_table", look_and_be_overtaken)
    with BookingSystem.open(bare_url) as system:
        assert system.create_inventory(bus())
