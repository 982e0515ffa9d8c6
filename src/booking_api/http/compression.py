"""gzip for answers that are worth it."""

import gzip
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1_024
_LEVEL = 5
_COMPRESSIBLE = (b"application/json", b"text/", b"application/javascript", b"image/svg")


class Compression:
    """Compresses answers that come in one piece. Small ones, streams, and what is compressed
    already pass by untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not accepts_gzip(scope["headers"]):
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def send_on(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                held = message
                return
            if held is not None:
                start, held = held, None
                if _is_worth_it(start, message):
                    start, message = _compressed(start, message)
                await send(start)
            await send(message)

        await self._app(scope, receive, send_on)


def accepts_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    for name, value in headers:
        if name == b"accept-encoding":
            return any(_wants_gzip(part) for part in value.split(b","))
    return False


def _wants_gzip(part: bytes) -> bool:
    coding, _, weight = part.strip().partition(b";")
    refused = weight.replace(b" ", b"") in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return coding.strip().lower() in {b"gzip", b"*"} and not refused


def _is_worth_it(start: Message, body: Message) -> bool:
    if body.get("more_body") or len(body.get("body", b"")) < SMALLEST:
        return False
    headers = {name.lower(): value for name, value in start["headers"]}
    kind = headers.get(b"content-type", b"")
    return b"content-encoding" not in headers and kind.startswith(_COMPRESSIBLE)


def _compressed(start: Message, body: Message) -> tuple[Message, Message]:
    packed = gzip.compress(body["body"], _LEVEL, mtime=0)
    kept = [
        (name, value)
        for name, value in start["headers"]
        if name.lower() not in {b"content-length", b"etag"}
    ]
    etags = [value for name, value in start["headers"] if name.lower() == b"etag"]
    headers = [
        *kept,
        # The same thing in another coding is the same only weakly (RFC 9110, 8.8.1).
        *((b"etag", etag if etag.startswith(b"W/") else b"W/" + etag) for etag in etags),
        (b"content-encoding", b"gzip"),
        (b"vary", b"Accept-Encoding"),
        (b"content-length", str(len(packed)).encode()),
    ]
    return {**start, "headers": headers}, {**body, "body": packed}
