"""Who may open a socket, from where it goes on, and what one of seats sends."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from fastapi import WebSocket
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from booking_api.http.errors import Renderer, detail_and_code
from booking_api.http.problems import Problem, invalid
from booking_api.identity import Principal, credential_of
from booking_api.realtime.hub import Hub
from booking_api.realtime.streams import Stream, each_of
from booking_api.runtime import Runtime
from booking_core.domain.live import Change

# More than these a client cannot miss: it gets a snapshot instead.
MOST_MISSED = 2_000

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


async def deny(socket: WebSocket, problem: Problem, render: Renderer = detail_and_code) -> None:
    """Refuse the handshake with a real HTTP status and body, in the contract's shape."""
    now = socket.app.state.runtime.clock.now()
    rendered = render(problem, now)
    answer = JSONResponse(rendered.body, rendered.status, dict(problem.headers))
    with suppress(WebSocketDisconnect):
        await socket.send_denial_response(answer)


class Feed:
    """An inventory's changes as texts. `encode(change, kind)` makes them, kind `snapshot` or
    `seat_update`; `name` tells apart what several feeds make of one change."""

    def __init__(self, hub: Hub, name: str, encode: Encode) -> None:
        self._hub = hub
        self._name = name
        self._encode = encode

    async def first(self, inventory_id: str, after: int | None, snapshot: Change) -> list[str]:
        """What brings a client to the snapshot."""
        missed = None
        if after is not None and after <= snapshot.seq <= after + MOST_MISSED:
            missed = await self._hub.missed(inventory_id, after, snapshot)
        if missed is None:
            return [self.text(snapshot, "snapshot")]
        return [self.update(change) for change in missed]

    def update(self, change: Change) -> str:
        return self.text(change, "seat_update")

    def text(self, change: Change, kind: str) -> str:
        """Made once for all who get it."""
        form = f"{self._name}:{kind}"
        text = change.encoded.get(form)
        if text is None:
            text = change.encoded[form] = self._encode(change, kind)
        return text


class SeatStream:
    """One client's socket of an inventory's seats: a snapshot, or what was missed, then changes."""

    def __init__(self, socket: WebSocket, hub: Hub, feed: Feed) -> None:
        self._socket = socket
        self._hub = hub
        self._feed = feed

    async def run(self, inventory_id: str, after: int | None, ended: asyncio.Event) -> None:
        """Serve the client until it leaves, falls behind, or `ended` is set.

        Before the socket is accepted: raises InventoryNotFound, and a StorageError where the
        database does not answer.
        """
        async with self._hub.watching(inventory_id) as (watcher, snapshot):
            first = await self._feed.first(inventory_id, after, snapshot)
            await Stream(self._socket, watcher, self._feed.update).run(each_of(first), ended)
