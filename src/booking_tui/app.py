"""The console: an app whose screens look at one backend."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import ClassVar

from rich.text import Text
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker

from booking_core.errors import BookingError, InternalError
from booking_tui.asking import is_end, is_loss
from booking_tui.backend import Backend
from booking_tui.doors import Door
from booking_tui.formats import data
from booking_tui.messages import Woken
from booking_tui.screens.base import FramedScreen
from booking_tui.screens.login import LoginScreen, may_be_tried_again
from booking_tui.state import Memory, Remembered
from booking_tui.widgets.dialogs import Sheet

SECONDS_BETWEEN_LOOKS = 1.0
TICKS_WITHOUT_A_LOOK = 5
SECONDS_BEFORE_THE_REST = 1.0
DARK, LIGHT = "textual-dark", "textual-light"

# By name: the key, the title, a short one.
TITLES: Mapping[str, tuple[str, str, str]] = {
    "dashboard": ("1", "Dashboard", "Dash"),
    "holds": ("2", "Holds", "Holds"),
    "inventories": ("3", "Inventory", "Inv"),
    "bookings": ("4", "Bookings", "Book"),
    "money": ("5", "Payments", "Pay"),
    "waitlist": ("6", "Waitlist", "Wait"),
    "rides": ("7", "Rides", "Rides"),
    "people": ("8", "Users", "Users"),
    "activity": ("9", "Activity", "Log"),
    "outbox": ("0", "Outbox", "Outbox"),
}
# By name: where each is. They are imported when they are first shown, or once there is time.
_WHERE: Mapping[str, str] = {
    "dashboard": "dashboard.DashboardScreen",
    "holds": "holds.HoldsScreen",
    "inventories": "inventories.InventoriesScreen",
    "bookings": "bookings.BookingsScreen",
    "money": "money.MoneyScreen",
    "waitlist": "waitlist.WaitlistScreen",
    "rides": "rides.RidesScreen",
    "people": "people.PeopleScreen",
    "activity": "activity.ActivityScreen",
    "outbox": "outbox.OutboxScreen",
}


def _screen(name: str) -> FramedScreen:
    module, kind = _WHERE[name].split(".")
    made: FramedScreen = getattr(import_module(f"booking_tui.screens.{module}"), kind)()
    return made


def _import_all() -> None:
    for where in _WHERE.values():
        import_module(f"booking_tui.screens.{where.partition('.')[0]}")


SCREENS: Mapping[str, Callable[[], FramedScreen]] = {
    name: partial(_screen, name) for name in _WHERE
}


@dataclass
class Opened(Message):
    """The door has opened."""

    backend: Backend


@dataclass
class StayedShut(Message):
    """It has not."""

    error: BookingError


class Console(App[BookingError | None]):
    """Its result is why it ended, where that was not the operator's wish."""

    TITLE = "Booking console"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    MODES = SCREENS  # type: ignore[assignment]  # a mapping that nobody changes
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("question_mark", "help", "Help"),
        Binding("colon", "command_palette", "Commands"),
        Binding("T", "turn_theme", "Theme", show=False),
        *(
            Binding(key, f"go('{name}')", title, show=False)
            for name, (key, title, _) in TITLES.items()
        ),
    ]
    titles = TITLES

    def __init__(
        self,
        door: Door,
        memory: Memory,
        time_zone: str = "UTC",
        when_open: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._when_open = when_open
        self.time_zone = time_zone
        self.lost: str | None = None
        self._door = door
        self._memory = memory
        self._remembered = Remembered()
        self._backend: Backend | None = None
        self._is_decided = Event()
        self._is_inside = False
        self._watch = ExitStack()
        self._is_woken = False
        self._ticks = 0

    def wait_for_backend(self) -> Backend:
        """For threads: what they ask, once the door is open. Raises RuntimeError where it has
        stayed shut."""
        self._is_decided.wait()
        if self._backend is None:
            raise RuntimeError("the door has stayed shut")
        return self._backend

    async def on_mount(self) -> None:
        self._remembered = self._memory.recall()
        self.theme = self._remembered.theme if self._remembered.theme in (DARK, LIGHT) else DARK
        if self._door.wants:
            _ = self.push_screen(LoginScreen(self._door.wants))
        else:
            await self._show_inside()
            # Loading what is behind the door would hold up the first drawing.
            self.call_after_refresh(self.enter)

    # Coming in

    def enter(self, *answers: str) -> None:
        """Go through the door, on a thread."""

        def work() -> None:
            try:
                self.post_message(Opened(self._door.open(*answers)))
            except BookingError as error:
                self.post_message(StayedShut(error))
            except Exception as error:  # noqa: BLE001 - told in the console's own words
                name = type(error).__name__
                self.post_message(StayedShut(InternalError(f"The console failed ({name}).")))

        self.run_worker(work, thread=True, exit_on_error=False)

    async def on_opened(self, message: Opened) -> None:
        self._backend = message.backend
        self._is_decided.set()
        await self._show_inside()
        self._watch.enter_context(message.backend.watching(self._wake))
        self.set_interval(SECONDS_BETWEEN_LOOKS, self._tick)
        self.set_timer(SECONDS_BEFORE_THE_REST, self._load_rest)
        self._when_open()

    def _load_rest(self) -> None:
        self.run_worker(_import_all, thread=True, exit_on_error=False)

    async def _show_inside(self) -> None:
        """The screen that was looked at last. Where nobody has to be asked who they are it is shown
        while the door still opens: its questions wait."""
        if not self._is_inside:
            self._is_inside = True
            first = self._remembered.screen if self._remembered.screen in SCREENS else "dashboard"
            await self.switch_mode(first)

    def on_stayed_shut(self, message: StayedShut) -> None:
        screen = self.screen
        if isinstance(screen, LoginScreen) and may_be_tried_again(message.error):
            screen.refuse(message.error)
        else:
            self.exit(message.error, return_code=1)

    # Staying up to date

    def _wake(self) -> None:
        """Called by any thread: noted, and looked at by the next tick."""
        self._is_woken = True

    def _tick(self) -> None:
        """Once a second where something may have changed, and while all is lost; now and then
        anyway, for what is lost cannot tell."""
        self._ticks += 1
        if self._is_woken or self.lost is not None or self._ticks >= TICKS_WITHOUT_A_LOOK:
            self._is_woken, self._ticks = False, 0
            for screen in self.screen_stack[-1:]:
                screen.post_message(Woken())

    def note_alive(self) -> None:
        if self.lost is not None:
            self._tell_loss(None)
            self.notify("Back again.")

    def note_failure(self, error: BookingError) -> None:
        if is_end(error):
            self.exit(error, return_code=1)
        elif is_loss(error):
            self._tell_loss(f"{data(error.message).plain} Reconnecting…")
        else:
            self.notify(data(error.message).plain, severity="error", timeout=8, markup=False)

    def _tell_loss(self, text: str | None) -> None:
        self.lost = text
        for screen in self.screen_stack:
            if isinstance(screen, FramedScreen):
                screen.tell_loss(text)

    # Getting around

    def action_go(self, name: str) -> None:
        """To a screen; from something in full back to its list."""
        if not self._is_inside or self.screen.is_modal:
            return
        if name != self.current_mode:
            _ = self.switch_mode(name)
        elif len(self.screen_stack) > 1:
            _ = self.pop_screen()

    def remember(self, name: str) -> None:
        self._keep(Remembered(name, self.theme))

    def action_turn_theme(self) -> None:
        self.theme = LIGHT if self.theme == DARK else DARK
        self._keep(Remembered(self._remembered.screen, self.theme))

    def _keep(self, seen: Remembered) -> None:
        if seen != self._remembered:
            self._remembered = seen
            self._memory.keep(seen)

    def action_help(self) -> None:
        if not self.screen.is_modal:
            _ = self.push_screen(Sheet("Keys", self._keys()))

    def _keys(self) -> Text:
        """Those of the present screen and what has the focus there, then those of all screens."""
        text = Text()
        for key, title in (*self._own_keys(), *_EVERYWHERE):
            text.append(f"{key:>18}  ", "bold")
            text.append(f"{title}\n")
        return text

    def _own_keys(self) -> Iterable[tuple[str, str]]:
        for key, active in self.screen.active_bindings.items():
            is_own = active.node is not self and key not in _TOLD_ONCE
            if is_own and active.enabled and active.binding.description:
                yield self.get_key_display(active.binding), active.binding.description

    def get_system_commands(
        self,
        screen: Screen[object],  # noqa: ARG002 - the same everywhere
    ) -> Iterable[SystemCommand]:
        for name, (key, title, _) in TITLES.items():
            yield SystemCommand(title, f"Key {key}", lambda name=name: self.action_go(name))
        yield SystemCommand("Theme", "Dark or light", self.action_turn_theme)
        yield SystemCommand("Keys", "What each key does", self.action_help)
        yield SystemCommand("Quit", "Leave the console", self.action_quit)

    async def on_unmount(self) -> None:
        self._is_decided.set()
        self._watch.close()
        if self._backend is not None:
            # A database that is lost cannot be told.
            with suppress(BookingError):
                self._backend.close()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        event.stop()


# What the lines below tell of all lists, and what everybody knows.
_TOLD_ONCE = {
    *("j", "k", "up", "down", "g", "G", "home", "end", "ctrl+f", "ctrl+b", "pageup", "pagedown"),
    *("slash", "s", "S", "space", "enter", "y"),
    *("left", "right", "ctrl+pageup", "ctrl+pagedown", "tab", "shift+tab"),
    *("ctrl+c", "super+c", "ctrl+q", "ctrl+p"),
}
_EVERYWHERE = (
    ("1 … 9, 0", "the screens"),
    ("j k ↑ ↓", "down, up"),
    ("g G Home End", "first, last"),
    ("Ctrl+F Ctrl+B", "a page down, up"),
    ("/", "search; field:value for a field"),
    ("s S", "order by the next column; turn the order"),
    ("Space", "mark"),
    ("Enter", "open"),
    ("y", "copy the id"),
    (": Ctrl+P", "commands"),
    ("T", "dark or light"),
    ("q", "leave"),
)
