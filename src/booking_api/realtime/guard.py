"""Sees to it that no socket outlives the login, or the API key, that opened it."""

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
    """Knows the sockets of every login and key. For one event loop."""

    def __init__(self, system: BookingSystem, clock: Clock) -> None:
        self._system = system
        self._clock = clock
        self._ended: dict[str, set[asyncio.Event]] = {}

    @asynccontextmanager
    async def admitted(self, who: Principal | None) -> AsyncIterator[asyncio.Event]:
        """An event that is set once the token has expired, the login has ended or the key was
        revoked; never for a guest."""
        ended = asyncio.Event()
        if who is None:
            yield ended
            return
        expiry = self._expiry(who, ended)
        opened_by = _opened_by(who)
        if opened_by is not None:
            self._ended.setdefault(opened_by, set()).add(ended)
        try:
            yield ended
        finally:
            if expiry is not None:
                expiry.cancel()
            self._forget(opened_by, ended)

    def _expiry(self, who: Principal, ended: asyncio.Event) -> asyncio.TimerHandle | None:
        if who.expires_at is None:
            return None
        seconds = (who.expires_at - self._clock.now()).total_seconds()
        return asyncio.get_running_loop().call_later(max(0.0, seconds), ended.set)

    def _forget(self, opened_by: str | None, ended: asyncio.Event) -> None:
        if opened_by is not None and opened_by in self._ended:
            self._ended[opened_by].discard(ended)
            if not self._ended[opened_by]:
                del self._ended[opened_by]

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look for logins and keys that ended for as long as the `async with` lasts."""
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
        live = set(await run(self._system.logins.live, known))
        others = [opened_by for opened_by in known if opened_by not in live]
        if others:
            live |= await run(self._system.api_keys.live, others)
        for opened_by in others:
            if opened_by not in live:
                for ended in self._ended.get(opened_by, ()):
                    ended.set()


def _opened_by(who: Principal) -> str | None:
    """The id of the login or key: no two of them are the same, of either kind."""
    return who.session_id if who.api_key is None else who.api_key.id
