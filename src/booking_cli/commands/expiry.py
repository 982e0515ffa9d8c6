"""`booking expire` and `booking worker`: closing holds whose time is over."""

import signal
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.formats import count
from booking_cli.groups import OPERATE
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database

if TYPE_CHECKING:
    from booking_core.errors import StorageError

app = typer.Typer()


@app.command(rich_help_panel=OPERATE)
def expire(*, database: Database = None, as_json: AsJson = False) -> None:
    """Close every hold whose time is over, once.

    Such holds stop counting by themselves; this frees their rows and writes down that they ended.
    """
    with open_system(database) as system:
        expired = system.expire()
    output.show({"expired": expired}, lambda: f"{count(expired, 'hold')} expired.", as_json=as_json)


@app.command(rich_help_panel=OPERATE)
def worker(
    *,
    every: Annotated[
        float, typer.Option(min=0.05, max=3600, metavar="S", help="Seconds between two sweeps.")
    ] = 1.0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Keep closing holds whose time is over, until stopped.

    Any number of workers may run at once, on any number of machines. Ctrl-C or SIGTERM ends one
    cleanly. While the database is away it keeps trying.
    """
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    log = SweepLog()
    with open_system(database) as system:
        output.note(f"Sweeping {system.database_name} every {every:g} s; Ctrl-C stops.")
        sweeper = system.sweeper()
        try:
            sweeper.run(stop, every, log.observe)
        finally:
            sweeper.close()
    swept = f"{count(log.sweeps, 'sweep')}, {count(log.expired, 'hold')} expired"
    output.show(
        {"expired": log.expired, "sweeps": log.sweeps, "failures": log.failures},
        lambda: f"Stopped: {swept}.",
        as_json=as_json,
    )


class SweepLog:
    """Counts sweeps; says when something happened, and a failure only when it is a new one."""

    def __init__(self) -> None:
        self.expired = self.sweeps = self.failures = 0
        self._failing_with = ""

    def observe(self, result: "int | StorageError") -> None:
        if not isinstance(result, int):
            self.failures += 1
            if result.message != self._failing_with:
                output.note(f"{result.message} Trying again.")
            self._failing_with = result.message
            return
        if self._failing_with:
            output.note("The database is back.")
            self._failing_with = ""
        self.sweeps += 1
        self.expired += result
        if result:
            output.note(f"{count(result, 'hold')} expired.")
