"""One set of mailboxes a process: follows what riders and drivers are told, for those of them who
listen here, and hands every message to every socket of its recipient, in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from booking_api.calls import run
from booking_api.realtime.follower import Follower
from booking_api.realtime.watchers import Watcher
from booking_core import BookingSystem
from booking_core.domain.ride_messages import RideMessage, Stream

_MOST_AT_A_TIME = 500
# After this many messages the senders get their turn, lest everybody seem slow.
_MESSAGES_AT_A_TURN = 64


@dataclass(slots=True)
class _Mailbox:
    """A stream that somebody listens to; `seq` is the last message that was handed on."""

    stream: Stream
    seq: int
    watchers: set[Watcher[RideMessage]] = field(default_factory=set)


class Mailboxes(Follower):
    """Mailboxes by stream. For one event loop, but for `wake`."""

    def __init__(self, system: BookingSystem) -> None:
        super().__init__()
        self._system = system
        self._boxes: dict[Stream, _Mailbox] = {}
        self._opening = asyncio.Lock()

    @property
    def watchers(self) -> int:
        """How many listen to anything."""
        return sum(len(box.watchers) for box in self._boxes.values())

    @property
    def is_needed(self) -> bool:
        return bool(self._boxes)

    @asynccontextmanager
    async def watching(self, stream: Stream) -> AsyncIterator[tuple[Watcher[RideMessage], int]]:
        """A queue of all messages after the number that comes with it; messages up to that one can
        be read. Raises a StorageError where the database does not answer."""
        watcher = Watcher[RideMessage]()
        box = await self._enter(stream, watcher)
        try:
            yield watcher, box.seq
        finally:
            box.watchers.discard(watcher)
            if not box.watchers:
                self._close(box)

    async def between(self, stream: Stream, after: int, until: int) -> AsyncIterator[RideMessage]:
        """Messages after one number up to another, a few at a time however many there are."""
        while after < until:
            most = min(until - after, _MOST_AT_A_TIME)
            found = await run(self._system.rides.messages_after, *stream, after, most)
            for message in found:
                yield message
            if len(found) < most:
                return
            after = found[-1].seq

    async def _enter(self, stream: Stream, watcher: Watcher[RideMessage]) -> _Mailbox:
        async with self._opening:
            box = self._boxes.get(stream)
            if box is None:
                seq = await run(self._system.rides.last_seq, *stream)
                box = self._boxes[stream] = _Mailbox(stream, seq)
                # Nobody was woken for what was committed since the number was read.
                self._look_now()
            box.watchers.add(watcher)
            return box

    def _close(self, box: _Mailbox) -> None:
        if self._boxes.get(box.stream) is box:
            del self._boxes[box.stream]

    async def _catch_up(self) -> None:
        began, behind = self._loop.time(), True
        while behind and self._boxes:
            known = {stream: box.seq for stream, box in self._boxes.items()}
            news = await run(self._system.rides.messages_since, known, _MOST_AT_A_TIME)
            for count, message in enumerate(news, 1):
                self._tell(message)
                if count % _MESSAGES_AT_A_TURN == 0:
                    await asyncio.sleep(0)
            behind = len(news) >= _MOST_AT_A_TIME
        # Many who hear nothing cost time too: half of it is left to others.
        await asyncio.sleep(self._loop.time() - began)

    def _tell(self, message: RideMessage) -> None:
        box = self._boxes.get(message.stream)
        if box is None or message.seq <= box.seq:
            return
        if message.seq != box.seq + 1:
            self._abandon(box)
            return
        box.seq = message.seq
        for watcher in box.watchers:
            watcher.offer(message)

    def _abandon_all(self) -> None:
        for box in list(self._boxes.values()):
            self._abandon(box)

    def _abandon(self, box: _Mailbox) -> None:
        """A stream that cannot be followed any further: whoever listens must come back."""
        self._close(box)
        for watcher in box.watchers:
            watcher.fell_behind.set()
