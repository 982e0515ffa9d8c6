"""`booking backup` and `booking restore`."""

from pathlib import Path
from typing import Annotated

import typer

from booking_cli import output
from booking_cli.groups import OPERATE
from booking_cli.opening import default_database_url
from booking_cli.options import AsJson, Database

app = typer.Typer()

_FSCK = "Recount what is in it: booking fsck"


@app.command(rich_help_panel=OPERATE)
def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
    *,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database to a file while it is in use.

    SQLite by its online backup, PostgreSQL by pg_dump.
    """
    from booking_core.engine.backups import back_up

    made = back_up(database or default_database_url(), Path(file))
    output.show(
        made.as_dict(), lambda: f"{made.file} has {made.bytes:,} bytes. {_FSCK}", as_json=as_json
    )


@app.command(rich_help_panel=OPERATE)
def restore(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What `booking backup` made.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what is in the database.")
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back. End servers and workers first."""
    from booking_core.engine.backups import restore as bring_back

    done = bring_back(database or default_database_url(), Path(file), force=force)
    output.show(
        done.as_dict(), lambda: f"{done.database} is as in {done.file}. {_FSCK}", as_json=as_json
    )
