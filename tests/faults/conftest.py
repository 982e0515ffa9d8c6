"""Databases that outlive a test, for tests that leave them sound."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Postgres


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def lasting_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """One migrated database for all tests of a module, of each kind. No test may damage it."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        folder: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        yield f"sqlite:///{shutil.copy(template, folder.mktemp('lasting') / 'booking.sqlite3')}"
    else:
        server: Postgres = request.getfixturevalue("postgres_server")
        with server.database() as url:
            yield url
