"""`booking serve`: the server on one process."""

import os
from typing import Annotated

import typer

from booking_cli.groups import OPERATE
from booking_cli.opening import default_database_url, open_system
from booking_cli.options import DATABASE_VARIABLE, Database

app = typer.Typer()


@app.command(rich_help_panel=OPERATE)
def serve(
    *,
    database: Database = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen.")] = 8000,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill the database with the demo data first.")
    ] = False,
) -> None:
    """Run the server: health checks and the sweeper so far; the contracts are on their way."""
    import uvicorn

    url = database or default_database_url()
    with open_system(url, migrate=True) as system:
        if demo:
            from booking_core.clock import SystemClock
            from booking_core.engine.demo import demo_drafts

            system.create_inventories(demo_drafts(SystemClock().now()))
    # By name: the command line and the server know the engine, not each other.
    os.environ[DATABASE_VARIABLE] = url
    uvicorn.run("booking_api.main:app", host=host, port=port)
