"""The console as a whole: hostile data, a database that dies, who gets in, what it remembers."""

import asyncio
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from textual.events import Key
from textual.widgets import Input

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.errors import BookingError, DatabaseUnreachable, InvalidRequest, StorageError
from booking_tui.app import DARK, LIGHT, Console
from booking_tui.backend import Backend
from booking_tui.backends.local import as_owner
from booking_tui.doors import LocalDoor, OpenDoor, RemoteDoor
from booking_tui.screens.base import FramedScreen
from booking_tui.screens.booking import BookingScreen
from booking_tui.screens.login import LoginScreen
from booking_tui.state import Memory, Remembered
from booking_tui.widgets.chrome import Banner, KeyLine
from booking_tui.widgets.dialogs import Question, Sheet
from tests.support.builders import NOW, bus, hold
from tests.support.consoles import Business, Seen, local, remote, seen, served
from tests.support.people import PASSWORD
from tests.tui.conftest import Lasting

HOSTILE = "[bold]Bus[/] \x1b[31m\u202e⚠ שלום " + "very long " * 20
TERMINAL_OBEYS = set("\x1b\u202e\x07")


@pytest.fixture
def hostile(sqlite_template: Path, tmp_path: Path) -> Iterator[BookingSystem]:
    path = tmp_path / "hostile.sqlite3"
    shutil.copy(sqlite_template, path)
    with BookingSystem.open(f"sqlite:///{path}", clock=ManualClock(NOW)) as system:
        inventory = system.create_inventory(bus(name=HOSTILE))
        hold(system, inventory, "1A", customer="[red]\x1b]0;x\x07[/")
        yield system


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_hostile_data_is_drawn_as_it_is(
    hostile: BookingSystem, size: tuple[int, int], tmp_path: Path
) -> None:
    async def journey(console: Seen) -> None:
        await console.sees("Revenue today")
        for key, name in (("2", "holds"), ("3", "inventories"), ("4", "bookings")):
            await console.goes(key, name)
            await console.listed(1)
            await console.sees("[bold]Bus" if name == "inventories" else "[red]")
            await console.press("enter")
            if name != "holds":
                await console.sees("[bold]Bus[/] \N{REPLACEMENT CHARACTER}")
            assert not TERMINAL_OBEYS & set(console.text)
            assert all(len(line) <= size[0] for line in console.lines)
        await console.goes("9", "activity")
        await console.listed()
        assert not TERMINAL_OBEYS & set(console.text)

    async def show() -> None:
        async with seen(Lasting(as_owner(hostile)), tmp_path, size) as console:  # type: ignore[arg-type]  # by __getattr__
            await journey(console)

    asyncio.run(show())


