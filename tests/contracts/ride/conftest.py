"""A town for each file, with a clock that stands still."""

import pytest

from tests.support.api_shop import Shop
from tests.support.rides import Town


@pytest.fixture
def town(shop: Shop) -> Town:
    shop.api.system.rides.seed(actor="test")
    return Town(shop)


@pytest.fixture
def fresh_town(fresh_shop: Shop) -> Town:
    """Whose clock may be moved."""
    fresh_shop.api.system.rides.seed(actor="test")
    return Town(fresh_shop)
