"""How many kills are asked for.

`--kills N` is known where this folder is named: `pytest tests/faults --kills 500`.
"""

import pytest

KILLS = 27
KILLS_WHEN_THOROUGH = 250


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, metavar="N", help="kill N writers on each database")


@pytest.fixture
def kills(request: pytest.FixtureRequest, thorough: bool) -> int:
    """How many writers to kill, on each of the two databases."""
    asked: int | None = request.config.getoption("--kills", None)
    return asked or (KILLS_WHEN_THOROUGH if thorough else KILLS)
