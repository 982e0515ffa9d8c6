"""`booking simulate`: a city over the real interface of a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import errors, output
from booking_cli.options import AsJson, DemoDatabase

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_cli.simulation.run import Plan
    from booking_cli.simulation.tally import Outcome

app = typer.Typer(help="See it at work.")


@app.callback()
def simulate() -> None:
    """See it at work."""


@app.command()
def rides(
    *,
    drivers: Annotated[int, typer.Option(min=1, max=500, metavar="N", help="Who drives.")] = 12,
    riders: Annotated[int, typer.Option(min=1, max=500, metavar="M", help="Who rides.")] = 20,
    minutes: Annotated[
        float, typer.Option(min=0.1, max=1440, metavar="K", help="Of the city's time.")
    ] = 20.0,
    speed: Annotated[
        float, typer.Option(min=1, max=120, metavar="S", help="How much faster its time goes by.")
    ] = 40.0,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A server that is there, as `booking serve --demo` without rate limits; by "
            "default one is started, on this machine alone.",
        ),
    ] = None,
    database: DemoDatabase = None,
    as_json: AsJson = False,
) -> None:
    """A city whose riders request and whose drivers move, accept, decline and vanish.

    The server's own time limits stay as they are, however fast the city's time goes by. Exits with
    1 if two drivers ever had one ride, or the server answered what it never should.
    """
    from secrets import token_hex

    from booking_cli.simulation.run import Plan

    plan = Plan(drivers, riders, minutes, speed, token_hex(4))
    with _server(url, database, as_json=as_json) as address:
        outcome = _run(address, plan, as_json=as_json)
    output.show(outcome.as_dict(), lambda: _draw(outcome), as_json=as_json)
    if not outcome.is_good:
        raise typer.Exit(errors.REFUSED)


@contextmanager
def _server(url: str | None, database: str | None, *, as_json: bool) -> Iterator[str]:
    if url is not None:
        yield url
        return
    from contextlib import ExitStack

    from booking_cli.simulation.serving import own_server

    with ExitStack() as stack:
        with output.status("A server starts…", as_json=as_json):
            address = stack.enter_context(own_server(database))
        yield address


def _run(address: str, plan: "Plan", *, as_json: bool) -> "Outcome":
    from booking_cli.simulation.run import simulate
    from booking_cli.views.city import watching

    with watching(plan, as_json=as_json) as view:
        return simulate(address, plan, view.show, view.say)


def _draw(outcome: "Outcome") -> "RenderableType":
    from booking_cli.views import city

    return city.results(outcome)
