"""Who are you? Asked until the door opens."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Button, Input, Label

from booking_core.errors import BookingError, InvalidRequest, NotAuthenticated, TooManyAttempts
from booking_tui.doors import Wanted
from booking_tui.formats import data

if TYPE_CHECKING:
    from booking_tui.app import Console


class LoginScreen(Screen[None]):
    """Asks for what the door wants; what is secret is not shown."""

    # Before the field has its turn: of keys that come at once, as by a slow line, the password
    # must not land in the field before, where it can be read.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("enter", "advance", show=False, priority=True),
    ]

    def __init__(self, wants: Sequence[Wanted]) -> None:
        super().__init__()
        self._wants = wants

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Log in", classes="dialog-title", markup=False)
            for number, wanted in enumerate(self._wants):
                yield Label(wanted.label, markup=False)
                yield Input(password=wanted.is_secret, id=f"wanted-{number}")
            yield Label("", id="dialog-problem", markup=False)
            yield Button("Log in", variant="primary", id="yes")

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    def action_advance(self) -> None:
        """To the next field; in, from the last."""
        if self.focused in list(self.query(Input))[:-1]:
            self.focus_next()
        else:
            self.log_in()

    @on(Button.Pressed, "#yes")
    def log_in(self) -> None:
        button = self.query_one("#yes", Button)
        if not button.disabled:
            button.disabled = True
            self._tell("…")
            cast("Console", self.app).enter(*(line.value for line in self.query(Input)))

    def refuse(self, error: BookingError) -> None:
        """Say why this does not open; what is secret is asked for again."""
        self.query_one("#yes", Button).disabled = False
        secret = self.query(Input).last()
        secret.value = ""
        secret.focus()
        self._tell(error.message)

    def _tell(self, text: str) -> None:
        self.query_one("#dialog-problem", Label).update(data(text, "bold red"))


def may_be_tried_again(error: BookingError) -> bool:
    """Whether another answer could open the door."""
    return isinstance(error, NotAuthenticated | TooManyAttempts | InvalidRequest)
