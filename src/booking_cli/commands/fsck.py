"""`booking fsck`: recount everything that must always be true."""

from typing import TYPE_CHECKING

import typer

from booking_cli import errors, output
from booking_cli.groups import OPERATE
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer()


@app.command(rich_help_panel=OPERATE)
def fsck(*, database: Database = None, as_json: AsJson = False) -> None:
    """Recount everything that must always be true.

    Works on a live database. Exits with 1 if anything does not hold.
    """
    with (
        open_system(database) as system,
        output.status("Checking…", as_json=as_json) as say,
    ):
        report = system.fsck(lambda check: say(f"Checking: {check}"))

    def draw() -> "RenderableType":
        from booking_cli.views import reports

        return reports.fsck(report)

    output.show(report.as_dict(), draw, as_json=as_json)
    if report.violations:
        raise typer.Exit(errors.REFUSED)
