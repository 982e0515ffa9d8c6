"""One socket that follows several inventories: a snapshot of each, then its changes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from booking_api.realtime.hub import Hub
from booking_api.realtime.sockets import Feed
from booking_api.realtime.streams import (
    FELL_BEHIND,
    FELL_BEHIND_REASON,
    LOGIN_ENDED,
    LOGIN_ENDED_REASON,
    close,
)
from booking_api.realtime.watchers import Watcher
from booking_core.domain.live import Change

MOST_SUBSCRIPTIONS = 20

# What is said to this client alone of a change, after everybody's text; None for nothing.
Aside = Callable[[Change], str | None]


class TooManySubscriptions(Exception):
    """This socket follows as many inventories as one may."""


class Subscriptions:
    """What one client's socket follows, by names of the contract's. For one event loop."""

    def __init__(self, socket: WebSocket, hub: Hub) -> None:
        self._socket = socket
        self._hub = hub
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_too_slow = asyncio.Event()

    async def start(
        self, name: str, inventory_id: str, feed: Feed, aside: Aside, after: int | None
    ) -> None:
        """Follow an inventory, anew where it is followed already; returns once the client has what
        opens it.

        Raises TooManySubscriptions, InventoryNotFound, and a StorageError where the database does
        not answer.
        """
        await self.stop(name)
        if len(self._tasks) >= MOST_SUBSCRIPTIONS:
            raise TooManySubscriptions
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        follow = self._follow(inventory_id, feed, aside, after, begun)
        self._tasks[name] = asyncio.create_task(follow)
        try:
            await begun
        except BaseException:
            await self.stop(name)
            raise

    async def stop(self, name: str) -> bool:
        """Whether it was followed."""
        task = self._tasks.pop(name, None)
        if task is None:
            return False
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return True

    async def run(self, hear: Callable[[str], Awaitable[None]], ended: asyncio.Event) -> None:
        """Hand what the client says to `hear` until it leaves, falls behind, or `ended` is set."""
        tasks = [
            asyncio.create_task(work)
            for work in (self._hear(hear), _set(ended), _set(self._is_too_slow))
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for name in list(self._tasks):
                await self.stop(name)
        for task in done:
            task.result()
        if ended.is_set():
            await close(self._socket, LOGIN_ENDED, LOGIN_ENDED_REASON)
        elif self._is_too_slow.is_set():
            await close(self._socket, FELL_BEHIND, FELL_BEHIND_REASON)

    async def _follow(
        self,
        inventory_id: str,
        feed: Feed,
        aside: Aside,
        after: int | None,
        begun: "asyncio.Future[None]",
    ) -> None:
        """`begun` is told how the beginning went; after it nothing can go wrong but the client."""
        try:
            async with (
                self._hub.watching(inventory_id) as (watcher, snapshot),
                self._hurried(watcher),
            ):
                for text in await feed.first(inventory_id, after, snapshot):
                    await self._socket.send_text(text)
                begun.set_result(None)
                await self._pass_on(watcher, feed, aside)
        except WebSocketDisconnect:
            begun.cancel()
        except Exception as error:  # noqa: BLE001 - whoever waits for the beginning raises it
            begun.set_exception(error)

    @asynccontextmanager
    async def _hurried(self, watcher: Watcher[Change]) -> AsyncIterator[None]:
        """The socket is over once the client fell behind, even while it reads nothing."""
        waiting = asyncio.create_task(self._end_when_behind(watcher))
        try:
            yield
        finally:
            waiting.cancel()

    async def _end_when_behind(self, watcher: Watcher[Change]) -> None:
        await watcher.fell_behind.wait()
        self._is_too_slow.set()

    async def _pass_on(self, watcher: Watcher[Change], feed: Feed, aside: Aside) -> None:
        while True:
            change = await watcher.next()
            await self._socket.send_text(feed.text(change, "seat_update"))
            private = aside(change)
            if private is not None:
                await self._socket.send_text(private)

    async def _hear(self, hear: Callable[[str], Awaitable[None]]) -> None:
        with suppress(WebSocketDisconnect):
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await hear(message.get("text") or "")


async def _set(event: asyncio.Event) -> None:
    await event.wait()
