"""One hub a process: follows the inventories that somebody watches and hands every change to
every watcher, in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from booking_api.calls import run
from booking_core import BookingSystem
from booking_core.domain.live import Change, LiveSeats, touched_by
from booking_core.engine.live import MOST_EVENTS_AT_A_TIME
from booking_core.errors import BookingError

# A client that is this far behind is dropped: it may come back and ask for what it missed.
LONGEST_QUEUE = 256
# After this many changes the senders get their turn, lest everybody seem slow.
_CHANGES_AT_A_TIME = 64
_SECONDS_BEFORE_NEXT_TRY = 0.5

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
    """An inventory that is watched. `guests` counts watchers, and those about to be."""

    inventory_id: str
    seats: LiveSeats
    watchers: set[Watcher] = field(default_factory=set)
    guests: int = 0
    _snapshot: Change | None = None

    def snapshot(self) -> Change:
        """Made once for all who come at the same version."""
        if self._snapshot is None or self._snapshot.seq != self.seats.version:
            self._snapshot = self.seats.snapshot()
        return self._snapshot


class Hub:
    """Rooms by inventory id. For one event loop, but for `wake`."""

    def __init__(self, system: BookingSystem) -> None:
        self._system = system
        self._rooms: dict[str, _Room] = {}
        self._opening = asyncio.Lock()
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._is_woken = False
        self._waiting: list[asyncio.Future[None]] = []

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

        The snapshot is at least as new as anything committed before. Raises InventoryNotFound,
        and a StorageError where the database does not answer.
        """
        room, is_new = await self._enter(inventory_id)
        watcher = Watcher()
        try:
            if not is_new:
                await self._caught_up()
            room.watchers.add(watcher)
            yield watcher, room.snapshot()
        finally:
            room.watchers.discard(watcher)
            self._leave(room)

    async def missed(self, inventory_id: str, after: int, snapshot: Change) -> list[Change] | None:
        """A change for every event past `after` up to the snapshot, with the seats it touched as
        they are by the snapshot; None where events are not there any more."""
        wanted = range(after + 1, snapshot.seq + 1)
        if not wanted:
            return []
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
                offer=events[seq].get("offer"),
            )
            for seq in wanted
        ]

    async def _enter(self, inventory_id: str) -> tuple[_Room, bool]:
        """The room, kept open for one guest more, and whether it was just opened."""
        async with self._opening:
            room = self._rooms.get(inventory_id)
            is_new = room is None
            if room is None:
                seats = await run(self._system.live.seats, inventory_id)
                room = self._rooms[inventory_id] = _Room(inventory_id, seats)
                # Nobody was woken for what was committed since the seats were read.
                self._news.set()
            room.guests += 1
            return room, is_new

    def _leave(self, room: _Room) -> None:
        room.guests -= 1
        if not room.guests:
            self._close(room)

    def _close(self, room: _Room) -> None:
        if self._rooms.get(room.inventory_id) is room:
            del self._rooms[room.inventory_id]

    async def _caught_up(self) -> None:
        """Wait for a look at the database that begins after this call. All who wait share it."""
        looked: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(looked)
        self._news.set()
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
                for room in list(self._rooms.values()):
                    self._abandon(room)
                _settle(waiting, error)
            else:
                _settle(waiting)

    async def _catch_up(self) -> None:
        behind = True
        while behind:
            known = {key: room.seats.version for key, room in self._rooms.items()}
            news = await run(self._system.live.news, known)
            for count, (inventory_id, seq, event) in enumerate(news, 1):
                self._tell(inventory_id, seq, event)
                if count % _CHANGES_AT_A_TIME == 0:
                    await asyncio.sleep(0)
            behind = len(news) >= MOST_EVENTS_AT_A_TIME

    def _tell(self, inventory_id: str, seq: int, event: dict[str, object]) -> None:
        room = self._rooms.get(inventory_id)
        if room is None or seq <= room.seats.version:
            return
        if seq != room.seats.version + 1:
            self._abandon(room)
            return
        change = room.seats.advance(seq, event)
        for watcher in room.watchers:
            watcher.offer(change)

    def _abandon(self, room: _Room) -> None:
        """A room that cannot be followed any further: its watchers must come back."""
        self._close(room)
        for watcher in room.watchers:
            watcher.fell_behind.set()


def _settle(waiting: list[asyncio.Future[None]], error: Exception | None = None) -> None:
    for looked in waiting:
        if looked.done():
            continue
        if error is None:
            looked.set_result(None)
        else:
            looked.set_exception(error)
