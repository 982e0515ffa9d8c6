"""`Idempotency-Key` on writes: the same request again gets the same answer, and is done once.

The answer is stored before it is sent. A write that a crash cut off is in flight for no longer than
`StoredRequests` says; then the same request runs again, with the same key for the engine's writer,
so that what was committed before the crash is found and not done again.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from booking_api.calls import run
from booking_api.http.problems import Problem, invalid
from booking_api.identity import Principal
from booking_api.runtime import Runtime
from booking_core.engine.requests import KeptResponse, Turn
from booking_core.errors import StorageError

HEADER = b"idempotency-key"
SIGNATURE = b"x-signature"
LONGEST_KEY = 255
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_REPLAYED = (b"idempotency-replayed", b"true")
_KEPT_HEADERS = frozenset(
    {b"content-type", b"content-disposition", b"location", b"etag", b"cache-control"}
)
# Not kept: what the same request may succeed after.
_PASSING = frozenset({401, 408, 425, 429})


class Idempotency:
    """Costs nothing without the header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = structlog.get_logger("booking.idempotency")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key_of(scope)
        if key is None or isinstance(scope["state"].get("caller"), Problem):
            await self._app(scope, receive, send)
            return
        runtime: Runtime = scope["app"].state.runtime
        body = await _whole_body(receive)
        route = _route_of(scope)
        scope["state"]["idempotency_key"] = _passed_on(route, key)
        found = await run(
            runtime.system.requests.begin,
            _principal_of(scope),
            route,
            key,
            _fingerprint(runtime.request_key, scope, body),
        )
        if isinstance(found, KeptResponse):
            await _replay(found, send)
        else:
            await self._serve(runtime, found, scope, _again(body, receive), send)

    async def _serve(
        self, runtime: Runtime, turn: Turn, scope: Scope, receive: Receive, send: Send
    ) -> None:
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        try:
            await self._app(scope, receive, collect)
        except BaseException:
            await self._settle(lambda: run(runtime.system.requests.forget, turn))
            raise
        answer = _answer_of(messages)
        if scope["state"].get("answer_is_secret") or not _is_lasting(answer.status):
            await self._settle(lambda: run(runtime.system.requests.forget, turn))
        else:
            await self._settle(lambda: run(runtime.system.requests.finish, turn, answer))
        for message in messages:
            await send(message)

    async def _settle(self, settling: Callable[[], Awaitable[None]]) -> None:
        """The work is done and must be answered, even where its answer cannot be stored: the key
        then stays in flight for a while, as after a crash."""
        try:
            await settling()
        except StorageError:
            self._log.warning("answer not stored")


def _key_of(scope: Scope) -> str | None:
    """Raises a 422 Problem for a key that is none."""
    if scope["type"] != "http" or scope["method"] not in _WRITES:
        return None
    for name, value in scope["headers"]:
        if name == HEADER:
            key: str = value.decode("latin-1")
            if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
                raise invalid(
                    f"An Idempotency-Key is 1 to {LONGEST_KEY} printable ASCII characters.",
                    "header",
                    "Idempotency-Key",
                )
            return key
    return None


async def _whole_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once more, then whatever comes."""
    is_given = False

    async def receive_again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _principal_of(scope: Scope) -> str:
    """Guests are told apart by their address; a provider by what it signed with, too: who forges a
    signature is not who could make it, and an event that is signed anew is looked at anew."""
    state: MutableMapping[str, Any] = scope["state"]
    caller = state.get("caller")
    if isinstance(caller, Principal):
        return caller.actor
    signatures = [value for name, value in scope["headers"] if name == SIGNATURE]
    signed = hashlib.sha256(b"\n".join(signatures)).hexdigest()[:32] if signatures else ""
    return f"address:{state['origin']}{signed and f' signature:{signed}'}"


def _route_of(scope: Scope) -> str:
    """Of a length that an index takes, whatever the path."""
    path: str = scope["path"]
    if len(path) > LONGEST_KEY or not (path.isascii() and path.isprintable()):
        path = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{scope['method']} {path}"


def _passed_on(route: str, key: str) -> str:
    """The key for the engine, which knows no routes."""
    return hashlib.sha256(f"{route}\n{key}".encode()).hexdigest()


def _fingerprint(secret: bytes, scope: Scope, body: bytes) -> str:
    """Keyed, for a body may hold a password or a card number."""
    return hmac.new(secret, scope["query_string"] + b"\n" + body, hashlib.sha256).hexdigest()


def _answer_of(messages: list[Message]) -> KeptResponse:
    start = messages[0]
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in start["headers"]
        if name.lower() in _KEPT_HEADERS
    ]
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return KeptResponse(start["status"], tuple(headers), body)


def _is_lasting(status: int) -> bool:
    return status < 500 and status not in _PASSING


async def _replay(answer: KeptResponse, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    length = (b"content-length", str(len(answer.body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [*headers, length, _REPLAYED],
        }
    )
    await send({"type": "http.response.body", "body": answer.body})
