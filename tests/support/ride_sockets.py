"""A town with a real server, and people in it who listen."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from booking_core.clock import ManualClock
from booking_core.domain.accounts import Role
from booking_core.ports import Clock
from tests.support.api import Api, settings_for
from tests.support.api_shop import OPENED, Caller, Shop, worker
from tests.support.faults_waiting import DEADLINE, wait_until
from tests.support.ride_town import Town
from tests.support.sockets import Message, serving

RIDER = "/ws/bookings/"
DRIVER = "/ws/driver/bookings/"
AVAILABLE = "/ws/driver/available_bookings/"


@dataclass(frozen=True, slots=True)
class LiveTown(Town):
    """Whose server listens on a port."""

    port: int

    @asynccontextmanager
    async def listening(
        self, path: str, who: Caller | None = None, query: str = "", **headers: str
    ) -> AsyncIterator[ClientConnection]:
        """A socket; `who` shows the token in the header."""
        shown = {**(who.headers if who else {}), **headers}
        url = f"ws://127.0.0.1:{self.port}{path}{query}"
        async with connect(url, additional_headers=shown, open_timeout=DEADLINE) as client:
            yield client

    async def refusal(
        self, path: str, who: Caller | None = None, query: str = "", **headers: str
    ) -> tuple[int, Any]:
        """Status and body of a handshake that must fail."""
        try:
            async with self.listening(path, who, query, **headers):
                raise AssertionError("the socket was opened")
        except InvalidStatus as refused:
            answer = refused.response
            assert answer.headers["content-type"] == "application/json"
            return answer.status_code, json.loads(answer.body or b"")


@asynccontextmanager
async def live_town(
    database_url: str, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[LiveTown]:
    """By a clock that stands still, unless another is given."""
    moment = clock or ManualClock(OPENED)
    with serving(settings_for(database_url, **settings), moment) as served:
        base = f"http://127.0.0.1:{served.port}"
        async with httpx.AsyncClient(base_url=base, timeout=DEADLINE) as client:
            api = Api(served.app, client)
            standing = moment if isinstance(moment, ManualClock) else ManualClock(moment.now())
            shop = Shop(api, standing, await worker(api, Role.ADMIN), Caller(api))
            town = LiveTown(shop, served.port)
            town.open()
            yield town


async def hear(client: ClientConnection) -> Message:
    """The next message."""
    message: Message = json.loads(await _next(client))
    return message


async def hear_all(client: ClientConnection, count: int) -> list[Message]:
    return [await hear(client) for _ in range(count)]


async def pong(client: ClientConnection) -> None:
    """Asserts that nothing else is on its way."""
    await client.send("ping")
    assert await _next(client) == "pong"


async def closing_code(client: ClientConnection) -> int | None:
    """The code that the server closes with, after whatever it still says."""
    try:
        while True:
            await _next(client)
    except ConnectionClosed:
        return client.close_code


async def _next(client: ClientConnection) -> str | bytes:
    return await asyncio.wait_for(client.recv(), DEADLINE)


async def until(is_so: Callable[[], bool]) -> None:
    """Look again and again, elsewhere than on the event loop."""
    await asyncio.to_thread(wait_until, is_so, "it is so")
