"""What all screens have: the frame, the filter, and a look whenever it is worth it."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from booking_core.domain.desk import Result
from booking_core.domain.desk_acts import DeskAct
from booking_core.errors import BookingError
from booking_tui.asking import AskingScreen
from booking_tui.formats import data
from booking_tui.messages import Woken
from booking_tui.widgets.chrome import Banner, KeyLine, Navigation
from booking_tui.widgets.dialogs import Answers, Question, Sheet


class FramedScreen(AskingScreen[None]):
    """A screen with the frame around it. `look` is called once it is shown, and again whenever
    something may have changed; it asks, and what comes back is drawn."""

    mode: ClassVar[str] = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (124, "-wide")]  # noqa: RUF012 - Textual's own

    def compose(self) -> ComposeResult:
        yield Navigation(self.console_app.titles, self.place)
        yield Banner()
        yield from self.body()
        yield KeyLine()

    @property
    def place(self) -> str:
        """Which of the ten screens one is on."""
        return self.mode

    def body(self) -> Iterable[Widget]:
        """What stands within the frame."""
        return ()

    def on_screen_resume(self) -> None:
        self.tell_loss(self.console_app.lost)
        self.console_app.remember(self.place)
        self.look()

    @on(Woken)
    def look_again(self) -> None:
        self.look()

    def tell_loss(self, text: str | None) -> None:
        self.query_one(Banner).tell(text)

    @on(Navigation.Chosen)
    def go(self, event: Navigation.Chosen) -> None:
        self.console_app.action_go(event.name)

    # Acts

    def do(self, act: DeskAct, done: str, then: Callable[[], None] | None = None) -> None:
        """Carry out an act and say what became of it; `done` is a past participle."""

        def tell(results: tuple[Result, ...]) -> None:
            self._tell_results(results, done)
            if then is not None:
                then()
            self.look()

        self.ask(lambda backend: backend.do(act), tell)

    def _tell_results(self, results: tuple[Result, ...], done: str) -> None:
        refused = [one for one in results if not one.done]
        count = len(results) - len(refused)
        if count:
            self.notify(f"{count} {done}.", markup=False)
        if refused:
            reasons = sorted({one.problem for one in refused})
            text = f"{len(refused)} not {done}: {' '.join(reasons[:3])}"
            self.notify(data(text).plain, severity="warning", timeout=8, markup=False)

    def question(self, question: Question, then: Callable[[Answers], None]) -> None:
        """Ask the operator; `then` is called for a yes."""

        def answered(answers: Answers | None) -> None:
            if answers is not None:
                then(answers)

        _ = self.app.push_screen(question, answered)

    def descend(self, screen: "DetailScreen") -> None:
        """One thing in full, on top of this screen."""
        _ = self.app.push_screen(screen)

    def copy(self, text: str) -> None:
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(f"Copied {data(text).plain}", markup=False)

    def show(self, title: str, content: Text, copies: str = "") -> None:
        _ = self.app.push_screen(Sheet(title, content, copies))


class DetailScreen(FramedScreen):
    """One thing in full, on top of the list it was chosen from. What is gone is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "leave", "Back"),
    ]

    @property
    def place(self) -> str:
        """That of the list."""
        return self.console_app.current_mode

    def action_leave(self) -> None:
        _ = self.app.pop_screen()

    def leave_if_gone(self, error: BookingError) -> None:
        from booking_core.errors import NotFound  # noqa: PLC0415 - few need it

        if isinstance(error, NotFound) and self.is_current:
            self.action_leave()


class FilterLine(Input):
    """Where one types what to look for; escape gives it up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Clear", show=False),
        Binding("down", "leave", "To the list", show=False),
    ]

    def action_give_up(self) -> None:
        self.value = ""
        self.action_leave()

    def action_leave(self) -> None:
        self.screen.set_focus(self.screen.query("Ledger").first())
        self.display = bool(self.value)
