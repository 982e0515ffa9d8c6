"""Load over HTTP/1.1, made by hand: a client library would cost more than the server does.

Every connection asks again as soon as it was answered.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import uvloop

from booking_core.errors import InternalError

_HOST = "127.0.0.1"
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"
_LONGEST = 30.0

Ask = Callable[[], bytes]
"""The next request of one connection, as it goes over the wire."""


@dataclass(slots=True)
class Load:
    """What connections saw. Latencies in milliseconds; `other` counts answers that were not
    expected, by status (0: the connection was lost)."""

    seconds: float = 0.0
    expected: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    other: Counter[int] = field(default_factory=Counter)

    @property
    def per_s(self) -> float:
        return self.expected / self.seconds if self.seconds else 0.0

    def add(self, more: "Load") -> None:
        self.seconds += more.seconds
        self.expected += more.expected
        self.latencies_ms += more.latencies_ms
        self.other.update(more.other)

    def percentile_ms(self, percent: float) -> float:
        """By nearest rank; 0 where nothing was measured."""
        return percentile(self.latencies_ms, percent)


def percentile(values: Sequence[float], percent: float) -> float:
    """By nearest rank; 0 of nothing."""
    if not values:
        return 0.0
    return sorted(values)[round(percent / 100 * (len(values) - 1))]


def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """A request as a program would send it."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {_HOST}\r\nUser-Agent: booking-bench\r\n"
        f"Accept: application/json\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer {token}\r\n"
    )
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def run(port: int, asks: Sequence[Ask], expected: int, seconds: float, warm_up: float) -> Load:
    """Load from as many connections as there are `asks`, for `seconds` after a warm-up."""
    return uvloop.run(_run(port, asks, expected, seconds, warm_up))


def run_once(port: int, requests: Sequence[bytes], expected: int) -> None:
    """Each request once, one after another. Raises InternalError for an answer that was not
    expected."""
    with socket.create_connection((_HOST, port), timeout=_LONGEST) as connection:
        for each in requests:
            connection.sendall(each)
            head, body = b"", b""
            while not head or len(body) < _length_of(head):
                data = connection.recv(1 << 16)
                if not data:
                    raise InternalError("The server to be measured hung up.")
                body += data
                if not head and _END_OF_HEAD in body:
                    head, _, body = body.partition(_END_OF_HEAD)
            if int(head[9:12]) != expected:
                raise InternalError(f"The server to be measured answered: {body[:300]!r}")


async def _run(
    port: int, asks: Sequence[Ask], expected: int, seconds: float, warm_up: float
) -> Load:
    loop = asyncio.get_running_loop()
    began = perf_counter()
    window = (began + warm_up, began + warm_up + seconds)
    load = Load(seconds)
    clients = [_Client(ask, expected, window, load) for ask in asks]
    for client in clients:
        await loop.create_connection(lambda client=client: client, _HOST, port)  # type: ignore[misc]  # bound here, called at once
    await asyncio.sleep(window[1] - perf_counter())
    for client in clients:
        client.leave()
    return load


class _Client(asyncio.Protocol):
    def __init__(self, ask: Ask, expected: int, window: tuple[float, float], load: Load) -> None:
        self._ask = ask
        self._expected = expected
        self._from, self._until = window
        self._load = load
        self._buffer = b""
        self._asked_at = 0.0
        self._transport: Any = None
        self._has_left = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head, found, body = self._buffer.partition(_END_OF_HEAD)
        if not found or len(body) < _length_of(head):
            return
        self._buffer = b""
        self._note(int(head[9:12]))
        if perf_counter() < self._until:
            self._next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self._has_left:
            self._load.other[0] += 1

    def leave(self) -> None:
        self._has_left = True
        if self._transport is not None:
            self._transport.abort()

    def _next(self) -> None:
        self._asked_at = perf_counter()
        self._transport.write(self._ask())

    def _note(self, status: int) -> None:
        now = perf_counter()
        if not self._from <= now < self._until:
            return
        if status == self._expected:
            self._load.expected += 1
            self._load.latencies_ms.append((now - self._asked_at) * 1000)
        else:
            self._load.other[status] += 1


def _length_of(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(_LENGTH)
    if start < 0:
        return 0
    return int(lowered[start + len(_LENGTH) :].split(b"\r\n", 1)[0])
