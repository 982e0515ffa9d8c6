"""`booking holds`: what is held at this moment."""

import typer

from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, InInventory, Limit, Offset
from booking_cli.showing import show_bookings

app = typer.Typer(help="What is held at this moment.")


@app.command("list")
def list_holds(
    *,
    inventory: InInventory = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List live holds, newest first."""
    with open_system(database) as system:
        if inventory is not None:
            system.inventory(inventory)
        found = system.holds(inventory_id=inventory, limit=limit, offset=offset)
        empty = "Nothing is held at this moment. To hold something: booking hold --help"
        show_bookings(system, found, as_json=as_json, empty=empty, limit=limit, offset=offset)
