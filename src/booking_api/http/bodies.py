"""How large a request's body may be, and how long it may take to come."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS_FOR_BODY = 30.0


class BodyLimit:
    """Refuses a body as soon as it is known to be too large, by its announced length or by
    counting; and one that is not there in time."""

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self._app(scope, receive, send)
            return
        if self._announced(scope) > self._largest:
            raise self._too_large()
        received, is_whole = 0, False
        until = asyncio.get_running_loop().time() + SECONDS_FOR_BODY

        async def counted() -> Message:
            nonlocal received, is_whole
            message = await (receive() if is_whole else _in_time(receive, until))
            received += len(message.get("body", b""))
            is_whole = not message.get("more_body")
            if received > self._largest:
                raise self._too_large()
            return message

        await self._app(scope, counted, send)

    def _announced(self, scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length":
                return int(value) if value.isdigit() else 0
        return 0

    def _too_large(self) -> HTTPException:
        """Of the framework's own kind, which reading a body lets through."""
        return HTTPException(413, f"A body may have {self._largest} bytes.")


async def _in_time(receive: Receive, until: float) -> Message:
    try:
        async with asyncio.timeout_at(until):
            return await receive()
    except TimeoutError:
        raise HTTPException(
            408, f"A body comes within {SECONDS_FOR_BODY:.0f} seconds.", {"Connection": "close"}
        ) from None
