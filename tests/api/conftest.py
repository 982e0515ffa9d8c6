"""A running server for each test, on SQLite; who takes `database_url` gets PostgreSQL too."""

from collections.abc import AsyncIterator

import pytest

from booking_core.clock import ManualClock
from tests.support.api import Api, running, settings_for


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    """By the real clock, without limits."""
    async with running(settings_for(sqlite_url)) as served:
        yield served


@pytest.fixture
async def frozen_api(sqlite_url: str, clock: ManualClock) -> AsyncIterator[Api]:
    """By the test's own clock, without limits."""
    async with running(settings_for(sqlite_url), clock) as served:
        yield served
