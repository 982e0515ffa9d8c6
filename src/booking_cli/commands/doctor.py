"""`booking doctor`, `booking config show` and `booking openapi`: is all as it should be?"""

import json
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from booking_cli import errors, output
from booking_cli.groups import OPERATE
from booking_cli.opening import default_database_url
from booking_cli.options import AsJson, Database
from booking_core.errors import BookingError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core.engine.doctor import Check

app = typer.Typer()
config_app = typer.Typer(help="The settings of the server.")

_MASK = "********"


@app.command(rich_help_panel=OPERATE)
def doctor(*, database: Database = None, as_json: AsJson = False) -> None:
    """Look for what is not well, and say how to mend it.

    At settings, database, clock, disk and permissions. The exit code is 1 where something is not.
    """
    from booking_core.engine.doctor import examine

    url = database or default_database_url()
    checks = [_settings_check(url), *examine(url)]

    def draw() -> "RenderableType":
        from booking_cli.views import doctor

        return doctor.report(checks)

    output.show([check.as_dict() for check in checks], draw, as_json=as_json)
    if not all(check.is_well for check in checks):
        raise typer.Exit(errors.REFUSED)


def _settings_check(url: str) -> "Check":
    from booking_core.engine.doctor import Check

    try:
        settings = _settings(url)
        settings.require_safe()
    except BookingError as error:
        return Check("settings", False, error.message, "Set them in the environment, as said.")
    return Check("settings", True, f"good for {settings.environment}")


@config_app.command("show")
def show(*, database: Database = None, as_json: AsJson = False) -> None:
    """Show every setting of the server, with secrets masked, and whether it was set."""
    from booking_core.engine.maintenance import shown_url

    url = database or default_database_url()
    settings = _settings(url)
    rows = [
        {
            "name": f"BOOKING_{name.upper()}",
            "value": shown_url(url) if name == "database_url" else _shown(getattr(settings, name)),
            "is_set": f"BOOKING_{name.upper()}" in os.environ,
        }
        for name in type(settings).model_fields
    ]

    def draw() -> "RenderableType":
        from booking_cli.views import doctor

        return doctor.settings(rows)

    output.show(rows, draw, as_json=as_json)


@app.command(rich_help_panel=OPERATE)
def openapi(
    *,
    contracts: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Which, as trip,bus; all by default.")
    ] = None,
) -> None:
    """Print the server's OpenAPI document."""
    options = {} if contracts is None else {"contracts": contracts}
    settings = _settings("sqlite:///unused.sqlite3", environment="development", **options)
    app = import_module("booking_api.app").create_app(settings)
    json.dump(app.openapi(), sys.stdout, indent=2, ensure_ascii=True)
    sys.stdout.write("\n")


def _settings(url: str, **given: Any) -> Any:
    # By name: the command line and the server know the engine, not each other.
    settings = import_module("booking_api.settings").Settings
    return settings.load(database_url=url, **given)


def _shown(value: Any) -> Any:
    """What a secret is nobody sees, nor how long it is."""
    if value is None or isinstance(value, bool | int):
        return value
    if hasattr(value, "get_secret_value"):
        return _MASK
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return str(value)
