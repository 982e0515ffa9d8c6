"""One hub a process: follows the inventories that somebody watches and hands every change to
every watcher, in order."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

import structlog

from booking_api.calls import run
from booking_core import BookingSystem
from booking_core.domain.live import Change, LiveSeats, touched_by
from booking_core.engine.live import MOST_EVENTS_AT_A_TIME
from booking_core.errors import BookingError

# A client that is this far behind is dropped: it may come back and ask for what it missed.
LONGEST_QUEUE = 256

_log = structlog.get_logger("booking.realtime")


class Watcher:
    """One client's queue of changes. `fell_behind` is set once it was full."""

    def __init__(self) -> None:
        self.fell_behind = asyncio.Event()
        self._queue: asyncio.Queue[Change] = asyncio.Queue(LONGEST_QUEUE)

    def offer(self, change: Change) -> None:
        try:
            self._queue.put_nowait(change)
        except asyncio.QueueFull:
            self.fell_behind.set()

    async def next(self) -> Change:
        return await self._queue.get()


@dataclass(slots=True)
class _Room:
    """An inventory that is watched."""

    seats: LiveSeats
    watchers: set[Watcher] = field(default_factory=set)


class Hub:
    """Rooms by inventory id. For one event loop, but for `wake`."""

    def __init__(self, system: BookingSystem) -> None:
        self._system = system
        self._rooms: dict[str, _Room] = {}
        self._entering = asyncio.Lock()
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._is_woken = False

    @property
    def watchers(self) -> int:
        """How many watch anything."""
        return sum(len(room.watchers) for room in self._rooms.values())

    def wake(self) -> None:
        """Something may have been committed. Called by any thread."""
        if not self._is_woken and self._rooms:
            self._is_woken = True
            with suppress(RuntimeError):  # the loop is closed: nobody watches any more
                self._loop.call_soon_threadsafe(self._news.set)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow the rooms for as long as the `async with` lasts."""
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    @asynccontextmanager
    async def watching(self, inventory_id: str) -> AsyncIterator[tuple[Watcher, Change]]:
        """A queue of all changes after the snapshot that comes with it.

        The snapshot is at least as new as anything committed before. Raises InventoryNotFound.
        """
        async with self._entering:
            room = await self._room(inventory_id)
            watcher = Watcher()
            room.watchers.add(watcher)
            snapshot = room.seats.snapshot()
        with self._leaving(inventory_id, watcher):
            yield watcher, snapshot

    async def missed(self, inventory_id: str, after: int, snapshot: Change) -> list[Change] | None:
        """A change for every event past `after` up to the snapshot, with the seats it touched as
        they are by the snapshot; None where events are not there any more."""
        wanted = range(after + 1, snapshot.seq + 1)
        news = await run(self._system.live.news, {inventory_id: after})
        events = {event.seq: event.payload for event in news}
        if any(seq not in events for seq in wanted):
            return None
        seats = {seat.seat_id: seat for seat in snapshot.seats}
        return [
            Change(
                seq,
                tuple(seats[key] for key in touched_by(events[seq]) if key in seats),
                snapshot.available,
            )
            for seq in wanted
        ]

    async def _room(self, inventory_id: str) -> _Room:
        """The room, up to date."""
        if inventory_id in self._rooms:
            await self._catch_up([inventory_id])
        else:
            self._rooms[inventory_id] = _Room(await run(self._system.live.seats, inventory_id))
        return self._rooms[inventory_id]

    @contextmanager
    def _leaving(self, inventory_id: str, watcher: Watcher) -> Iterator[None]:
        try:
            yield
        finally:
            room = self._rooms[inventory_id]
            room.watchers.discard(watcher)
            if not room.watchers:
                del self._rooms[inventory_id]

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            self._is_woken = False
            async with self._entering:
                try:
                    await self._catch_up(list(self._rooms))
                except BookingError as error:
                    # Told again by the next wake-up, which comes sooner or later.
                    _log.warning("cannot follow", code=error.code)

    async def _catch_up(self, inventory_ids: list[str]) -> None:
        behind = True
        while behind:
            rooms = self._rooms
            known = {key: rooms[key].seats.version for key in inventory_ids if key in rooms}
            news = await run(self._system.live.news, known)
            for inventory_id, seq, event in news:
                self._tell(inventory_id, seq, event)
            behind = len(news) >= MOST_EVENTS_AT_A_TIME

    def _tell(self, inventory_id: str, seq: int, event: dict[str, object]) -> None:
        room = self._rooms.get(inventory_id)
        if room is None or seq <= room.seats.version:
            return
        change = room.seats.advance(seq, event)
        for watcher in room.watchers:
            watcher.offer(change)
