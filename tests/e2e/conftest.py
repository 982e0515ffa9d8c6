"""Journeys through a whole shop, on both kinds of database."""

from collections.abc import AsyncIterator

import pytest

from tests.support.api_shop import Shop, open_shop


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    """By a clock that the test moves."""
    async with open_shop(database_url) as opened:
        yield opened
