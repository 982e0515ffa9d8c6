"""What frames every screen: where one is, whether all is well, and what the keys do."""

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static


class Navigation(Static):
    """The screens by their keys, the present one marked; each can be clicked."""

    class Chosen(Message):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, titles: Mapping[str, tuple[str, str, str]], current: str) -> None:
        """`titles` by name: key, title, and a short one for narrow terminals."""
        super().__init__(markup=False)
        self._titles = titles
        self._current = current
        self._ends: list[tuple[int, str]] = []

    def render(self) -> Text:
        line = self._line(1)
        return line if len(line) <= self.size.width else self._line(2)

    def _line(self, which: int) -> Text:
        line, self._ends = Text(no_wrap=True, overflow="ellipsis"), []
        for name, title in self._titles.items():
            is_here = name == self._current
            line.append(f"{title[0]}", "bold reverse" if is_here else "bold")
            line.append(f" {title[which]}", "bold reverse" if is_here else "")
            line.append("  " if which == 1 else " ")
            self._ends.append((len(line), name))
        return line

    def on_click(self, event: events.Click) -> None:
        for end, name in self._ends:
            if event.x < end:
                self.post_message(self.Chosen(name))
                return


class Banner(Static):
    """Says what is lost; away while nothing is."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.display = False

    def tell(self, text: str | None) -> None:
        self.display = text is not None
        if text is not None:
            self.update(Text(f" ⚠ {text}"))


_HELP = "question_mark"


class KeyLine(Static):
    """What the keys do here, as many as there is room for; each can be clicked.

    Textual's Footer makes a widget for each key anew whenever the focus moves, which takes longer
    than all else that a key does.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key"}

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._ends: list[tuple[int, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._tell)

    def _tell(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.refresh()

    def render(self) -> Text:
        line, self._ends = Text(no_wrap=True), []
        style = self.get_component_rich_style("key-line--key")
        keys = self._keys()
        # All others are told there, so there is always room for it.
        left = self.size.width - sum(map(len, keys.get(_HELP, ()))) - 3
        for key, (shown, title) in keys.items():
            needed = len(shown) + len(title) + 3
            if key != _HELP and needed > left:
                continue
            left -= needed * (key != _HELP)
            line.append(f" {shown} ", style)
            line.append(f"{title} ")
            self._ends.append((len(line), key))
        return line

    def _keys(self) -> dict[str, tuple[str, str]]:
        """One key for each action, with what it is called and what it does."""
        found: dict[str, tuple[str, tuple[str, str]]] = {}
        for active in self.screen.active_bindings.values():
            one = active.binding
            if one.show and active.enabled and one.description:
                shown = (self.app.get_key_display(one), one.description)
                found.setdefault(one.action, (one.key, shown))
        return dict(found.values())

    def on_click(self, event: events.Click) -> None:
        for end, key in self._ends:
            if event.x < end:
                self.app.simulate_key(key)
                return
