"""A simulated city, drawn: a map of it while it lives, and what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from booking_cli import terminal
from booking_cli.simulation.driver import Mode
from booking_cli.simulation.rider import Wish
from booking_cli.simulation.run import Plan, Pulse
from booking_cli.simulation.tally import Outcome, Tally
from booking_cli.views import frames
from booking_core.domain.geo import Point

_WIDTH, _HEIGHT = 46, 18
_DRIVERS = {
    Mode.FREE: ("o", "green"),
    Mode.TO_PICKUP: (">", "cyan"),
    Mode.AT_PICKUP: ("=", "bold cyan"),
    Mode.ON_TRIP: ("#", "bold blue"),
    Mode.AWAY: ("x", "dim red"),
}
_RIDERS = {Wish.WAITING: ("!", "bold yellow"), Wish.EXPECTING: ("?", "yellow")}
_STREET = ("·", "dim")

Cell = tuple[str, str]


class View(Protocol):
    """Who looks on."""

    def show(self, pulse: Pulse) -> None: ...

    def say(self, stage: str) -> None: ...


class _Blind:
    def show(self, pulse: Pulse) -> None:
        """Nobody is looking."""

    def say(self, stage: str) -> None:
        """Nobody is listening."""


class _Window:
    def __init__(self, live: Live, plan: Plan) -> None:
        self._live = live
        self._plan = plan
        self._stage = ""

    def show(self, pulse: Pulse) -> None:
        picture = Columns([_map(pulse), _counters(pulse, self._plan)])
        self._live.update(Group(picture, self._line()), refresh=True)

    def say(self, stage: str) -> None:
        self._stage = stage
        self._live.update(self._line(), refresh=True)

    def _line(self) -> Text:
        return Text(f"{self._stage}…", "dim")


@contextmanager
def watching(plan: Plan, *, as_json: bool) -> Iterator[View]:
    """A live picture on stderr; it stays away where nobody is looking."""
    console = terminal.stderr()
    if as_json or not console.is_terminal:
        yield _Blind()
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield _Window(live, plan)


def results(outcome: Outcome) -> RenderableType:
    """What came of it."""
    found = outcome.as_dict()
    table = frames.table()
    table.add_column("In the city", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    for name, key in _ROWS:
        table.add_row(name, f"{found[key]:,}")
    table.add_row(Text("Double accepts", "bold"), _verdict(found["double_accepts"]))
    for what, count in found["surprises"].items():
        table.add_row(Text(f"Unexpected: {what}", "red"), f"{count:,}")
    return Group(Text(_heading(outcome), "bold"), Text(), table)


_ROWS = (
    ("Requests", "requests"),
    ("Served", "served"),
    ("Cancelled", "cancelled"),
    ("Expired", "expired"),
    ("Still under way", "under_way"),
    ("Wait p50, s", "wait_p50_s"),
    ("Wait p95, s", "wait_p95_s"),
    ("Accepted", "accepts"),
    ("Too late", "too_late"),
    ("Declined", "declined"),
    ("Given back", "given_back"),
    ("Vanished", "vanished"),
    ("Wrong codes", "wrong_codes"),
)


def _heading(outcome: Outcome) -> str:
    return (
        f"{outcome.riders:,} riders and {outcome.drivers:,} drivers, {outcome.minutes:g} minutes "
        f"in {outcome.seconds:.0f} seconds; waits are in the city's time"
    )


def _verdict(double_accepts: int) -> Text:
    return Text(f"{double_accepts:,}", "bold red" if double_accepts else "bold green")


def _counters(pulse: Pulse, plan: Plan) -> RenderableType:
    tally: Tally = pulse.tally
    lines = frames.card()
    lines.add_row("Minute", f"{pulse.elapsed / 60:.1f} of {plan.minutes:g}")
    lines.add_row("Requested", f"{tally.requested:,}")
    lines.add_row("Accepted", f"{tally.accepted:,}")
    lines.add_row("Served", f"{tally.served:,}")
    lines.add_row("Cancelled", f"{tally.cancelled:,}")
    lines.add_row("Too late", f"{tally.too_late:,}")
    lines.add_row("Declined", f"{tally.declined:,}")
    lines.add_row("Vanished", f"{tally.vanished:,}")
    lines.add_row("", "")
    for mode, (sign, style) in _DRIVERS.items():
        count = sum(driver.mode is mode for driver in pulse.drivers)
        lines.add_row(Text(f"{sign} {mode}", style), f"{count:,}")
    for wish, (sign, style) in _RIDERS.items():
        count = sum(rider.wish is wish for rider in pulse.riders)
        lines.add_row(Text(f"{sign} {wish} rider", style), f"{count:,}")
    return lines


def _map(pulse: Pulse) -> RenderableType:
    cells: dict[tuple[int, int], Cell] = {}
    for rider in pulse.riders:
        if rider.wish in _RIDERS:
            cells[_cell(pulse, rider.place)] = _RIDERS[rider.wish]
    for driver in pulse.drivers:
        cells[_cell(pulse, driver.place)] = _DRIVERS[driver.mode]
    text = Text()
    for row in range(_HEIGHT):
        for column in range(_WIDTH):
            text.append(*cells.get((row, column), _STREET))
        text.append("\n" if row < _HEIGHT - 1 else "")
    return Panel.fit(text, title="Mumbai", padding=0)


def _cell(pulse: Pulse, place: Point) -> tuple[int, int]:
    """Row from the north and column from the west; what lies outside is at the edge."""
    city = pulse.city
    reach = city.radius_m * 1.6 / 111_195
    down = (city.centre.lat + reach - place.lat) / (2 * reach)
    right = (place.lng - city.centre.lng + reach) / (2 * reach)
    return _clamped(down, _HEIGHT), _clamped(right, _WIDTH)


def _clamped(share: float, size: int) -> int:
    return min(max(int(share * size), 0), size - 1)
