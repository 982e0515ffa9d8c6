"""`booking watch` and `booking top`: looking on, without the console."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from booking_cli import documents, output
from booking_cli.groups import LOOK
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, FromLeg, Inventory, TimeZone, ToLeg

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core import BookingSystem

app = typer.Typer()

_SECONDS_BETWEEN_LOOKS = 1.0

Once = Annotated[bool, typer.Option("--once", help="Show it as it is now, and end.")]


@app.command(rich_help_panel=LOOK)
def watch(
    inventory: Inventory,
    *,
    from_leg: FromLeg = 0,
    to_leg: ToLeg = None,
    once: Once = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Watch an inventory's seats or tiers as they change.

    Until Ctrl-C. With --json each state is a document on a line of its own.
    """
    with open_system(database) as system:

        def document() -> Any:
            board = system.desk.board(inventory, from_leg, to_leg)
            return documents.board(board)

        def draw() -> "RenderableType":
            from booking_cli.views import watching

            summary = system.inventory(inventory)
            seat_map = system.seat_map(inventory, from_leg, to_leg)
            return watching.inventory(summary, seat_map, system.tiers(inventory))

        _follow(system, document, draw, once=once, as_json=as_json)


@app.command(rich_help_panel=LOOK)
def top(
    *,
    once: Once = False,
    time_zone: TimeZone = "UTC",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show how things stand, on one live page.

    Until Ctrl-C. With --json each state is a document on a line of its own.
    """
    with open_system(database) as system:

        def draw() -> "RenderableType":
            from booking_cli.views import watching

            return watching.overview(system.desk.overview(time_zone))

        _follow(
            system,
            lambda: documents.overview(system.desk.overview(time_zone)),
            draw,
            once=once,
            as_json=as_json,
        )


def _follow(
    system: "BookingSystem",
    document: Callable[[], Any],
    draw: "Callable[[], RenderableType]",
    *,
    once: bool,
    as_json: bool,
) -> None:
    if once:
        output.show(document() if as_json else None, draw, as_json=as_json)
        return
    news = Event()
    with system.watching(news.set):
        if as_json:
            _print_changes(news, document)
        else:
            _redraw(news, draw)


def _print_changes(news: Event, document: Callable[[], Any]) -> None:
    seen: Any = None
    for _ in _looks(news):
        found = document()
        if found != seen:
            seen = found
            output.json_line(found)


def _redraw(news: Event, draw: "Callable[[], RenderableType]") -> None:
    with _screen() as show:
        for _ in _looks(news):
            show(draw())


def _looks(news: Event) -> Iterator[None]:
    """Now, and then whenever something may have changed, not more often than can be read."""
    pause = Event()
    while True:
        news.clear()
        yield
        pause.wait(_SECONDS_BETWEEN_LOOKS)
        news.wait()


@contextmanager
def _screen() -> "Iterator[Callable[[RenderableType], None]]":
    from rich.live import Live

    from booking_cli import terminal

    with Live(console=terminal.stdout(), auto_refresh=False, vertical_overflow="crop") as live:
        yield lambda drawn: live.update(drawn, refresh=True)
