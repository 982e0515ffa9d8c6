"""A table of any length that holds only the pages one looks at: the rest stays where it lies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from booking_core.domain.listings import Asked, Page
from booking_tui.formats import fitted
from booking_tui.widgets.columns import Column

PAGE = 100
_MOST_PAGES_KEPT = 20
_NARROW = 110
_MARK = 2


class Ledger(ScrollView, can_focus=True):
    """Lines of a list, asked for as they come into view.

    It posts `Wanted` for a page it lacks, and is given it by `accept`. The line under the cursor
    stays under it when others come before it; at the top, what is new is seen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("home,g", "to(0)", "First", show=False),
        Binding("end,G", "to(-1)", "Last", show=False),
        Binding("enter", "open", "Open", show=False),
        Binding("space", "mark", "Mark", show=False),
        Binding("s", "sort", "Sort", show=False),
        Binding("S", "turn", "Turn order", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "ledger--header",
        "ledger--cursor",
        "ledger--marked",
        "ledger--empty",
    }

    @dataclass
    class Wanted(Message):
        """A page that is looked at."""

        ledger: "Ledger"
        asked: Asked

    @dataclass
    class Opened(Message):
        """A line was chosen."""

        ledger: "Ledger"
        row: Any

    @dataclass
    class Moved(Message):
        """Another line is under the cursor, or the same one has changed."""

        ledger: "Ledger"
        row: Any

    def __init__(
        self,
        columns: Sequence[Column],
        key: Callable[[Any], str],
        *,
        empty: str = "Nothing here.",
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self.become(columns, key, empty)

    def become(self, columns: Sequence[Column], key: Callable[[Any], str], empty: str) -> None:
        """Another table: nothing of the last one is kept."""
        self._empty = empty
        self._columns = tuple(columns)
        self._key = key
        self._asked = Asked(limit=PAGE)
        self.marked: set[str] = set()
        self._reset()

    def _reset(self) -> None:
        self._pages: dict[int, tuple[Any, ...]] = {}
        self._fresh: set[int] = set()
        self._waiting: set[int] = set()
        self._total: int | None = None
        self._held: str | None = None
        self._at: tuple[datetime, float] | None = None
        self.cursor = 0

    # What is shown

    @property
    def total(self) -> int | None:
        """How many lines there are in all; None before that is known."""
        return self._total

    @property
    def asked(self) -> Asked:
        """The search and order that are shown, without a place."""
        return replace(self._asked, offset=0)

    @property
    def row(self) -> Any | None:
        """The line under the cursor."""
        return self._row_at(self.cursor)

    @property
    def chosen(self) -> list[str]:
        """Keys of the marked lines, else of the one under the cursor."""
        if self.marked:
            return sorted(self.marked)
        return [] if self.row is None else [self._key(self.row)]

    def search(self, text: str) -> None:
        """Other lines, and no marks: what is done is never done to a line that is not shown."""
        if text != self._asked.text:
            self.marked.clear()
            self._begin(replace(self._asked, text=text))

    def invalidate(self) -> None:
        """What is shown may have changed: ask for it again, and show it meanwhile."""
        self._fresh.clear()
        self.look()

    def forget_waiting(self) -> None:
        """Pages asked for will not come."""
        self._waiting.clear()

    def accept(self, asked: Asked, page: Page[Any]) -> None:
        """A page that was wanted; one of another search or order comes too late."""
        number = asked.offset // PAGE
        self._waiting.discard(number)
        if replace(asked, offset=0) != self.asked:
            return
        self._at = (page.at, monotonic())
        self._pages[number] = page.rows
        self._fresh.add(number)
        self._total = page.total
        self._forget_far_pages(number)
        self.virtual_size = Size(1, page.total + 1)
        self._follow_held(number)
        self.cursor = min(self.cursor, max(page.total - 1, 0))
        self.refresh()
        self.look()
        self._tell()

    def look(self) -> None:
        """Ask for what is in view and not known, or not known to be fresh."""
        height = max(self.size.height, 1)
        top = self.scroll_offset.y
        for number in range(top // PAGE, (top + height) // PAGE + 1):
            is_there = self._total is None or number * PAGE < max(self._total, 1)
            if is_there and number not in self._fresh and number not in self._waiting:
                self._waiting.add(number)
                asked = replace(self._asked, offset=number * PAGE)
                self.post_message(self.Wanted(self, asked))

    def now(self) -> datetime | None:
        """The time by the clock that judges expiry, as far as it is known."""
        if self._at is None:
            return None
        return self._at[0] + timedelta(seconds=monotonic() - self._at[1])

    def _begin(self, asked: Asked) -> None:
        self._asked = asked
        self._reset()
        self.scroll_to(y=0, animate=False)
        self.refresh()
        self.look()

    def _forget_far_pages(self, near: int) -> None:
        while len(self._pages) > _MOST_PAGES_KEPT:
            farthest = max(self._pages, key=lambda number: abs(number - near))
            del self._pages[farthest]
            self._fresh.discard(farthest)

    def _follow_held(self, number: int) -> None:
        """Where the line under the cursor has gone."""
        if self._held is None or self.cursor == 0:
            return
        for place, row in enumerate(self._pages[number], start=number * PAGE):
            if self._key(row) == self._held:
                moved, self.cursor = place - self.cursor, place
                if moved:
                    self.scroll_to(y=self.scroll_offset.y + moved, animate=False)
                return

    def _row_at(self, place: int) -> Any | None:
        rows = self._pages.get(place // PAGE, ())
        within = place % PAGE
        return rows[within] if within < len(rows) else None

    def _tell(self) -> None:
        row = self.row
        self._held = None if row is None else self._key(row)
        self.post_message(self.Moved(self, row))

    # What one does with it

    def action_move(self, by: int) -> None:
        self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        self._go(self.cursor + by * max(self.size.height - 2, 1))

    def action_to(self, place: int) -> None:
        self._go(place if place >= 0 else (self._total or 1) - 1)

    def action_open(self) -> None:
        if self.row is not None:
            self.post_message(self.Opened(self, self.row))

    def action_mark(self) -> None:
        if self.row is not None:
            self.marked ^= {self._key(self.row)}
            self._go(self.cursor + 1)

    def unmark(self) -> None:
        """Mark nothing any more, and show so."""
        self.marked.clear()
        self.refresh()

    def action_sort(self) -> None:
        """By the next column that knows an order."""
        orders = [column.sort for column in self._columns if column.sort is not None]
        if orders:
            at = orders.index(self._asked.sort) if self._asked.sort in orders else -1
            self._begin(replace(self._asked, sort=orders[(at + 1) % len(orders)], backwards=False))

    def action_turn(self) -> None:
        self._begin(replace(self._asked, backwards=not self._asked.backwards))

    def _go(self, place: int) -> None:
        before, self.cursor = self.cursor, max(0, min(place, (self._total or 1) - 1))
        height = max(self.size.height - 1, 1)
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)
        for each in {before, self.cursor}:
            # Below the head.
            self.refresh_line(each + 1)
        self.look()
        self._tell()

    def on_mount(self) -> None:
        self.set_interval(1.0, self.refresh)

    def on_resize(self) -> None:
        if self._total is not None:
            self.virtual_size = Size(1, self._total + 1)
        self.look()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.look()

    def on_click(self, event: events.Click) -> None:
        """The head sorts; a line is chosen by one click and opened by two."""
        if event.y == 0:
            self._sort_by(event.x)
            return
        place = self.scroll_offset.y + event.y - 1
        if self._row_at(place) is not None:
            self._go(place)
            if event.chain == 2:
                self.action_open()

    def _sort_by(self, x: int) -> None:
        left = _MARK
        for column, width in self._widths():
            if left <= x < left + width + 1 and column.sort is not None:
                turns = self._asked.sort == column.sort and not self._asked.backwards
                self._begin(replace(self._asked, sort=column.sort, backwards=turns))
                return
            left += width + 1

    # How it is drawn

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return self._strip(self._header(), width, "ledger--header")
        place = self.scroll_offset.y + y - 1
        row = self._row_at(place)
        if row is None:
            return self._strip(self._placeholder(place), width, "ledger--empty")
        is_marked = self._key(row) in self.marked
        line = self._line(row, is_marked)
        if place == self.cursor and self.has_focus:
            return self._strip(line, width, "ledger--cursor")
        return self._strip(line, width, "ledger--marked" if is_marked else None)

    def _strip(self, line: Text, width: int, component: str | None) -> Strip:
        strip = Strip(list(line.render(self.app.console))).adjust_cell_length(width)
        style = self.rich_style if component is None else self.get_component_rich_style(component)
        return strip.apply_style(style)

    def _widths(self) -> list[tuple[Column, int]]:
        room = self.scrollable_content_region.width
        shown = [one for one in self._columns if room >= _NARROW or not one.wide]
        fixed = _MARK + sum(one.width + 1 for one in shown)
        flexible = [one for one in shown if not one.width]
        share = max((room - fixed) // max(len(flexible), 1), 4)
        return [(one, one.width or share) for one in shown]

    def _header(self) -> Text:
        line = Text(" " * _MARK)
        for column, width in self._widths():
            is_sorted = column.sort is not None and column.sort == self._asked.sort
            arrow = ("▲" if self._asked.backwards else "▼") if is_sorted else ""
            line.append(fitted(arrow + column.title, width, right=column.right) + " ")
        return line

    def _line(self, row: Any, is_marked: bool) -> Text:
        now = self.now()
        line = Text("● " if is_marked else "  ")
        for column, width in self._widths():
            found = "" if now is None else column.cell(row, now)
            text, style = (
                (found.plain, str(found.style)) if isinstance(found, Text) else (found, "")
            )
            line.append(fitted(text, width, right=column.right), style)
            line.append(" ")
        return line

    def _placeholder(self, place: int) -> Text:
        if self._total is None:
            return Text("  Looking…" if place == 0 else "")
        if self._total == 0 and place == 0:
            return Text(f"  {self._empty}")
        return Text("  …" if place < self._total else "")
