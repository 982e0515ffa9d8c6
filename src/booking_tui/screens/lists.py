"""A screen that is a list, or several to change between."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from booking_core.domain.listings import LONGEST_SEARCH, Listing
from booking_core.errors import BookingError
from booking_tui.screens.base import FilterLine, FramedScreen
from booking_tui.widgets.columns import Column
from booking_tui.widgets.ledger import Ledger

_SECONDS_OF_THOUGHT = 0.2


def id_of(row: Any) -> str:
    found: str = row.id
    return found


@dataclass(frozen=True, slots=True)
class View:
    """One of a screen's lists: its columns, what tells its lines apart, what is copied by `y`."""

    title: str
    listing: Listing[Any]
    columns: Sequence[Column]
    empty: str
    key: Callable[[Any], str] = id_of


class ListScreen(FramedScreen):
    """`/` searches, `t` changes between the views, enter opens what is under the cursor."""

    views: ClassVar[tuple[View, ...]] = ()
    # Not what comes first: the filter is hidden, and would take the keys all the same.
    AUTO_FOCUS = "Ledger"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter"),
        Binding("t", "turn_view", "Other list"),
        Binding("y", "copy_id", "Copy id", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.view = self.views[0]
        self._thinking: Timer | None = None

    def body(self) -> Iterable[Widget]:
        yield Static(id="heading", markup=False)
        hint = " ".join(f"{name}:" for name in self.view.listing.fields)
        line = FilterLine(
            placeholder=f"words  {hint}",
            id="filter",
            max_length=LONGEST_SEARCH,
            select_on_focus=False,
        )
        line.display = False
        yield line
        yield Ledger(self.view.columns, self.view.key, empty=self.view.empty)

    def on_mount(self) -> None:
        self.set_focus(self.ledger)
        self._head()

    @property
    def ledger(self) -> Ledger:
        return self.query_one(Ledger)

    def look(self) -> None:
        self.ledger.invalidate()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "turn_view":
            return len(self.views) > 1
        return super().check_action(action, parameters)

    @on(Ledger.Wanted)
    def fetch(self, event: Ledger.Wanted) -> None:
        event.stop()
        view, asked = self.view, event.asked

        def otherwise(_: BookingError) -> None:
            self.ledger.forget_waiting()

        self.ask(
            lambda backend: backend.page(view.listing, asked),
            partial(self._accept, view, asked),
            otherwise,
        )

    def _accept(self, view: View, asked: Any, page: Any) -> None:
        if view is self.view:
            self.ledger.accept(asked, page)
            self._head()

    @on(Ledger.Opened)
    def opened(self, event: Ledger.Opened) -> None:
        event.stop()
        self.open(event.row)

    @on(Ledger.Moved)
    def moved(self, event: Ledger.Moved) -> None:
        event.stop()

    def open(self, row: Any) -> None:
        """What is done with a line that was chosen."""

    def _head(self) -> None:
        """Which list this is, how long, in which order, and what was searched."""
        ledger = self.ledger
        line = Text(no_wrap=True, overflow="ellipsis")
        for view in self.views:
            line.append(f" {view.title} ", "bold reverse" if view is self.view else "dim")
        if ledger.total is not None:
            line.append(f"  {ledger.total:,}")
        if ledger.asked.sort is not None:
            line.append(f"  by {ledger.asked.sort}{' ↑' if ledger.asked.backwards else ''}", "dim")
        if ledger.marked:
            line.append(f"  {len(ledger.marked)} marked", "bold")
        self.query_one("#heading", Static).update(line)

    # The filter

    @property
    def filter_line(self) -> FilterLine:
        return self.query_one(FilterLine)

    def action_filter(self) -> None:
        self.filter_line.display = True
        self.set_focus(self.filter_line)

    @on(Input.Changed, "#filter")
    def think(self, event: Input.Changed) -> None:
        event.stop()
        if self._thinking is not None:
            self._thinking.stop()
        self._thinking = self.set_timer(
            _SECONDS_OF_THOUGHT, partial(self.ledger.search, event.value.strip())
        )

    @on(Input.Submitted, "#filter")
    def found(self, event: Input.Submitted) -> None:
        event.stop()
        self.ledger.search(event.value.strip())
        self.filter_line.action_leave()

    def action_turn_view(self) -> None:
        self.view = self.views[(self.views.index(self.view) + 1) % len(self.views)]
        self.filter_line.value = ""
        self.filter_line.display = False
        self.ledger.become(self.view.columns, self.view.key, self.view.empty)
        self.set_focus(self.ledger)
        self.ledger.invalidate()
        self._head()
        self.refresh_bindings()

    def action_copy_id(self) -> None:
        if self.ledger.row is not None:
            self.copy(self.view.key(self.ledger.row))
