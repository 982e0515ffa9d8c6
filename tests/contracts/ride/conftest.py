"""A town for each file, with a clock that stands still."""

from collections.abc import AsyncIterator

import pytest

from tests.support.api_shop import Shop
from tests.support.ride_sockets import LiveTown, live_town
from tests.support.ride_town import Town


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
async def live(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LiveTown]:
    """With a real server."""
    url = f"sqlite:///{tmp_path_factory.mktemp('live')}/booking.sqlite3"
    async with live_town(url) as opened:
        yield opened
