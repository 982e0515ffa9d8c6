"""`booking bench`: how fast this machine, this database and this program are together."""

from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.opening import default_database_url
from booking_cli.options import AsJson, Database

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(help="Measure, beside baselines in the same run.")

_HOLD_SECONDS, _CONTENDED_HOLD_SECONDS = 0.5, 0.1


@app.callback()
def bench() -> None:
    """Measure, beside baselines in the same run."""


@app.command()
def hold(
    *,
    database: Database = None,
    callers: Annotated[int, typer.Option(min=1, max=1024, help="Callers at once.")] = 64,
    seconds: Annotated[
        float, typer.Option(min=0.5, help="How long, without the warm-up before it.")
    ] = 10.0,
    hold_seconds: Annotated[
        float | None,
        typer.Option(min=0.01, help="How long a hold lives: 0.5, or 0.1 when contended."),
    ] = None,
    contended: Annotated[
        bool, typer.Option("--contended", help="All fight for the same 200 seats.")
    ] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Measure the baselines afterwards.")
    ] = False,
    clean: Annotated[bool, typer.Option("--clean", help="Remove the rows it made.")] = False,
    as_json: AsJson = False,
) -> None:
    """Holds committed per second, two seats each, and how long callers wait."""
    from booking_core.engine.bench.hold import bench_hold
    from booking_core.engine.bench.workload import Workload

    lifetime = hold_seconds or (_CONTENDED_HOLD_SECONDS if contended else _HOLD_SECONDS)
    workload = Workload(callers, seconds, contended, lifetime)
    with output.status("Preparing…", as_json=as_json) as say:
        report = bench_hold(
            database or default_database_url(),
            workload,
            compare=compare,
            clean=clean,
            on_step=lambda step, takes: say(f"{step}, {takes:.0f} s…" if takes else f"{step}…"),
        )

    def draw() -> "RenderableType":
        from booking_cli.views import measurements

        return measurements.holds(report)

    output.show(report.as_dict(), draw, as_json=as_json)
