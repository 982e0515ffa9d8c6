"""Where the `limits` library counts when there is no Redis: in this process."""

import heapq
from typing import Any

from limits.aio.storage import Storage

from booking_core.ports import Clock


class ProcessCounters(Storage):
    """Counters of fixed windows, each forgotten when its window is over.

    The library's own memory storage walks through all counters, on a thread or task of its own,
    again and again; here each is looked at once. For one event loop.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Clock, **options: Any) -> None:
        super().__init__(**options)
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._ends: dict[str, float] = {}
        self._by_end: list[tuple[float, str]] = []

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count on; the first of a window opens it, for `expiry` seconds."""
        now = self._forget()
        if key not in self._counts:
            self._counts[key] = 0
            self._ends[key] = now + expiry
            heapq.heappush(self._by_end, (now + expiry, key))
        self._counts[key] += amount
        return self._counts[key]

    async def get(self, key: str) -> int:
        self._forget()
        return self._counts.get(key, 0)

    async def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970."""
        return self._ends.get(key, self._clock.now().timestamp())

    async def check(self) -> bool:
        return True

    async def reset(self) -> int | None:
        count = len(self._counts)
        self._counts.clear()
        self._ends.clear()
        self._by_end.clear()
        return count

    async def clear(self, key: str) -> None:
        self._counts.pop(key, None)
        self._ends.pop(key, None)

    def _forget(self) -> float:
        """Drop what is over; the time."""
        now = self._clock.now().timestamp()
        while self._by_end and self._by_end[0][0] <= now:
            end, key = heapq.heappop(self._by_end)
            if self._ends.get(key) == end:
                del self._counts[key], self._ends[key]
        return now
