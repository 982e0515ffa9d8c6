"""Questions that stand before everything else until they are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

Answers = Mapping[str, str]
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Field:
    """A line to fill in. What is `required` may not stay empty; what `counts` is a whole number."""

    name: str
    label: str
    value: str = ""
    required: bool = False
    secret: bool = False
    counts: bool = False

    def problem(self, answer: str) -> str | None:
        """What is wrong with an answer."""
        if self.required and not answer:
            return f"{self.label} is wanted."
        if self.counts and answer and not (answer.isdecimal() and len(answer) <= _MOST_DIGITS):
            return f"{self.label}: a whole number of up to {_MOST_DIGITS} digits."
        return None


class Question(ModalScreen[Answers | None]):
    """Asks before something is done. The answer is what was filled in, or None for no."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "No")]

    def __init__(
        self,
        title: str,
        text: RenderableType = "",
        fields: Sequence[Field] = (),
        *,
        yes: str = "Yes",
        dangerous: bool = False,
    ) -> None:
        super().__init__()
        self._title = title
        self._text = Text(text) if isinstance(text, str) else text
        self._fields = fields
        self._yes = yes
        self._dangerous = dangerous

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(self._title, classes="dialog-title", markup=False)
            yield Static(self._text, classes="dialog-text", markup=False)
            for field in self._fields:
                yield Label(field.label, markup=False)
                yield Input(field.value, password=field.secret, id=f"field-{field.name}")
            yield Label("", id="dialog-problem", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(self._yes, variant="error" if self._dangerous else "primary", id="yes")
                yield Button("No", id="no")

    def on_mount(self) -> None:
        # What destroys is not agreed to by one key that was meant for something else.
        first = "Input" if self._fields else "#no" if self._dangerous else "#yes"
        self.set_focus(self.query(first).first())

    @on(Input.Submitted)
    def next_field(self, event: Input.Submitted) -> None:
        inputs = list(self.query(Input))
        place = inputs.index(event.input) + 1
        if place < len(inputs):
            self.set_focus(inputs[place])
        else:
            self.agree()

    @on(Button.Pressed, "#yes")
    def agree(self) -> None:
        answers = {
            field.name: self.query_one(f"#field-{field.name}", Input).value.strip()
            for field in self._fields
        }
        for field in self._fields:
            problem = field.problem(answers[field.name])
            if problem is not None:
                self.query_one("#dialog-problem", Label).update(Text(problem, "bold red"))
                self.set_focus(self.query_one(f"#field-{field.name}", Input))
                return
        _ = self.dismiss(answers)

    @on(Button.Pressed, "#no")
    def action_cancel(self) -> None:
        _ = self.dismiss(None)


class Sheet(ModalScreen[None]):
    """Something to read, until a key says it was read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close"),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
        Binding("y", "copy", "Copy", show=False),
    ]

    def __init__(self, title: str, content: RenderableType, copies: str = "") -> None:
        super().__init__()
        self._title = title
        self._content = content
        self._copies = copies

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog sheet"):
            yield Label(self._title, classes="dialog-title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static(self._content, markup=False)
            hint = "y copies   " if self._copies else ""
            yield Label(f"{hint}esc closes", classes="dialog-hint", markup=False)

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_copy(self) -> None:
        if self._copies:
            self.app.copy_to_clipboard(self._copies)
            self.notify("Copied.")
