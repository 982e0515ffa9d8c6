"""One running shop for each file, with a clock that stands at the documents' own dates.

Tests make departures and customers of their own in it. Who moves the clock takes `fresh_shop`.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api_shop import Caller, Departure, Shop, open_shop


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def shop(
    anyio_backend: str, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shop]:
    path = tmp_path_factory.mktemp("shop") / "booking.sqlite3"
    shutil.copy(sqlite_template, path)
    async with open_shop(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
async def fresh_shop(sqlite_url: str) -> AsyncIterator[Shop]:
    async with open_shop(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def ann(shop: Shop) -> Caller:
    return await shop.customer()


@pytest.fixture
async def eve(shop: Shop) -> Caller:
    """Another customer, who is curious."""
    return await shop.customer()


@pytest.fixture
async def departure(shop: Shop) -> Departure:
    """Eight seats, A1 to B4, at 500.00 each."""
    return await shop.departure()
