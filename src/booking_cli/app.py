"""The `booking` command: puts the commands together. Nothing heavy is imported before one runs."""

import sys
from typing import Annotated

import typer

from booking_cli import errors
from booking_cli.commands import (
    api_keys,
    audit,
    backups,
    bench,
    bookings,
    changes,
    db,
    demo,
    doctor,
    drivers,
    events,
    expiry,
    fsck,
    hold,
    holds,
    inventory,
    outbox,
    payments,
    report,
    rides,
    seed,
    serve,
    simulate,
    tickets,
    tui,
    users,
    venues,
    vouchers,
    waitlist,
    watch,
)
from booking_cli.groups import LOOK, OPERATE, TRY, RootGroup

_EPILOG = """\
Exit codes: 0 done; 1 refused by a rule, unknown id, bad feed, violations found; 2 usage;
3 the database cannot be used; 130 interrupted. With --json an error is one object on stderr,
{"error": {"code", "message", "field"?, "details"?}}, and stdout stays empty.
"""

app = typer.Typer(
    name="booking",
    cls=RootGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    *,
    wants_version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Sell seats and places without ever selling one twice."""
    if wants_version:
        from importlib.metadata import version

        typer.echo(f"booking-engine {version('booking-engine')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(errors.USAGE)


app.add_typer(demo.app)
app.add_typer(seed.app, name="seed", rich_help_panel=TRY)
app.add_typer(simulate.app, name="simulate", rich_help_panel=TRY)
app.add_typer(inventory.app, name="inventory", rich_help_panel=LOOK)
app.add_typer(events.app, name="events", rich_help_panel=LOOK)
app.add_typer(venues.app, name="venues", rich_help_panel=LOOK)
app.add_typer(bookings.app, name="bookings", rich_help_panel=LOOK)
app.add_typer(holds.app, name="holds", rich_help_panel=LOOK)
app.add_typer(tickets.app, name="ticket", rich_help_panel=LOOK)
app.add_typer(payments.app, name="payments", rich_help_panel=LOOK)
app.add_typer(waitlist.app, name="waitlist", rich_help_panel=LOOK)
app.add_typer(vouchers.app, name="vouchers", rich_help_panel=OPERATE)
app.add_typer(report.app, name="report", rich_help_panel=LOOK)
app.add_typer(rides.app, name="rides", rich_help_panel=LOOK)
app.add_typer(watch.app)
app.add_typer(hold.app)
app.add_typer(changes.app)
app.add_typer(db.app, name="db", rich_help_panel=OPERATE)
app.add_typer(users.app, name="user", rich_help_panel=OPERATE)
app.add_typer(api_keys.app, name="apikey", rich_help_panel=OPERATE)
app.add_typer(drivers.app, name="drivers", rich_help_panel=OPERATE)
app.add_typer(expiry.app)
app.add_typer(serve.app)
app.add_typer(tui.app)
app.add_typer(doctor.app)
app.add_typer(doctor.config_app, name="config", rich_help_panel=OPERATE)
app.add_typer(backups.app)
app.add_typer(fsck.app)
app.add_typer(audit.app, name="audit", rich_help_panel=OPERATE)
app.add_typer(outbox.app, name="outbox", rich_help_panel=OPERATE)
app.add_typer(payments.refunds_app, name="refunds", rich_help_panel=OPERATE)
app.add_typer(bench.app, name="bench", rich_help_panel=OPERATE)


def main() -> None:
    """The console script."""
    app(prog_name="booking")


def console() -> None:
    """The console script `booking-console`: `booking tui`, for short."""
    app(["tui", *sys.argv[1:]], prog_name="booking")
