"""What frames every screen: where one is, and whether all is well."""

from collections.abc import Mapping

from rich.text import Text
from textual import events
from textual.message import Message
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
