"""What waits to be told to one client."""

import asyncio
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)

# A client that is this far behind is dropped: it may come back and ask for what it missed.
LONGEST_QUEUE = 256


class Source(Protocol[Item_co]):
    """Where one client's items come from. `fell_behind` is set once it takes them too slowly."""

    fell_behind: asyncio.Event

    async def next(self) -> Item_co: ...


class Watcher(Generic[Item]):
    """One client's queue. `fell_behind` is set once it was full."""

    def __init__(self) -> None:
        self.fell_behind = asyncio.Event()
        self._queue: asyncio.Queue[Item] = asyncio.Queue(LONGEST_QUEUE)

    def offer(self, item: Item) -> None:
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            self.fell_behind.set()

    async def next(self) -> Item:
        return await self._queue.get()
