"""What every socket of changes does: who may open it, what it sends, when it is closed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from fastapi import WebSocket
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from booking_api.http.errors import detail_and_code
from booking_api.http.problems import Problem, invalid
from booking_api.identity import Principal, credential_of
from booking_api.realtime.hub import Hub
from booking_api.runtime import Runtime
from booking_core.domain.live import Change

LOGIN_ENDED = 1008
FELL_BEHIND = 1013
# More than these a client cannot miss: it gets a snapshot instead.
MOST_MISSED = 2_000
_SECONDS_TO_CLOSE = 5.0

Encode = Callable[[Change, str], str]


async def principal_of(socket: WebSocket, runtime: Runtime) -> Principal | None:
    """Whose token came in the header, or as `?token=` where a browser cannot set one; None
    without. Raises a 401 Problem for one that is no good."""
    credential = credential_of(socket.headers) or socket.query_params.get("token")
    return None if credential is None else await runtime.identities.of_credential(credential)


def resume_point(socket: WebSocket) -> int | None:
    """The `after` of a client that comes back. Raises a 422 Problem where it is no number."""
    given = socket.query_params.get("after")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise invalid("after is the last seq that was received.", "query", "after")
    return int(given)


async def deny(socket: WebSocket, problem: Problem) -> None:
    """Refuse the handshake with a real HTTP status and body."""
    answer = JSONResponse(detail_and_code(problem), problem.status, dict(problem.headers))
    with suppress(WebSocketDisconnect):
        await socket.send_denial_response(answer)


class Stream:
    """One client's socket: what opens it, then text after text until it is over."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def run(
        self,
        first: Sequence[str],
        more: Callable[[], Awaitable[str]],
        ended: asyncio.Event,
        fell_behind: asyncio.Event,
    ) -> None:
        """Accept the client and serve it until it leaves, falls behind, or `ended` is set."""
        with suppress(WebSocketDisconnect):
            await self._socket.accept()
            await self._until_over(first, more, ended, fell_behind)

    async def _until_over(
        self,
        first: Sequence[str],
        more: Callable[[], Awaitable[str]],
        ended: asyncio.Event,
        fell_behind: asyncio.Event,
    ) -> None:
        has_begun = asyncio.Event()
        tasks = [
            asyncio.create_task(work)
            for work in (
                self._send(first, more, has_begun),
                self._hear(has_begun),
                _set(ended),
                _set(fell_behind),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        if ended.is_set():
            await self._close(LOGIN_ENDED, "The login that opened this socket has ended.")
        elif fell_behind.is_set():
            await self._close(FELL_BEHIND, "Too slow. Come back with ?after=SEQ.")

    async def _close(self, code: int, reason: str) -> None:
        # A client that reads nothing does not answer either.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._socket.close(code, reason), _SECONDS_TO_CLOSE)

    async def _send(
        self, first: Sequence[str], more: Callable[[], Awaitable[str]], has_begun: asyncio.Event
    ) -> None:
        for text in first:
            await self._socket.send_text(text)
        has_begun.set()
        while True:
            await self._socket.send_text(await more())

    async def _hear(self, has_begun: asyncio.Event) -> None:
        """Until the client leaves. Nothing but `ping` means anything."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") == "ping":
                # What opens a connection comes first.
                await has_begun.wait()
                await self._socket.send_text("pong")


class SeatStream:
    """One client's socket of an inventory's seats: a snapshot, or what was missed, then changes.

    `encode(change, kind)` makes the text, kind `snapshot` or `seat_update`.
    """

    def __init__(self, socket: WebSocket, hub: Hub, name: str, encode: Encode) -> None:
        self._stream = Stream(socket)
        self._hub = hub
        self._name = name
        self._encode = encode

    async def run(self, inventory_id: str, after: int | None, ended: asyncio.Event) -> None:
        """Serve the client until it leaves, falls behind, or `ended` is set.

        Before the socket is accepted: raises InventoryNotFound, and a StorageError where the
        database does not answer.
        """
        async with self._hub.watching(inventory_id) as (watcher, snapshot):
            first = await self._first(inventory_id, after, snapshot)

            async def more() -> str:
                return self._text(await watcher.next(), "seat_update")

            await self._stream.run(first, more, ended, watcher.fell_behind)

    async def _first(self, inventory_id: str, after: int | None, snapshot: Change) -> list[str]:
        """What brings the client to the snapshot."""
        missed = None
        if after is not None and after <= snapshot.seq <= after + MOST_MISSED:
            missed = await self._hub.missed(inventory_id, after, snapshot)
        if missed is None:
            return [self._text(snapshot, "snapshot")]
        return [self._text(change, "seat_update") for change in missed]

    def _text(self, change: Change, kind: str) -> str:
        """Made once for all who get it."""
        form = f"{self._name}:{kind}"
        text = change.encoded.get(form)
        if text is None:
            text = change.encoded[form] = self._encode(change, kind)
        return text


async def _set(event: asyncio.Event) -> None:
    await event.wait()
