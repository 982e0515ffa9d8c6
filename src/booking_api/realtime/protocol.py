"""uvicorn's WebSocket protocol, with what a public server needs of it put right."""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# How long a client may take to hear that it is over.
SECONDS_TO_CLOSE = 10.0
# uvicorn notes every handshake with its query string, where a token may be.
_log = logging.getLogger("booking.websocket")
_log.setLevel(logging.WARNING)

# For uvicorn.
OPTIONS = {
    "ws": "booking_api.realtime.protocol:SocketProtocol",
    # All that clients have to say is `ping`.
    "ws_max_size": 4_096,
    # Changes are small, and would be packed for each client anew.
    "ws_per_message_deflate": False,
}


class SocketProtocol(WebSocketsSansIOProtocol):
    """A refused handshake is a complete one; nobody waits for a client that reads nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = _log
        self.close_timeout = SECONDS_TO_CLOSE
        self._last_call: asyncio.TimerHandle | None = None

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close":
            # It goes behind what is on its way, however long that takes to be read.
            self.writable.set()
        await super().send(message)
        if self.close_sent:
            # uvicorn forgets this after a denial, and calls the handshake incomplete.
            self.handshake_complete = True

    async def run_asgi(self) -> None:
        await super().run_asgi()
        # Closing waits until all is read, and a client may read nothing for ever.
        self._last_call = self.loop.call_later(self.close_timeout, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._last_call is not None:
            self._last_call.cancel()
        super().connection_lost(exc)
