"""Databases that outlive a test, for tests that leave them sound; and how many kills are asked for.

`--kills N` is known where this folder is named: `pytest tests/faults --kills 500`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Postgres

KILLS = 27
KILLS_WHEN_THOROUGH = 250


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, metavar="N", help="kill N writers on each database")


@pytest.fixture
def kills(request: pytest.FixtureRequest, thorough: bool) -> int:
    """How many writers to kill, on each of the two databases."""
    asked: int | None = request.config.getoption("--kills", None)
    return asked or (KILLS_WHEN_THOROUGH if thorough else KILLS)


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
