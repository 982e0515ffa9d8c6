"""A booking business at work, and consoles on it: at its database, and at its server."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from textual.pilot import Pilot

from booking_api.app import create_app
from booking_core import BookingSystem
from booking_core.domain.accounts import Role, User
from booking_core.domain.api_keys import Scope
from booking_core.ports import Clock
from booking_tui.app import Console
from booking_tui.backend import Backend
from booking_tui.backends.link import Link
from booking_tui.backends.local import as_owner
from booking_tui.backends.remote import RemoteBackend
from booking_tui.doors import OpenDoor
from booking_tui.screens.lists import ListScreen
from booking_tui.state import Memory
from booking_tui.widgets.ledger import Ledger
from tests.support.api import settings_for
from tests.support.builders import bus, counted, hall, hold, sell
from tests.support.people import register

DEADLINE = 30.0


@dataclass(frozen=True)
class Business:
    """A bus, a hall and counted places, with customers, a few sales and holds."""

    system: BookingSystem
    url: str
    bus: str
    hall: str
    places: str
    ann: User
    admin: User


def open_business(system: BookingSystem, url: str) -> Business:
    drafts = (bus(), hall(), counted({"Floor": 10, "Box": 4}))
    coach, concert, places = (system.create_inventory(draft) for draft in drafts)
    ann = register(system, "ann@example.org")
    admin = register(system, "admin@example.org", role=Role.ADMIN, actor="operator")
    sell(system, coach, "1A", "1B", customer=ann.id)
    hold(system, coach, "1C", customer=ann.id)
    hold(system, concert, "A1", "A2", customer="walk-in")
    system.hold_places(places, ann.id, 3)
    return Business(system, url, coach, concert, places, ann, admin)


@contextmanager
def served(url: str, clock: Clock, port: int = 0) -> Iterator[str]:
    """The address of a server on a thread of this process."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        config = uvicorn.Config(
            create_app(settings_for(url), clock=clock), log_config=None, lifespan="on"
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            give_up = time.monotonic() + DEADLINE
            while not server.started:
                assert thread.is_alive()
                assert time.monotonic() < give_up
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def local(business: Business) -> Backend:
    """Of the owner of the file."""
    return as_owner(business.system)


def remote(business: Business, address: str, *scopes: Scope) -> RemoteBackend:
    """With a new key; close it."""
    _, secret = business.system.api_keys.create("console", scopes or [Scope.ADMIN], "test")
    return RemoteBackend(Link(address, secret))


@dataclass(frozen=True)
class Seen:
    """A console that is shown, and a hand on its keys."""

    app: Console
    pilot: Pilot[Any]
    said: list[str]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def filters(self, text: str) -> None:
        """What a list shows."""
        await self.press("slash")
        screen = self.app.screen
        assert isinstance(screen, ListScreen)
        assert screen.focused is screen.filter_line
        screen.filter_line.value = text

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Wait for something that workers bring about."""
        give_up = time.monotonic() + DEADLINE
        while True:
            if holds():
                return
            assert time.monotonic() < give_up, f"{what or holds}: {self.text}"
            await asyncio.sleep(0.05)

    async def sees(self, *texts: str) -> None:
        """Wait until all of these are on the screen."""
        await self.until(lambda: all(text in self.text for text in texts), " and ".join(texts))

    async def goes(self, key: str, name: str) -> None:
        """To a screen, by its key."""
        await self.press(key)
        await self.until(lambda: getattr(self.app.screen, "mode", "") == name, name)

    async def listed(self, total: int | None = None) -> Ledger:
        """The list of this screen, once it is there and as long as that."""
        screen = self.app.screen
        assert isinstance(screen, ListScreen)
        ledger = screen.ledger
        await self.until(
            lambda: ledger.total is not None and total in (None, ledger.total), f"{total} lines"
        )
        return ledger

    @property
    def text(self) -> str:
        """What is on the screen, line by line."""
        return "\n".join(self.lines)

    @property
    def lines(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips()
        return [line for strip in strips if (line := strip.text.replace("\xa0", " ").rstrip())]

    async def hears(self, text: str) -> None:
        """Wait until the console has said so, in passing."""
        await self.until(lambda: any(text in one for one in self.said), text)


class Talkative(Console):
    """Remembers what it said in passing."""

    def __init__(self, *options: Any) -> None:
        super().__init__(*options)
        self.said: list[str] = []

    def notify(self, message: str, **options: Any) -> None:
        self.said.append(message)
        super().notify(message, **options)


@asynccontextmanager
async def seen(
    backend: Backend, folder: Path, size: tuple[int, int] = (114, 28)
) -> AsyncIterator[Seen]:
    """A console on a backend, from its first screen on."""
    app = Talkative(OpenDoor(backend), Memory(folder / "console.json"))
    async with app.run_test(size=size) as pilot:
        shown = Seen(app, pilot, app.said)
        await shown.until(
            lambda: app.screen_stack and hasattr(app.screen, "mode"), "the first screen"
        )
        yield shown
