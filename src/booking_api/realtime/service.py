"""The live side of a server process, from start to stop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from booking_api.realtime.guard import Guard
from booking_api.realtime.hub import Hub
from booking_api.realtime.mailboxes import Mailboxes
from booking_api.realtime.pulse import Pulse
from booking_core import BookingSystem
from booking_core.ports import Clock


@dataclass(frozen=True, slots=True)
class Realtime:
    """What sockets need of their process."""

    hub: Hub
    mailboxes: Mailboxes
    guard: Guard
    pulse: Pulse

    def wake(self) -> None:
        """Something may have been committed. Called by any thread."""
        self.hub.wake()
        self.mailboxes.wake()
        self.pulse.wake()


def make(system: BookingSystem, clock: Clock) -> Realtime:
    """For the event loop that runs."""
    return Realtime(Hub(system), Mailboxes(system), Guard(system, clock), Pulse())


@asynccontextmanager
async def following(system: BookingSystem, live: Realtime) -> AsyncIterator[None]:
    """Follow what is committed anywhere, for as long as the `async with` lasts."""
    async with live.hub.following(), live.mailboxes.following(), live.guard.watching():
        with system.watching(live.wake):
            yield
