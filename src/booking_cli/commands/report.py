"""`booking report`: what was sold."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database

if TYPE_CHECKING:
    from datetime import date

    from rich.console import RenderableType

app = typer.Typer(help="What was sold.")


@app.callback()
def report() -> None:
    """What was sold."""


@app.command()
def sales(
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day of sales.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="The last day of sales.")
    ] = None,
    time_zone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="By whose clocks days are counted.")
    ] = "UTC",
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print CSV, made safe for spreadsheets.")
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """What was booked of events, sale by sale, with what was refunded; all days by default."""
    first, last = _day(since), _day(until)
    with open_system(database) as system:
        rows = system.reports.sales(first, last, time_zone)
        if as_csv and not as_json:
            from booking_core.domain.spreadsheets import csv_lines
            from booking_core.engine.reports import SALES_COLUMNS

            for line in csv_lines(SALES_COLUMNS, rows):
                sys.stdout.write(line.replace("\r\n", "\n"))
            return
        found = list(rows)
        figures = system.analytics.dashboard(first, last, time_zone)

    def draw() -> "RenderableType":
        from booking_cli.views import programme

        if not found:
            return "Nothing of any event was sold then."
        return programme.sales(found, figures)

    from booking_core.engine.reports import SALES_COLUMNS

    shown = [dict(zip(SALES_COLUMNS, row, strict=True)) for row in found]
    output.show(shown, draw, as_json=as_json)


def _day(text: str | None) -> "date | None":
    from booking_cli.seed_options import service_date

    return None if text is None else service_date(text)
