"""How often one may ask, counted in a real Redis by several servers together."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from redis import Redis

from tests.support.api import Api, running, settings_for, somebody
from tests.support.redis import redis_server

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def limited(url: str, limit: str, **given: Any) -> AsyncIterator[Api]:
    async with running(settings_for(url, rate_limit_default=limit, **given)) as api:
        yield api


async def asked(api: Api, **headers: str) -> int:
    return (await api.ask("GET", "/user/me", headers=headers)).status_code


def wait_until_empty(redis: Redis) -> None:
    while redis.dbsize():
        time.sleep(0.01)


async def answers_of_two_servers(url: str, **given: Any) -> Counter[int]:
    """15 requests to each at once, where 20 a minute are allowed."""
    async with limited(url, "20/minute", **given) as one, limited(url, "20/minute", **given) as two:
        return Counter(await asyncio.gather(*(asked(api) for api in (one, two) * 15)))


async def test_two_servers_count_as_one(sqlite_url: str, shared_redis: Any, redis: Redis) -> None:
    counted = await answers_of_two_servers(sqlite_url, redis_url=shared_redis.connection_url)

    assert counted == {401: 20, 429: 10}


async def test_without_redis_each_counts_for_itself(sqlite_url: str) -> None:
    """Negative control."""
    assert await answers_of_two_servers(sqlite_url) == {401: 30}


async def test_a_users_requests_are_counted_wherever_they_come_from(
    sqlite_url: str, shared_redis: Any, redis: Redis
) -> None:
    given = {"redis_url": shared_redis.connection_url, "trusted_proxies": "127.0.0.1/32"}
    async with limited(sqlite_url, "6/minute", **given) as one:
        person = await somebody(one)
        redis.flushall()
        async with limited(sqlite_url, "6/minute", **given) as two:
            statuses = [
                await asked(api, **person.headers, **{"X-Forwarded-For": f"203.0.113.{number}"})
                for number, api in enumerate((one, two) * 4)
            ]

    assert statuses == [200] * 6 + [429] * 2


async def test_a_window_ends_by_redis_own_time(
    sqlite_url: str, shared_redis: Any, redis: Redis
) -> None:
    async with limited(sqlite_url, "2/hour", redis_url=shared_redis.connection_url) as api:
        assert [await asked(api) for _ in range(3)] == [401, 401, 429]
        refused = await api.ask("GET", "/user/me")
        for key in redis.scan_iter():
            redis.pexpire(key, 20)
        wait_until_empty(redis)
        again = await api.ask("GET", "/user/me")

    assert 3_500 < int(refused.headers["retry-after"]) <= 3_600
    assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"]
    assert (again.status_code, again.headers["ratelimit-remaining"]) == (401, "1")


async def test_losing_redis_stops_nobody(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_api.http.limits._SECONDS_WITHOUT_REDIS", 0.0)
    with redis_server(tmp_path / "redis") as server:
        async with limited(sqlite_url, "2/hour", redis_url=server.connection_url) as api:
            together = [await asked(api) for _ in range(3)]
            server.stop()
            alone = [await asked(api) for _ in range(3)]
            server.start()
            back = await api.ask("GET", "/user/me")

    assert together == [401, 401, 429]
    # By itself the server had counted nothing yet.
    assert alone == [401, 401, 429]
    assert (back.status_code, back.headers["ratelimit-remaining"]) == (401, "1")


async def test_a_redis_that_does_not_answer_is_left_alone_for_a_while(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking_api.http.limits._SECONDS_WITHOUT_REDIS", 600.0)
    with redis_server(tmp_path / "redis") as server:
        async with limited(sqlite_url, "2/hour", redis_url=server.connection_url) as api:
            with Redis.from_url(server.connection_url) as client:
                client.client_pause(600_000, all=True)
            with structlog.testing.capture_logs() as lines:
                statuses = [await asked(api) for _ in range(30)]

    assert statuses == [401, 401] + [429] * 28
    # One request has waited for it, and none after that.
    assert len([line for line in lines if line["event"] == "redis unreachable"]) == 1


async def test_bookings_are_counted_together_too(
    sqlite_url: str, shared_redis: Any, redis: Redis
) -> None:
    given = {"redis_url": shared_redis.connection_url, "rate_limit_booking": "4/hour"}
    async with limited(sqlite_url, "off", **given) as one:
        person = await somebody(one)
        async with limited(sqlite_url, "off", **given) as two:
            answers = [
                await api.ask("POST", path, headers=person.headers)
                for api, path in (
                    *((one, "/api/v1/bookings"), (two, "/api/bookings/")) * 2,
                    (one, "/api/bookings"),
                )
            ]

    assert [one.status_code for one in answers] == [400] * 4 + [429]
    assert answers[-1].headers["ratelimit-limit"] == "4"
