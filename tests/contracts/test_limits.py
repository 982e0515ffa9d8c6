"""Limits of the trip and bus contracts: 600 requests a minute for each address and each user."""

import pytest

from tests.support.api_shop import open_shop, refused

pytestmark = pytest.mark.anyio


async def test_every_answer_says_what_is_left(sqlite_url: str) -> None:
    async with open_shop(sqlite_url, rate_limit_default="600/minute") as shop:
        left = []
        for path in ("/routes", "/trip/1", "/schedules/search"):
            headers = (await shop.nobody.get(path)).headers
            assert headers["RateLimit-Limit"] == "600"
            assert 0 <= int(headers["RateLimit-Reset"]) <= 60
            left.append(int(headers["RateLimit-Remaining"]))

        assert left == [left[0], left[0] - 1, left[0] - 2]


async def test_too_many_is_429_with_the_time_to_wait(sqlite_url: str) -> None:
    async with open_shop(sqlite_url, rate_limit_default="10/minute") as shop:
        answers = [await shop.nobody.get("/routes") for _ in range(11)]

        refused(answers[-1], 429)
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
        assert answers[-1].headers["RateLimit-Remaining"] == "0"
        # Who watches over it is not turned away.
        assert (await shop.nobody.get("/healthz")).status_code == 200
