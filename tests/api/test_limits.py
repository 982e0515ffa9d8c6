"""How often one may ask."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from booking_api.http.counters import ProcessCounters
from booking_core.clock import ManualClock
from tests.support.api import Api, running, settings_for, somebody

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def limited(url: str, clock: ManualClock, limit: str, **given: Any) -> AsyncIterator[Api]:
    settings = settings_for(url, rate_limit_default=limit, **given)
    async with running(settings, clock) as api:
        yield api


async def test_an_address_has_so_many_a_minute(sqlite_url: str, clock: ManualClock) -> None:
    async with limited(sqlite_url, clock, "3/minute") as api:
        answers = [await api.ask("GET", "/user/me") for _ in range(3)]
        clock.advance(seconds=20)
        refused = await api.ask("GET", "/user/me")
        clock.advance(seconds=40)
        again = await api.ask("GET", "/user/me")

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0"]
    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
    assert refused.headers["ratelimit-limit"] == "3"
    assert refused.headers["ratelimit-remaining"] == "0"
    assert refused.headers["ratelimit-reset"] == refused.headers["retry-after"] == "40"
    assert again.status_code == 401


async def test_refused_requests_do_nothing(sqlite_url: str, clock: ManualClock) -> None:
    asked = {"email": "jo@example.com", "password": "SecurePass123"}
    async with limited(sqlite_url, clock, "1/minute") as api:
        await api.ask("GET", "/user/me")
        refused = await api.ask("POST", "/users/register", json=asked)
        clock.advance(minutes=1)
        done = await api.ask("POST", "/users/register", json=asked)

    assert (refused.status_code, done.status_code) == (429, 201)


async def test_a_user_has_a_limit_of_his_own(sqlite_url: str, clock: ManualClock) -> None:
    """Whatever address he comes from."""
    proxies = {"trusted_proxies": "127.0.0.1/32"}
    async with limited(sqlite_url, clock, "4/minute", **proxies) as api:
        person = await somebody(api)
        clock.advance(minutes=1)

        async def from_address(number: int, headers: dict[str, str]) -> int:
            where = {"X-Forwarded-For": f"203.0.113.{number}"}
            return (await api.ask("GET", "/user/me", headers={**headers, **where})).status_code

        same_user = [await from_address(number, person.headers) for number in range(5)]
        guests = [await from_address(number, {}) for number in range(3)]

    assert same_user == [200, 200, 200, 200, 429]
    # Negative control: the addresses had requests left.
    assert guests == [401, 401, 401]


async def test_it_can_be_switched_off(sqlite_url: str, clock: ManualClock) -> None:
    async with limited(sqlite_url, clock, "off") as api:
        answers = [await api.ask("GET", "/user/me") for _ in range(20)]

    assert {answer.status_code for answer in answers} == {401}
    assert "ratelimit-limit" not in answers[0].headers


async def test_watching_is_free(sqlite_url: str, clock: ManualClock) -> None:
    async with limited(sqlite_url, clock, "1/minute") as api:
        for path in ("/healthz", "/readyz", "/metrics"):
            for _ in range(3):
                assert (await api.ask("GET", path)).status_code == 200


async def test_without_redis_each_process_counts_for_itself(
    sqlite_url: str, clock: ManualClock
) -> None:
    """Nobody answers at that address; the server serves all the same."""
    given = {"redis_url": "redis://127.0.0.1:1/0"}
    async with limited(sqlite_url, clock, "2/minute", **given) as api:
        answers = [await api.ask("GET", "/user/me") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]


def test_counters_are_forgotten(clock: ManualClock) -> None:
    counters = ProcessCounters(clock)

    async def count() -> None:
        for number in range(1_000):
            await counters.incr(f"address/{number}", 60)
        clock.advance(seconds=60)
        assert await counters.incr("address/1", 60) == 1
        assert await counters.get("address/2") == 0

    asyncio.run(count())
    assert len(counters._counts) == len(counters._ends) == len(counters._by_end) == 1
