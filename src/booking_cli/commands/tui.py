"""`booking tui`: the console, in this terminal or in a browser."""

import os
import shlex
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import typer

from booking_cli import output
from booking_cli.groups import OPERATE
from booking_cli.opening import default_database_url, secret_key
from booking_cli.options import API_KEY_VARIABLE, DATABASE_VARIABLE, Database, TimeZone
from booking_core.errors import InvalidRequest

app = typer.Typer()

_PROGRAM = "from booking_cli.app import main; main()"


@app.command(rich_help_panel=OPERATE)
def tui(
    *,
    database: Database = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A server instead of a database: https://…"),
    ] = None,
    api_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", envvar=API_KEY_VARIABLE, help="The server's; it is asked for without."
        ),
    ] = None,
    local_operator: Annotated[
        bool,
        typer.Option("--local-operator", help="Without a login, for the owner of the file."),
    ] = False,
    time_zone: TimeZone = "UTC",
    serve: Annotated[
        bool, typer.Option("--serve", help="In a browser; everyone there logs in.")
    ] = False,
    host: Annotated[str, typer.Option(help="Where to listen, with --serve.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where to listen, with --serve.")
    ] = 8080,
) -> None:
    """Open the console for operators.

    Of a database, where it asks for an admin account, or of a server by its address. ? shows
    its keys.
    """
    where = database or default_database_url()
    if url is not None and local_operator:
        raise typer.BadParameter("--local-operator is for a database, --url for a server.")
    if serve:
        if local_operator or api_key is not None:
            raise InvalidRequest(
                "Whoever reaches the port would act in your name. Leave out --local-operator and "
                f"--api-key, and unset {API_KEY_VARIABLE}: everybody is asked who they are.",
                field="serve",
            )
        _serve(where, url, time_zone, host, port)
        return
    # By name: the command line and the console know the engine, not each other.
    console = import_module("booking_tui.main")
    console.run(
        database=where,
        secret=secret_key(),
        as_owner=local_operator,
        url=url,
        api_key=api_key,
        time_zone=time_zone,
    )


def _serve(database: str, url: str | None, time_zone: str, host: str, port: int) -> None:
    if find_spec("textual_serve") is None:
        raise InvalidRequest(
            "--serve needs a package more: pip install 'booking-engine[browser]'", field="serve"
        )
    from textual_serve.server import Server

    from booking_cli.listening import require_free

    require_free(host, port)
    os.environ[DATABASE_VARIABLE] = database
    words = [sys.executable, "-c", _PROGRAM, "tui", "--time-zone", time_zone]
    if url is not None:
        words += ["--url", url]
    output.note(f"The console is at http://{host}:{port}")
    Server(shlex.join(words), host, port, title="Booking console").serve()
