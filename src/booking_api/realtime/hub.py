"""One hub a process: follows the inventories that somebody watches and hands every change to
every watcher, in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from booking_api.calls import run
from booking_api.realtime.follower import Follower
from booking_api.realtime.watchers import Watcher
from booking_core import BookingSystem
from booking_core.domain.live import Change, LiveSeats, touched_by
from booking_core.engine.live import MOST_EVENTS_AT_A_TIME

# After this many changes the senders get their turn, lest everybody seem slow.
_CHANGES_AT_A_TIME = 64


@dataclass(slots=True)
class _Room:
    """An inventory that is watched. `guests` counts watchers, and those about to be."""

    inventory_id: str
    seats: LiveSeats
    watchers: set[Watcher[Change]] = field(default_factory=set)
    guests: int = 0
    _snapshot: Change | None = None

    def snapshot(self) -> Change:
        """Made once for all who come at the same version."""
        if self._snapshot is None or self._snapshot.seq != self.seats.version:
            self._snapshot = self.seats.snapshot()
        return self._snapshot


class Hub(Follower):
    """Rooms by inventory id. For one event loop, but for `wake`."""

    def __init__(self, system: BookingSystem) -> None:
        super().__init__()
        self._system = system
        self._rooms: dict[str, _Room] = {}
        self._opening = asyncio.Lock()

    @property
    def watchers(self) -> int:
        """How many watch anything."""
        return sum(len(room.watchers) for room in self._rooms.values())

    @property
    def is_needed(self) -> bool:
        return bool(self._rooms)

    @asynccontextmanager
    async def watching(self, inventory_id: str) -> AsyncIterator[tuple[Watcher[Change], Change]]:
        """A queue of all changes after the snapshot that comes with it.

        The snapshot is at least as new as anything committed before. Raises InventoryNotFound,
        and a StorageError where the database does not answer.
        """
        room, is_new = await self._enter(inventory_id)
        watcher = Watcher[Change]()
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
                self._look_now()
            room.guests += 1
            return room, is_new

    def _leave(self, room: _Room) -> None:
        room.guests -= 1
        if not room.guests:
            self._close(room)

    def _close(self, room: _Room) -> None:
        if self._rooms.get(room.inventory_id) is room:
            del self._rooms[room.inventory_id]

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

    def _abandon_all(self) -> None:
        for room in list(self._rooms.values()):
            self._abandon(room)

    def _abandon(self, room: _Room) -> None:
        """A room that cannot be followed any further: its watchers must come back."""
        self._close(room)
        for watcher in room.watchers:
            watcher.fell_behind.set()
