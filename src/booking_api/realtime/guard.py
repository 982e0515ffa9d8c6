"""Sees to it that no socket outlives the login that opened it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from booking_api.calls import run
from booking_api.identity import Principal
from booking_core import BookingSystem
from booking_core.errors import BookingError
from booking_core.ports import Clock

_SECONDS_BETWEEN_LOOKS = 1.0

_log = structlog.get_logger("booking.realtime")


class Guard:
    """Knows the sockets of every login. For one event loop."""

    def __init__(self, system: BookingSystem, clock: Clock) -> None:
        self._system = system
        self._clock = clock
        self._ended: dict[str, set[asyncio.Event]] = {}

    @asynccontextmanager
    async def admitted(self, who: Principal | None) -> AsyncIterator[asyncio.Event]:
        """An event that is set once the token has expired or the login has ended; never for a
        guest."""
        ended = asyncio.Event()
        if who is None:
            yield ended
            return
        expiry = self._expiry(who, ended)
        if who.session_id is not None:
            self._ended.setdefault(who.session_id, set()).add(ended)
        try:
            yield ended
        finally:
            if expiry is not None:
                expiry.cancel()
            self._forget(who.session_id, ended)

    def _expiry(self, who: Principal, ended: asyncio.Event) -> asyncio.TimerHandle | None:
        if who.expires_at is None:
            return None
        seconds = (who.expires_at - self._clock.now()).total_seconds()
        return asyncio.get_running_loop().call_later(max(0.0, seconds), ended.set)

    def _forget(self, session_id: str | None, ended: asyncio.Event) -> None:
        if session_id is not None and session_id in self._ended:
            self._ended[session_id].discard(ended)
            if not self._ended[session_id]:
                del self._ended[session_id]

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look for logins that ended for as long as the `async with` lasts."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            if not self._ended:
                continue
            try:
                await self._look()
            except BookingError as error:
                _log.warning("cannot check logins", code=error.code)

    async def _look(self) -> None:
        known = list(self._ended)
        live = await run(self._system.logins.live, known)
        for session_id in known:
            if session_id not in live:
                for ended in self._ended.get(session_id, ()):
                    ended.set()
