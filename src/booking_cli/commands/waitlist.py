"""`booking waitlist`: who waits for what is sold out."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, Limit, Offset

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core.domain.waitlist import WaitlistStanding

app = typer.Typer(help="Who waits for what is sold out.")

# The values of WaitlistState, which would cost --help the import of the domain.
States = Literal["waiting", "offered", "accepted", "declined", "expired", "left"]


@app.callback()
def waitlist() -> None:
    """Who waits for what is sold out."""


@app.command("list")
def list_entries(
    inventory: Annotated[
        str,
        typer.Argument(metavar="EVENT", help="An event's id, or the id of any inventory."),
    ],
    *,
    state: Annotated[States | None, typer.Option(help="Only in this state.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List who waits for an event, in the order of joining, with how long it may still take."""
    from booking_core.domain.waitlist import WaitlistState

    states = () if state is None else (WaitlistState(state),)
    with open_system(database) as system:
        inventory_id = system.events.inventory_ids([inventory]).get(inventory, inventory)
        layout = system.layout(inventory_id)
        found, _ = system.waitlist.of_inventory(
            inventory_id, states=states, limit=limit, offset=offset
        )
        standings = system.waitlist.standings(found)

    def draw() -> "RenderableType":
        from booking_cli.views import frames, vouchers

        if not standings:
            return "Nobody waits for it."
        table = vouchers.standings(standings, layout)
        return frames.with_more(table, len(standings), "entry", limit=limit, offset=offset)

    output.show([_document(one) for one in standings], draw, as_json=as_json)


def _document(standing: "WaitlistStanding") -> dict[str, Any]:
    return {
        **standing.entry.as_dict(),
        "position": standing.position,
        "estimated_wait": standing.estimated_wait,
    }
