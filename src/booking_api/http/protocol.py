"""uvicorn's HTTP protocol, with what a public server needs of it put right: it would keep a head
without end in memory, and wait for ever for one that does not come, or for a reader."""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Bytes of a request line and headers. What comes at once with them may be more.
LARGEST_HEAD = 65_536
SECONDS_FOR_HEAD = 20.0
# How long a client may read nothing while an answer waits for it.
SECONDS_TO_READ = 30.0

# For uvicorn.
OPTIONS = {"http": "booking_api.http.protocol:HttpProtocol"}

_STATUS = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
_TOO_LARGE = (
    f"HTTP/1.1 {_STATUS.value} {_STATUS.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
).encode()


class HttpProtocol(HttpToolsProtocol):
    """Costs nothing where a head comes in one piece and answers are read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_head = False
        self._is_upgraded = False
        self._head_size = 0
        self._last_call: asyncio.TimerHandle | None = None
        self._reading_time: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head_size += len(data)
        super().data_received(data)
        if self._is_upgraded:
            return
        if self._is_in_head and self._head_size > LARGEST_HEAD:
            self._refuse()
        elif self._last_call is None and not self._is_serving():
            # uvicorn waits no longer for the next request once any of it has come.
            self._wait_for_head()

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        self._is_upgraded = True
        self._stop_waiting_for_reader()
        if not getattr(self.transport.get_protocol(), "handshake_initiated", True):
            # Its head is longer than that protocol reads, which then says nothing at all.
            self.send_400_response("Invalid HTTP request received.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._head_size = True, 0

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reading_time is None:
            self._reading_time = self.loop.call_later(SECONDS_TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_waiting_for_reader()
        super().resume_writing()

    def _is_serving(self) -> bool:
        begun = self.cycle is not None  # before the first it is None
        return begun and not self.cycle.response_complete

    def _wait_for_head(self) -> None:
        self._last_call = self.loop.call_later(SECONDS_FOR_HEAD, self._give_up)

    def _stop_waiting(self) -> None:
        if self._last_call is not None:
            self._last_call.cancel()
            self._last_call = None

    def _stop_waiting_for_reader(self) -> None:
        if self._reading_time is not None:
            self._reading_time.cancel()
            self._reading_time = None

    def _give_up(self) -> None:
        self._last_call = None
        if not self._is_serving():
            self.transport.abort()

    def _refuse(self) -> None:
        self._is_in_head = False
        self._stop_waiting()
        if not self._is_serving():
            self.transport.write(_TOO_LARGE)
        self.transport.close()
