"""Looking at the database whenever something may have been committed, for many who wait."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from booking_core.errors import BookingError

_SECONDS_BEFORE_NEXT_TRY = 0.5

_log = structlog.get_logger("booking.realtime")


class Follower(ABC):
    """For one event loop, but for `wake`."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._is_woken = False
        self._waiting: list[asyncio.Future[None]] = []

    @property
    @abstractmethod
    def is_needed(self) -> bool:
        """Whether anybody watches anything."""

    @abstractmethod
    async def _catch_up(self) -> None:
        """Read what is new, and tell of it."""

    @abstractmethod
    def _abandon_all(self) -> None:
        """Nothing can be followed any further: all who watch must come back."""

    def wake(self) -> None:
        """Something may have been committed. Called by any thread."""
        if not self._is_woken and self.is_needed:
            self._is_woken = True
            with suppress(RuntimeError):  # the loop is closed: nobody watches any more
                self._loop.call_soon_threadsafe(self._news.set)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Look for as long as the `async with` lasts."""
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _look_now(self) -> None:
        self._news.set()

    async def _caught_up(self) -> None:
        """Wait for a look at the database that begins after this call. All who wait share it."""
        looked: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(looked)
        self._look_now()
        await looked

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            self._is_woken = False
            waiting, self._waiting = self._waiting, []
            try:
                await self._catch_up()
            except BookingError as error:
                _log.warning("cannot follow", code=error.code)
                self._loop.call_later(_SECONDS_BEFORE_NEXT_TRY, self._news.set)
                _settle(waiting, error)
            except Exception as error:  # noqa: BLE001 - else nobody would ever hear anything again
                # Clients come back, and are shown what the database holds.
                _log.exception("cannot follow")
                self._abandon_all()
                _settle(waiting, error)
            else:
                _settle(waiting)


def _settle(waiting: list[asyncio.Future[None]], error: Exception | None = None) -> None:
    for looked in waiting:
        if looked.done():
            continue
        if error is None:
            looked.set_result(None)
        else:
            looked.set_exception(error)