class Mortal(Lasting):
    """A backend whose database goes away and comes back."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self.is_dead = False

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if not self.is_dead or name in {"watching", "place"}:
            return found

        def fail(*_: object) -> None:
            raise DatabaseUnreachable("The database is away.")

        return fail


def banner(console: Seen) -> Banner:
    return console.app.screen.query_one(Banner)


def test_a_database_that_dies_is_waited_for(business: Business, tmp_path: Path) -> None:
    mortal = Mortal(local(business))

    async def show() -> None:
        async with seen(mortal, tmp_path) as console:
            await console.sees("Revenue today")
            mortal.is_dead = True
            await console.sees(
                "The database is away. Reconnecting…", "Revenue today", "▲ database lost"
            )
            for key, name in (("2", "holds"), ("9", "activity"), ("4", "bookings")):
                await console.goes(key, name)
                await console.until(lambda: banner(console).display, "the banner")
            mortal.is_dead = False
            await console.listed()
            await console.until(lambda: not banner(console).display, "no banner")
            await console.hears("Back again.")
            await console.goes("1", "dashboard")
            await console.sees("● database up")

    asyncio.run(show())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def test_a_server_that_dies_is_waited_for(business: Business, tmp_path: Path) -> None:
    """Really: it stops, and another one takes its place."""
    port, clock = free_port(), ManualClock(NOW)

    async def show(backend: Backend) -> None:
        async with seen(backend, tmp_path) as console:
            await console.until(lambda: banner(console).display, "the banner, before it starts")
            with served(business.url, clock, port):
                await console.sees("Revenue today")
                await console.until(lambda: not banner(console).display, "no banner")
            await console.sees("does not answer. Reconnecting…")
            with served(business.url, clock, port):
                await console.until(lambda: not banner(console).display, "no banner again")

    with closing(remote(business, f"http://127.0.0.1:{port}")) as backend:
        asyncio.run(show(backend))


def test_a_defect_of_one_question_ends_nothing(business: Business, tmp_path: Path) -> None:
    class Broken(Lasting):
        def page(self, *_: object) -> None:
            raise ZeroDivisionError

    async def show() -> None:
        async with seen(Broken(local(business)), tmp_path) as console:  # type: ignore[arg-type]  # by __getattr__
            await console.goes("2", "holds")
            await console.hears("defect of its own (ZeroDivisionError)")
            await console.goes("1", "dashboard")

    asyncio.run(show())


def test_it_remembers_where_one_was_and_in_which_colours(
    business: Business, tmp_path: Path
) -> None:
    async def show(*, first: str, theme: str) -> None:
        async with seen(Lasting(local(business)), tmp_path) as console:  # type: ignore[arg-type]  # by __getattr__
            screen = console.app.screen
            assert isinstance(screen, FramedScreen)
            assert (screen.mode, console.app.theme) == (first, theme)
            await console.goes("4", "bookings")
            await console.press("T")

    asyncio.run(show(first="dashboard", theme=DARK))
    asyncio.run(show(first="bookings", theme=LIGHT))

    assert Memory(tmp_path / "console.json").recall() == Remembered("bookings", DARK)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"screen": 1}', b"\xff", b"{" * 20_000])
def test_a_memory_that_cannot_be_read_is_none(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "console.json"
    file.write_bytes(content)

    assert Memory(file).recall() == Remembered()


def test_keys_help_palette_and_mouse(business: Business, tmp_path: Path) -> None:
    async def show() -> None:
        async with seen(Lasting(local(business)), tmp_path, (80, 24)) as console:  # type: ignore[arg-type]  # by __getattr__
            await console.goes("2", "holds")
            await console.press("question_mark")
            await console.until(lambda: isinstance(console.app.screen, Sheet))
            await console.sees("Keys", "mark", "Release")
            await console.press("escape", "colon")
            await console.sees("Search for commands")
            await console.press("escape")
            await console.pilot.click("Navigation", offset=(3, 0))
            await console.until(lambda: getattr(console.app.screen, "mode", "") == "dashboard")
            await console.press("q")

    asyncio.run(show())


# Coming in


def test_an_admin_logs_in_and_a_customer_does_not(business: Business, tmp_path: Path) -> None:
    door = LocalDoor(business.url, None, as_owner=False)

    async def show() -> None:
        console = Console(door, Memory(tmp_path / "console.json"))
        async with console.run_test(size=(80, 24)) as pilot:
            shown = Seen(console, pilot, [])
            for email in (business.ann.email, business.admin.email):
                await shown.until(lambda: isinstance(console.screen, LoginScreen), "the login")
                lines = list(console.screen.query(Input))
                lines[0].value, lines[1].value = email, PASSWORD
                lines[1].focus()
                await pilot.press("enter")
                if email == business.ann.email:
                    await shown.sees("The e-mail address or the password is wrong.")
                    assert PASSWORD not in shown.text
            await shown.until(lambda: isinstance(console.screen, FramedScreen), "the console")

    asyncio.run(show())

    acts = [one.act.action for one in business.system.activity.find(entity_id=business.admin.id)[0]]
    # By the real clock, which stands before the business's.
    assert {"logged_in", "logged_out"} <= set(acts)


def test_what_is_typed_all_at_once_lands_where_it_was_meant(
    business: Business, tmp_path: Path
) -> None:
    """As over a line that is slow: the password must not be seen in the field before."""
    email = business.admin.email

    async def show() -> None:
        console = Console(LocalDoor(business.url, None, as_owner=False), Memory(tmp_path / "c"))
        async with console.run_test(size=(80, 24)) as pilot:
            shown = Seen(console, pilot, [])
            await shown.until(lambda: isinstance(console.screen, LoginScreen), "the login")
            email_line, password_line = console.screen.query(Input)
            for between in ("tab", "enter"):
                email_line.value = password_line.value = ""
                email_line.focus()
                for key in (*email, between, *PASSWORD):
                    console.post_message(Key(key, key if len(key) == 1 else None))
                await shown.until(lambda: password_line.value, "a password")
                await pilot.pause()
                assert (email_line.value, password_line.value) == (email, PASSWORD), between
            await pilot.press("enter")
            await shown.until(lambda: isinstance(console.screen, FramedScreen), "the console")

    asyncio.run(show())


def test_a_database_that_is_not_there_ends_the_console(tmp_path: Path) -> None:
    async def show() -> Console:
        console = Console(
            LocalDoor(f"sqlite:///{tmp_path}/none.sqlite3", None, as_owner=True),
            Memory(tmp_path / "console.json"),
        )
        async with console.run_test() as pilot:
            await Seen(console, pilot, []).until(lambda: console.return_value, "the end")
        return console

    assert isinstance(asyncio.run(show()).return_value, StorageError)


def test_only_the_owner_of_the_file_needs_no_login(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert as_owner(business.system).operator().actor.startswith("operator:")

    monkeypatch.setattr(os, "geteuid", lambda: -1)
    with pytest.raises(InvalidRequest, match="owner"):
        as_owner(business.system)


def test_a_key_is_asked_for_where_none_is_known() -> None:
    assert [wanted.is_secret for wanted in RemoteDoor("https://x", None).wants] == [True]
    assert RemoteDoor("https://x", "bk_x").wants == ()
    assert OpenDoor(None).wants == ()  # type: ignore[arg-type]  # never asked


def test_the_line_of_keys_tells_and_does_what_fits(business: Business, tmp_path: Path) -> None:
    async def show() -> None:
        async with seen(local(business), tmp_path) as console:
            await console.goes("2", "holds")
            await console.listed()
            line = console.app.screen.query_one(KeyLine)
            told = str(line.render())
            assert len(told) <= 80
            assert told.count("Quit") == 1
            await console.pilot.click(line, offset=(told.index("Help"), 0))
            await console.until(lambda: isinstance(console.app.screen, Sheet), "the keys")
            await console.press("escape")
            await console.until(lambda: not isinstance(console.app.screen, Sheet), "no keys")
            await console.press("slash")
            await console.until(lambda: str(line.render()) != told, "the keys of the filter")

    asyncio.run(show())


class Slow:
    """A door that opens, or does not, when it is told to."""

    wants = ()

    def __init__(self, backend: Backend | None) -> None:
        self._backend = backend
        self.is_told = Event()

    def open(self, *_: str) -> Backend:
        assert self.is_told.wait(timeout=60)
        if self._backend is None:
            raise DatabaseUnreachable("There is nobody.")
        return self._backend


def test_a_console_is_there_before_its_database_is(business: Business, tmp_path: Path) -> None:
    door = Slow(Lasting(local(business)))  # type: ignore[arg-type]  # by __getattr__

    async def show() -> None:
        app = Console(door, Memory(tmp_path / "memory.json"))
        async with app.run_test(size=(80, 24)) as pilot:
            console = Seen(app, pilot, [])
            await console.sees("Looking…", "1 Dash")
            await console.goes("2", "holds")
            await console.sees("Looking…")
            await console.press("question_mark")
            await console.sees("Keys", "Extend")
            await console.press("escape")
            door.is_told.set()
            await console.listed()
            await console.sees("ann@example.org")
            await console.goes("1", "dashboard")
            await console.sees("Revenue today")

    asyncio.run(show())


def test_a_door_that_stays_shut_ends_the_console(tmp_path: Path) -> None:
    door = Slow(None)

    async def show() -> BookingError | None:
        app = Console(door, Memory(tmp_path / "memory.json"))
        async with app.run_test(size=(80, 24)) as pilot:
            await Seen(app, pilot, []).sees("Looking…")
            door.is_told.set()
            for _ in range(600):
                if app.return_code is not None:
                    break
                await asyncio.sleep(0.05)
        return app.return_value

    assert isinstance(asyncio.run(show()), DatabaseUnreachable)


def test_a_hidden_filter_takes_no_keys(business: Business, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")
    memory.keep(Remembered("bookings", DARK))

    async def show() -> None:
        app = Console(OpenDoor(Lasting(local(business))), memory)  # type: ignore[arg-type]  # by __getattr__
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("x", "x")
            console = Seen(app, pilot, [])
            await console.listed()
            assert console.app.screen.query_one("#filter", Input).value == ""

    asyncio.run(show())


def test_the_key_of_a_list_leads_back_to_it(business: Business, tmp_path: Path) -> None:
    async def show() -> None:
        async with seen(Lasting(local(business)), tmp_path) as console:  # type: ignore[arg-type]  # by __getattr__
            await console.goes("2", "holds")
            holds = console.app.screen
            await console.listed()
            await console.press("enter")
            await console.until(lambda: isinstance(console.app.screen, BookingScreen), "a booking")
            await console.sees("Customer")
            assert isinstance(console.app.screen, BookingScreen)
            assert console.app.screen.place == "holds"
            await console.press("2")
            await console.until(lambda: console.app.screen is holds, "the holds")

    asyncio.run(show())


def test_what_is_no_number_is_said_to_be_none(business: Business, tmp_path: Path) -> None:
    async def show() -> None:
        async with seen(Lasting(local(business)), tmp_path) as console:  # type: ignore[arg-type]  # by __getattr__
            await console.goes("2", "holds")
            await console.listed()
            await console.press("e")
            await console.until(lambda: isinstance(console.app.screen, Question), "the question")
            await console.press("1", "0", "m")
            await console.press("enter", "enter")
            await console.sees("whole number")
            assert isinstance(console.app.screen, Question)

    asyncio.run(show())


def test_a_file_that_was_moved_away_is_lost(hostile: BookingSystem, tmp_path: Path) -> None:
    file = hostile.database_file
    assert file is not None

    async def show() -> None:
        async with seen(Lasting(as_owner(hostile)), tmp_path) as console:  # type: ignore[arg-type]  # by __getattr__
            await console.goes("2", "holds")
            await console.listed(1)
            file.rename(file.with_name("away"))
            await console.sees("is no longer", "Reconnecting…")
            file.with_name("away").rename(file)
            await console.until(lambda: not banner(console).display, "no banner")

    asyncio.run(show())
