"""The server's interface, as the people of a city use it."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from booking_core.errors import InvalidRequest, Refused
from booking_core.ids import new_id

_THREADS = 24
_SECONDS_TO_ANSWER = 30.0
_SECONDS_BEFORE_NEXT_TRY = 0.5
_TRIES = 5
_BUSY, _TOO_OFTEN = 503, 429


class Answer(NamedTuple):
    """Status and JSON document."""

    status: int
    document: Any


class Server:
    """One server by its address. For one event loop; close it."""

    def __init__(self, url: str) -> None:
        self._at = _address(url)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="city")
        self._own = threading.local()
        self._connections: list[HTTPConnection] = []

    async def ask(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> Answer:
        """Ask until answered: every POST has a key of its own, so that none is done twice.

        Raises Refused where nobody answers, or too often was asked.
        """
        headers = {"Content-Type": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = new_id()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        loop = asyncio.get_running_loop()
        for _ in range(_TRIES):
            answer, pause = await loop.run_in_executor(
                self._pool, partial(self._ask, method, path, body, headers)
            )
            if answer is not None:
                return self._allowed(answer)
            await asyncio.sleep(pause)
        raise self._silence()

    async def listen(self, path: str, token: str | None) -> AsyncIterator[dict[str, Any]]:
        """What somebody is told, without gaps, until the login ends."""
        base = self._socket_base(path)
        headers = {"Authorization": f"Bearer {token}"}
        after: int | None = None
        while True:
            url = base if after is None else f"{base}?after={after}"
            try:
                async with connect(url, additional_headers=headers) as socket:
                    async for text in socket:
                        message = json.loads(text)
                        after = message["seq"]
                        yield message
            except (OSError, ConnectionClosed, InvalidHandshake):
                pass
            await asyncio.sleep(_SECONDS_BEFORE_NEXT_TRY)

    async def record(self, path: str, token: str | None) -> list[dict[str, Any]]:
        """All that somebody was ever told. Raises Refused where nobody answers."""
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self._socket_base(path)}?after=0"
        try:
            async with connect(url, additional_headers=headers) as socket:
                await socket.send("ping")
                told = [text async for text in _until_pong(socket)]
        except (OSError, ConnectionClosed, InvalidHandshake) as error:
            raise self._silence() from error
        return [json.loads(text) for text in told]

    def _allowed(self, answer: Answer) -> Answer:
        if answer.status == _TOO_OFTEN:
            raise Refused(
                f"{self._at.geturl()} lets nobody ask so often. "
                "Start it with BOOKING_RATE_LIMIT_DEFAULT=off."
            )
        return answer

    def _socket_base(self, path: str) -> str:
        scheme = "wss" if self._at.scheme == "https" else "ws"
        return f"{scheme}://{self._at.netloc}{path}"

    def _silence(self) -> Refused:
        return Refused(f"{self._at.geturl()} does not answer.")

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for connection in self._connections:
            connection.close()

    def _ask(
        self, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> tuple[Answer | None, float]:
        """The answer; or in how many seconds to ask again."""
        try:
            connection = self._connection()
            raw = None if body is None else json.dumps(body).encode()
            connection.request(method, path, raw, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, HTTPException):
            self._own.connection = None
            return None, _SECONDS_BEFORE_NEXT_TRY
        if answer.status == _BUSY:
            return None, float(answer.headers.get("Retry-After", _SECONDS_BEFORE_NEXT_TRY))
        return Answer(answer.status, _document(text)), 0.0

    def _connection(self) -> HTTPConnection:
        """Of this thread."""
        found: HTTPConnection | None = getattr(self._own, "connection", None)
        if found is None:
            kind = HTTPSConnection if self._at.scheme == "https" else HTTPConnection
            found = kind(str(self._at.hostname), self._at.port, timeout=_SECONDS_TO_ANSWER)
            self._own.connection = found
            self._connections.append(found)
        return found


async def _until_pong(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    async for text in socket:
        if text == "pong":
            return
        yield text


def _document(text: bytes) -> Any:
    """What stands between may answer in other words than the server."""
    try:
        return json.loads(text)
    except ValueError:
        return {}


def _address(url: str) -> SplitResult:
    """Raises InvalidRequest."""
    refusal = InvalidRequest(
        f"{url} is no address of a server. Write for example http://127.0.0.1:8000.", field="url"
    )
    try:
        found = urlsplit(url.rstrip("/"))
        is_good = found.scheme in {"http", "https"} and bool(found.hostname) and found.port != 0
    except ValueError:
        raise refusal from None
    if not is_good or found.path or found.query:
        raise refusal
    return found
