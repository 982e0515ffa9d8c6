"""How soon every one of many sockets has a change."""

import asyncio
import base64
import math
import os
import struct
from time import perf_counter
from typing import Any, TypeVar

import orjson
import uvloop

from booking_api.bench.load import percentile, request
from booking_api.bench.servers import raise_file_limit, serving
from booking_api.bench.shop import SEATS, SEATS_PER_HOLD, Departure, opened
from booking_core.errors import InternalError

T = TypeVar("T")

_HOST = "127.0.0.1"
_SELLING = "/reservations/create"
_END_OF_HEAD = b"\r\n\r\n"
_TEXT, _PING, _PONG = 0x1, 0x9, 0x8A
# So many shake hands at a time.
_AT_A_TIME = 50
_LONGEST = 60.0
_PAUSE = 0.02


def measure(database_url: str, sockets: int, changes: int) -> dict[str, Any]:
    """JSON-ready; milliseconds from the answer to a hold until a socket, or the last of them, has
    the change."""
    raise_file_limit()
    with opened(database_url) as shop:
        (token,) = shop.tokens(1)
        departures = shop.departures(math.ceil(changes / (SEATS // SEATS_PER_HOLD)))
    with serving("ours", database_url) as port:
        return uvloop.run(_measure(port, departures, token, sockets, changes))


async def _measure(
    port: int, departures: list[Departure], token: str, sockets: int, changes: int
) -> dict[str, Any]:
    until_all: list[float] = []
    each: list[float] = []
    for departure in departures:
        pairs = departure.pairs[: changes - len(until_all)]
        crowd = await _Crowd.gather(port, departure.schedule.number, sockets)
        seller = await asyncio.open_connection(_HOST, port)
        for seq, pair in enumerate(pairs, 1):
            arrivals = crowd.expect(seq)
            sold_at = await _sell(seller, departure, pair, token)
            times = await _in_time(arrivals)
            delays = [max(0.0, time - sold_at) * 1000 for time in times]
            until_all.append(max(delays))
            each += delays
            await asyncio.sleep(_PAUSE)
        seller[1].close()
        crowd.leave()
    return {
        "sockets": sockets,
        "changes": changes,
        "p50_ms": round(percentile(each, 50), 2),
        "p99_ms": round(percentile(each, 99), 2),
        "all_p50_ms": round(percentile(until_all, 50), 2),
        "all_p99_ms": round(percentile(until_all, 99), 2),
    }


async def _sell(
    seller: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    departure: Departure,
    pair: tuple[str, ...],
    token: str,
) -> float:
    """When the sale was answered, and so committed."""
    reader, writer = seller
    body = orjson.dumps({"schedule_id": departure.schedule.id, "seat_ids": pair})
    writer.write(request("POST", _SELLING, token, body))
    head = (await reader.readuntil(_END_OF_HEAD)).lower()
    answered = perf_counter()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    answer = await reader.readexactly(length)
    if not head.startswith(b"http/1.1 201"):
        raise InternalError(f"The server to be measured answered: {answer[:300]!r}")
    return answered


async def _in_time(awaited: "asyncio.Future[T]") -> T:
    try:
        return await asyncio.wait_for(awaited, _LONGEST)
    except TimeoutError:
        raise InternalError(f"A socket heard nothing for {_LONGEST:.0f} seconds.") from None


class _Crowd:
    """Many sockets of one trip, which note when each change arrives."""

    def __init__(self) -> None:
        self._clients: list[_Client] = []
        self._seq = 0
        self._times: list[float] = []
        self._all_there: asyncio.Future[list[float]] = asyncio.get_running_loop().create_future()

    @classmethod
    async def gather(cls, port: int, trip: int, count: int) -> "_Crowd":
        crowd, loop = cls(), asyncio.get_running_loop()
        while len(crowd._clients) < count:
            batch = min(_AT_A_TIME, count - len(crowd._clients))
            clients = [_Client(crowd, trip) for _ in range(batch)]
            for client in clients:
                await loop.create_connection(lambda client=client: client, _HOST, port)  # type: ignore[misc]  # bound here, called at once
            await _in_time(asyncio.gather(*(client.has_snapshot for client in clients)))
            crowd._clients += clients
        return crowd

    def expect(self, seq: int) -> "asyncio.Future[list[float]]":
        """When each socket has heard of `seq`."""
        self._seq, self._times = seq, []
        self._all_there = asyncio.get_running_loop().create_future()
        return self._all_there

    def heard(self, seq: int) -> None:
        if seq != self._seq:
            self.fail(f"A socket heard of change {seq} instead of {self._seq}.")
            return
        self._times.append(perf_counter())
        if len(self._times) == len(self._clients) and not self._all_there.done():
            self._all_there.set_result(self._times)

    def fail(self, why: str) -> None:
        """What goes wrong in a callback is told to whoever waits for the change."""
        if not self._all_there.done():
            self._all_there.set_exception(InternalError(why))

    def leave(self) -> None:
        for client in self._clients:
            client.leave()


class _Client(asyncio.Protocol):
    """Just enough of RFC 6455: the server's frames are whole messages, and not masked."""

    def __init__(self, crowd: _Crowd, trip: int) -> None:
        self._crowd = crowd
        self._trip = trip
        self._buffer = b""
        self._is_open = False
        self._has_left = False
        self._transport: Any = None
        self.has_snapshot: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /ws/seats/{self._trip} HTTP/1.1\r\nHost: {_HOST}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}"
            "\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, found, rest = self._buffer.partition(_END_OF_HEAD)
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.has_snapshot.set_exception(InternalError(f"No socket: {head[:60]!r}"))
                return
            self._is_open, self._buffer = True, rest
        while (message := self._next_message()) is not None:
            self._take(message)

    def connection_lost(self, _: Exception | None) -> None:
        if not self._has_left:
            self._crowd.fail("A socket was closed by the server.")

    def leave(self) -> None:
        self._has_left = True
        self._transport.abort()

    def _take(self, message: bytes) -> None:
        if not self.has_snapshot.done():
            self.has_snapshot.set_result(None)
            return
        self._crowd.heard(int(message.partition(b'"seq":')[2].partition(b",")[0]))

    def _next_message(self) -> bytes | None:
        """The payload of the next text frame; other frames are passed over."""
        while len(self._buffer) >= 2:
            start, length = 2, self._buffer[1]
            if length == 126 and len(self._buffer) >= 4:
                start, (length,) = 4, struct.unpack(">H", self._buffer[2:4])
            elif length == 127 and len(self._buffer) >= 10:
                start, (length,) = 10, struct.unpack(">Q", self._buffer[2:10])
            elif length > 125:
                return None
            if len(self._buffer) < start + length:
                return None
            kind, frame = self._buffer[0] & 0xF, self._buffer[start : start + length]
            self._buffer = self._buffer[start + length :]
            if kind == _TEXT:
                return frame
            if kind == _PING:
                # A client masks what it sends; a mask of zeros changes nothing.
                self._transport.write(bytes([_PONG, 0x80 | length, 0, 0, 0, 0]) + frame)
        return None
