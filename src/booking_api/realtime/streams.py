"""One client's socket from its first message to its last: the same for all that is live."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import suppress
from typing import Generic

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from booking_api.realtime.watchers import Item, Source
from booking_core.errors import BookingError

LOGIN_ENDED = 1008
LOGIN_ENDED_REASON = "The login that opened this socket has ended."
FELL_BEHIND = 1013
FELL_BEHIND_REASON = "Too slow. Come back with ?after=SEQ."
_SECONDS_TO_CLOSE = 5.0


class Stream(Generic[Item]):
    """What opens the connection, then items as they come, each as the text that `encode` makes."""

    def __init__(
        self, socket: WebSocket, source: Source[Item], encode: Callable[[Item], str]
    ) -> None:
        self._socket = socket
        self._source = source
        self._encode = encode
        self._has_begun = asyncio.Event()

    async def run(self, first: AsyncIterable[str], ended: asyncio.Event) -> None:
        """Accept the socket, and serve the client until it leaves, falls behind, or `ended` is
        set."""
        with suppress(WebSocketDisconnect):
            await self._socket.accept()
            await self._until_over(first, ended)

    async def _until_over(self, first: AsyncIterable[str], ended: asyncio.Event) -> None:
        fell_behind = self._source.fell_behind
        works = (self._send(first), self._hear(), _set(ended), _set(fell_behind))
        tasks = [asyncio.create_task(work) for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        is_lost = any(_is_lost(task) for task in done)
        if ended.is_set():
            await close(self._socket, LOGIN_ENDED, LOGIN_ENDED_REASON)
        elif is_lost or fell_behind.is_set():
            await close(self._socket, FELL_BEHIND, FELL_BEHIND_REASON)

    async def _send(self, first: AsyncIterable[str]) -> None:
        async for text in first:
            await self._socket.send_text(text)
        self._has_begun.set()
        while True:
            item = await self._source.next()
            await self._socket.send_text(self._encode(item))

    async def _hear(self) -> None:
        """Until the client leaves. Nothing but `ping` means anything."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") == "ping":
                # What opens a connection comes first.
                await self._has_begun.wait()
                await self._socket.send_text("pong")


async def close(socket: WebSocket, code: int, reason: str) -> None:
    # A client that reads nothing does not answer either.
    with suppress(TimeoutError):
        await asyncio.wait_for(socket.close(code, reason), _SECONDS_TO_CLOSE)


async def each_of(texts: Iterable[str]) -> AsyncIterator[str]:
    """What opens a connection, where all of it is there already."""
    for text in texts:
        yield text


def _is_lost(task: asyncio.Task[None]) -> bool:
    """Whether what the client missed could not be read. Raises any other error."""
    try:
        task.result()
    except BookingError:
        return True
    return False


async def _set(event: asyncio.Event) -> None:
    await event.wait()
