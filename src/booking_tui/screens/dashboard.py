"""How things stand, at a glance."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Container, Grid, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from booking_core.domain.desk import Overview, TopSeller
from booking_tui.formats import bar, count, data, duration, moneys, percent, short_moment, sparkline
from booking_tui.screens.base import FramedScreen

_LATE = timedelta(seconds=30)
_MANY_WAITING = 1_000
_BAR = 10


class DashboardScreen(FramedScreen):
    mode = "dashboard"
    _shown: Overview | None = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]

    def body(self) -> Iterable[Widget]:
        with VerticalScroll(id="dashboard", can_focus=False):
            yield Static("Looking…", id="health", markup=False)
            with Grid(id="tiles"):
                for name in ("sales", "holds", "capacity", "trouble"):
                    yield Static(id=name, classes="tile", markup=False)
            yield Static(id="spark", markup=False)
            with Container(id="tops"):
                yield Static(id="departures", markup=False)
                yield Static(id="events", markup=False)

    def action_scroll(self, by: int) -> None:
        self.query_one("#dashboard", VerticalScroll).scroll_relative(y=by, animate=False)

    def look(self) -> None:
        zone = self.console_app.time_zone
        self.look_by(lambda backend: backend.overview(zone), self._draw)

    def tell_loss(self, text: str | None) -> None:
        super().tell_loss(text)
        self._draw_health()

    def _draw_health(self) -> None:
        if self._shown is not None:
            is_lost = self.console_app.lost is not None
            self.query_one("#health", Static).update(_health(self._shown, is_lost=is_lost))

    def _draw(self, found: Overview) -> None:
        self._shown = found
        self._draw_health()
        parts: dict[str, Text | Table] = {
            "sales": _sales(found),
            "holds": _holds(found),
            "capacity": _capacity(found),
            "trouble": _trouble(found),
            "spark": _spark(found),
            "departures": _top("Departures that sell", found.departures),
            "events": _top("Events that sell", found.events),
        }
        for name, content in parts.items():
            self.query_one(f"#{name}", Static).update(content)


def _health(found: Overview, *, is_lost: bool) -> Text:
    """Each with a sign, for whoever sees no colours. What is lost was last seen like that."""
    figures = found.figures
    sockets = "–" if found.sockets is None else str(found.sockets)
    parts = (
        ("database", "lost" if is_lost else "up", not is_lost),
        ("sweeper", f"{duration(figures.sweeper_lag)} behind", figures.sweeper_lag < _LATE),
        ("outbox", f"{figures.messages_waiting:,}", figures.messages_waiting < _MANY_WAITING),
        ("dead letters", f"{figures.messages_dead:,}", not figures.messages_dead),
        ("sockets", sockets, True),
    )
    line = Text()
    for name, value, is_well in parts:
        # What belongs together stays on one line.
        line.append("●\xa0" if is_well else "▲\xa0", "green" if is_well else "bold red")
        line.append(f"{name} ".replace(" ", "\xa0"), "dim")
        line.append(value.replace(" ", "\xa0"), "" if is_well else "bold red")
        line.append("  ")
    line.append("\n")
    return line.append_text(data(found.database, "dim"))


def _tile(title: str, big: str, *rows: str, style: str = "bold") -> Text:
    return Text.assemble((f"{title}\n", "dim"), (f"{big}\n", style), "\n".join(rows))


def _sales(found: Overview) -> Text:
    figures = found.figures
    return _tile(
        "Revenue today",
        moneys(figures.revenue_today),
        f"{figures.bookings_today:,} sold, {figures.bookings_total:,} in all",
        f"{figures.cancellations_today:,} cancelled today",
    )


def _holds(found: Overview) -> Text:
    figures = found.figures
    return _tile(
        "Holds",
        f"{figures.holds_live:,} live",
        f"{figures.holds_expiring_soon:,} expiring in 5 minutes",
        f"{count(figures.blocked, 'seat')} blocked",
    )


def _capacity(found: Overview) -> Text:
    figures = found.figures
    return _tile(
        "Next 24 hours",
        f"{percent(figures.places_sold_soon, figures.places_soon)} sold",
        bar(figures.places_sold_soon, figures.places_soon, _BAR * 2),
        f"{count(figures.departures_soon, 'start')}, {count(figures.places_soon, 'place')}",
    )


def _trouble(found: Overview) -> Text:
    figures = found.figures
    return _tile(
        "Refunds and failures",
        f"{count(figures.refunds_pending, 'refund')} under way",
        f"{count(figures.refunds_failed, 'refund')} given up",
        f"{count(figures.payments_failed_today, 'payment')} failed today",
        style="bold red" if figures.refunds_failed else "bold",
    )


def _spark(found: Overview) -> Text:
    now, most = found.per_minute[-1], max(found.per_minute)
    return Text.assemble(
        ("Bookings a minute, the last hour", "dim"),
        f"  {now:,} now, {most:,} at most\n",
        (sparkline(found.per_minute), "green"),
    )


def _top(title: str, sellers: Sequence[TopSeller]) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_row("", Text(title, "dim"))
    for one in sellers:
        table.add_row(
            Text(short_moment(one.starts_at, one.time_zone)),
            data(one.name),
            Text(bar(one.sold, one.places, _BAR), "green"),
            Text(percent(one.sold, one.places)),
        )
    return table
