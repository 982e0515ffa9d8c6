"""Tells whoever watches everything that something may have changed, though not what."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Pulse:
    """For one event loop, but for `wake`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._watchers: set[asyncio.Event] = set()

    def wake(self) -> None:
        """Called by any thread."""
        if self._watchers:
            with suppress(RuntimeError):  # the loop is closed: nobody watches any more
                self._loop.call_soon_threadsafe(self._tell)

    @contextmanager
    def felt(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something may have changed."""
        event = asyncio.Event()
        self._watchers.add(event)
        try:
            yield event
        finally:
            self._watchers.discard(event)

    def _tell(self) -> None:
        for event in self._watchers:
            event.set()
