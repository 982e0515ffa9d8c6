"""`booking serve`: the server, on one process or several."""

import os
import tempfile
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.groups import OPERATE
from booking_cli.opening import default_database_url, open_system
from booking_cli.options import DATABASE_VARIABLE, Database

if TYPE_CHECKING:
    from booking_core import BookingSystem
    from booking_core.domain.policies.holds import HoldPolicy

app = typer.Typer()

_CONTRACTS_VARIABLE = "BOOKING_CONTRACTS"
# By it, workers of one server add up what they counted.
_METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@app.command(rich_help_panel=OPERATE)
def serve(
    *,
    database: Database = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="How many processes serve.")] = 1,
    contracts: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            envvar=_CONTRACTS_VARIABLE,
            help="Which contracts, as trip,ride; all by default.",
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill the database with the demo data first.")
    ] = False,
) -> None:
    """Run the server. Settings are read from the environment: BOOKING_SECRET_KEY and so on."""
    import uvicorn

    from booking_cli.listening import require_free

    url = database or default_database_url()
    os.environ[DATABASE_VARIABLE] = url
    if contracts is not None:
        os.environ[_CONTRACTS_VARIABLE] = contracts
    with ExitStack() as stack:
        if workers > 1:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="booking-metrics-"))
            os.environ[_METRICS_VARIABLE] = folder
        # By name: the command line and the server know the engine, not each other.
        server = import_module("booking_api.main")
        options = server.checked_options(demo=demo)
        require_free(host, port)
        # Before any worker starts, so that they find everything in place.
        with open_system(url, migrate=True) as system:
            if demo:
                _fill(system, server.hold_policies())
            elif not system.inventories(limit=1):
                output.note("There is nothing to sell yet. Try: booking serve --demo")
        if port:
            output.note(f"The documentation is at http://{host}:{port}/docs")
        uvicorn.run(**options, host=host, port=port, workers=workers)


def _fill(system: "BookingSystem", holds: "dict[str, HoldPolicy]") -> None:
    """Demo data, once for a database."""
    from booking_core.engine.demo import fill_demo
    from booking_core.engine.demo_accounts import (
        ADMIN,
        CUSTOMER,
        CUSTOMER_PASSWORD,
        create_demo_accounts,
    )

    fill_demo(system, holds=holds["holds"], event_holds=holds["event_holds"])
    password = create_demo_accounts(system.accounts)
    output.note(f"Customer: {CUSTOMER} / {CUSTOMER_PASSWORD}")
    if password is not None:
        output.note(f"Admin: {ADMIN} / {password} (shown only now)")
