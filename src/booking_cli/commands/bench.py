"""`booking bench`: how fast this machine, this database and this program are together."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from booking_cli import output
from booking_cli.opening import default_database_url
from booking_cli.options import AsJson, Database

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(help="Measure, beside baselines in the same run.")

ServerDatabase = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Where to sell, as sqlite:///file or postgresql+psycopg://user@host/name; the rows "
        "stay there. Without it a file that is removed afterwards.",
    ),
]

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


@app.command()
def http(
    *,
    database: ServerDatabase = None,
    connections: Annotated[int, typer.Option(min=1, max=1024, help="Connections at once.")] = 64,
    seconds: Annotated[
        float, typer.Option(min=0.5, max=60, help="How long each, without the warm-up.")
    ] = 6.0,
    as_json: AsJson = False,
) -> None:
    """Holds per second over HTTP on one worker, beside a trivial endpoint and a naive server."""
    with _somewhere(database) as url:
        report = _measured(
            "http", database=url, connections=connections, seconds=seconds, as_json=as_json
        )

    def draw() -> "RenderableType":
        from booking_cli.views import measurements

        return measurements.http(report)

    output.show(report, draw, as_json=as_json)


@app.command()
def sockets(
    *,
    database: ServerDatabase = None,
    sockets: Annotated[
        int, typer.Option(min=1, max=10_000, help="Sockets that watch one trip.")
    ] = 1_000,
    changes: Annotated[int, typer.Option(min=1, max=1_000, help="Seats that change.")] = 50,
    as_json: AsJson = False,
) -> None:
    """How soon all sockets of a trip have a change, on one worker."""
    with _somewhere(database) as url:
        report = _measured(
            "sockets", database=url, sockets=sockets, changes=changes, as_json=as_json
        )

    def draw() -> "RenderableType":
        from booking_cli.views import measurements

        return measurements.sockets(report)

    output.show(report, draw, as_json=as_json)


@app.command()
def rides(
    *,
    database: ServerDatabase = None,
    drivers: Annotated[
        int, typer.Option(min=1, max=100_000, help="Drivers who are online.")
    ] = 5_000,
    requests: Annotated[float, typer.Option(min=1, max=1_000, help="Requests a second.")] = 100.0,
    seconds: Annotated[float, typer.Option(min=0.1, max=600, help="How long.")] = 10.0,
    contenders: Annotated[
        int, typer.Option(min=1, max=500, help="Drivers who accept one ride at once.")
    ] = 50,
    as_json: AsJson = False,
) -> None:
    """How long it takes to find the nearest drivers, to take a position, and to accept a ride."""
    from booking_core.engine.bench.rides import RideWorkload, bench_rides

    workload = RideWorkload(drivers, requests, seconds, contenders)
    with _somewhere(database) as url, output.status("Preparing…", as_json=as_json) as say:
        report = bench_rides(
            url,
            workload,
            on_step=lambda step, takes: say(f"{step}, {takes:.0f} s…" if takes else f"{step}…"),
        )

    def draw() -> "RenderableType":
        from booking_cli.views import measurements

        return measurements.rides(report)

    output.show(report.as_dict(), draw, as_json=as_json)


@contextmanager
def _somewhere(url: str | None) -> Iterator[str]:
    """The database named, or a file that is removed afterwards."""
    if url is not None:
        yield url
        return
    with TemporaryDirectory(prefix="booking-bench-") as folder:
        yield f"sqlite:///{folder}/bench.sqlite3"


def _measured(what: str, *, as_json: bool, **options: object) -> dict[str, Any]:
    """What the load generator reports: a process of its own, so that it and the command line do
    not slow each other. By name, as `booking serve` finds the server."""
    import json
    import subprocess
    import sys

    command = [sys.executable, "-m", "booking_api.bench", what]
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    with output.status("Measuring…", as_json=as_json):
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise typer.Exit(done.returncode)
    report: dict[str, Any] = json.loads(done.stdout)
    return report
