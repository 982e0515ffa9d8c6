"""`booking demo`: rehearse a sale, from a timetable to the last recount."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from booking_cli import errors, output
from booking_cli.groups import TRY
from booking_cli.opening import open_system
from booking_cli.options import AsJson, DemoDatabase

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core import BookingSystem
    from booking_core.engine.demo import Offer
    from booking_core.engine.rehearsal import Outcome, Pulse, Rush

app = typer.Typer()


@app.command(rich_help_panel=TRY)
def demo(
    *,
    gtfs: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Sell this GTFS feed instead of the shipped one."),
    ] = None,
    buyers: Annotated[
        int, typer.Option(min=1, max=256, metavar="N", help="How many buy at the same time.")
    ] = 32,
    seconds: Annotated[
        float, typer.Option(min=0.2, max=3600, metavar="S", help="How long the rush lasts.")
    ] = 8.0,
    database: DemoDatabase = None,
    as_json: AsJson = False,
) -> None:
    """Rehearse a sale, from its opening to the last recount.

    Simulated buyers rush in on tomorrow's departures of a timetable, a theatre evening and a
    concert. A feed without service tomorrow lends its busiest day. Exits with 1 if the recount
    finds a violation.
    """
    from booking_cli.seeding import create
    from booking_core.engine.rehearsal import Rush

    rush = Rush(buyers=buyers, seconds=seconds)
    commits: list[int] = []
    with ExitStack() as stack:
        url = database or stack.enter_context(_fresh_database())
        system = stack.enter_context(open_system(url, migrate=True, observe_batch=commits.append))
        offer = _read_offer(system, gtfs, as_json=as_json)
        if not as_json:
            place = system.database_name if database else "a fresh file, removed afterwards"
            output.show(None, lambda: _draw_plan(offer, rush, place), as_json=False)
        inventory_ids = create(system, offer.drafts, as_json=as_json)
        outcome = _rehearse(system, inventory_ids, rush, as_json=as_json)
    output.show(
        _document(offer, outcome, commits),
        lambda: _draw_outcome(outcome, commits),
        as_json=as_json,
    )
    if outcome.report.violations:
        raise typer.Exit(errors.REFUSED)


@contextmanager
def _fresh_database() -> Iterator[str]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="booking-demo-") as folder:
        yield f"sqlite:///{Path(folder) / 'rehearsal.sqlite3'}"


def _read_offer(system: "BookingSystem", gtfs: str | None, *, as_json: bool) -> "Offer":
    from booking_core.engine.demo import tomorrows_offer

    with output.progress(as_json=as_json) as bars:
        task = bars.add_task("Reading the timetable", total=None)
        return tomorrows_offer(
            None if gtfs is None else Path(gtfs),
            system.now(),
            lambda done, total: bars.update(task, completed=done, total=total),
        )


def _rehearse(
    system: "BookingSystem", inventory_ids: tuple[str, ...], rush: "Rush", *, as_json: bool
) -> "Outcome":
    from booking_core.engine.rehearsal import rehearse

    with output.progress(as_json=as_json) as bars:
        selling = bars.add_task("Buyers look at what there is", total=rush.seconds)
        after = bars.add_task("", total=None, visible=False)

        def on_pulse(pulse: "Pulse") -> None:
            text = f"{pulse.tried:,} holds tried, {pulse.won:,} won, {pulse.confirmed:,} sold"
            bars.update(selling, description=text, completed=pulse.elapsed)

        def on_stage(stage: str) -> None:
            bars.update(selling, visible=False)
            bars.update(after, description=stage.capitalize(), visible=True)

        return rehearse(system, inventory_ids, rush, on_pulse=on_pulse, on_stage=on_stage)


def _document(offer: "Offer", outcome: "Outcome", commits: list[int]) -> dict[str, Any]:
    return {
        "timetable": offer.timetable,
        "service_day": offer.service.day.isoformat(),
        "runs_on": offer.service.runs_on.isoformat(),
        "departures": len(offer.departures),
        **outcome.as_dict(),
        "commits": len(commits),
    }


def _draw_plan(offer: "Offer", rush: "Rush", place: str) -> "RenderableType":
    from booking_cli.views import rehearsal

    return rehearsal.plan(offer, rush, place)


def _draw_outcome(outcome: "Outcome", commits: list[int]) -> "RenderableType":
    from booking_cli.views import rehearsal

    return rehearsal.results(outcome, commits)
