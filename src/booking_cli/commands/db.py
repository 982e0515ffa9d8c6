"""`booking db`: the database's schema."""

from typing import TYPE_CHECKING

import typer

from booking_cli import output
from booking_cli.opening import default_database_url
from booking_cli.options import AsJson, Database

if TYPE_CHECKING:
    from booking_core.engine.maintenance import SchemaState

app = typer.Typer(help="The database's schema.")


@app.command()
def upgrade(*, database: Database = None, as_json: AsJson = False) -> None:
    """Bring the database to the schema of this program; make it where there is none.

    Back up a database that holds anything before you upgrade it.
    """
    from booking_core.engine.maintenance import upgrade_schema

    state = upgrade_schema(database or default_database_url())
    verb = "was brought to" if state.changed else "already has"
    output.show(state.as_dict(), lambda: _sentence(state, verb), as_json=as_json)


@app.command()
def check(*, database: Database = None, as_json: AsJson = False) -> None:
    """Say whether the database can be used as it is; if not, what to run."""
    from booking_core.engine.maintenance import check_schema

    state = check_schema(database or default_database_url())
    output.show(state.as_dict(), lambda: _sentence(state, "has"), as_json=as_json)


def _sentence(state: "SchemaState", verb: str) -> str:
    return f"{state.database} {verb} schema {state.schema}, the one this program needs."
