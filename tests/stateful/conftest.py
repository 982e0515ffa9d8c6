"""Fresh databases for lives that are many and short."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.stateful.machine import NewDatabase
from tests.support.postgres import BACKENDS, Databases


@pytest.fixture(params=BACKENDS)
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Makes a migrated, empty database for each life."""
    found: NewDatabase = request.getfixturevalue(f"new_{request.param}_database")
    return found


@pytest.fixture
def new_sqlite_database(sqlite_template: Path, tmp_path: Path) -> NewDatabase:
    numbers = count()

    @contextmanager
    def copy() -> Iterator[str]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        shutil.copy(sqlite_template, folder / "booking.sqlite3")
        yield f"sqlite:///{folder}/booking.sqlite3"
        shutil.rmtree(folder)

    return copy


@pytest.fixture
def new_postgres_database(postgres_databases: Databases) -> NewDatabase:
    return postgres_databases.database
