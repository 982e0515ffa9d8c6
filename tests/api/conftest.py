"""A running server for each test, on SQLite; who takes `database_url` gets PostgreSQL too."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from redis import Redis

from booking_core.clock import ManualClock
from tests.support.api import Api, running, settings_for
from tests.support.redis import redis_server


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


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The Redis of this run."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(shared_redis: Any) -> Iterator[Redis]:
    """A client of it, which holds nothing yet."""
    with Redis.from_url(shared_redis.connection_url) as client:
        client.flushall()
        yield client
