"""A town for each file, with a clock that stands still."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.support.api_shop import Shop
from tests.support.ride_sockets import LiveTown, live_town
from tests.support.ride_town import Town, own_spot


@pytest.fixture
def town(shop: Shop) -> Town:
    opened = Town(shop)
    opened.open()
    return opened


@pytest.fixture
def fresh_town(fresh_shop: Shop) -> Town:
    """Whose clock may be moved."""
    opened = Town(fresh_shop)
    opened.open()
    return opened


@pytest.fixture(scope="module")
async def served_town(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LiveTown]:
    url = f"sqlite:///{tmp_path_factory.mktemp('live')}/booking.sqlite3"
    async with live_town(url) as opened:
        yield opened


@pytest.fixture
def live(served_town: LiveTown) -> LiveTown:
    """With a real server."""
    return replace(served_town, spot=own_spot())
