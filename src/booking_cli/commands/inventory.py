"""`booking inventory`: what there is to sell, and how it stands."""

from typing import TYPE_CHECKING

import typer

from booking_cli import documents, output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, FromLeg, Inventory, LimitOrAll, Offset, ToLeg
from booking_core.errors import InvalidRequest

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core.engine.system import InventorySummary

app = typer.Typer(help="What there is to sell, and how it stands.")


@app.command("list")
def list_inventories(
    *,
    limit: LimitOrAll = None,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List inventories by start."""
    with open_system(database) as system:
        found = system.inventories(limit=limit, offset=offset)
    output.show([one.as_dict() for one in found], lambda: _draw_list(found), as_json=as_json)


def _draw_list(found: "list[InventorySummary]") -> "RenderableType":
    from booking_cli.views import inventories

    if not found:
        return "There is nothing to sell here. Make something: booking seed demo"
    return inventories.listing(found)


@app.command()
def show(inventory: Inventory, *, database: Database = None, as_json: AsJson = False) -> None:
    """Show an inventory's times, stops, tiers and prices."""
    with open_system(database) as system:
        summary = system.inventory(inventory)
        layout = system.layout(inventory)
        tiers = system.tiers(inventory)

    def draw() -> "RenderableType":
        from booking_cli.views import inventories

        return inventories.details(summary, layout, tiers)

    output.show(documents.inventory(summary, layout, tiers), draw, as_json=as_json)


@app.command("map")
def draw_map(
    inventory: Inventory,
    *,
    from_leg: FromLeg = 0,
    to_leg: ToLeg = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Draw the seats: free, held or sold over the legs travelled."""
    with open_system(database) as system:
        summary = system.inventory(inventory)
        _require_seats(summary)
        seat_map = system.seat_map(inventory, from_leg, to_leg)
    span = (from_leg, seat_map.layout.leg_count if to_leg is None else to_leg)

    def draw() -> "RenderableType":
        from booking_cli.views import inventories

        return inventories.seat_chart(summary, seat_map, span)

    output.show(documents.seat_map(seat_map, span), draw, as_json=as_json)


def _require_seats(summary: "InventorySummary") -> None:
    from booking_core.domain.inventory import Kind

    if summary.kind is Kind.COUNTED:
        raise InvalidRequest(
            f"{summary.name} sells counted places and has no seats to draw. "
            f"See: booking inventory show {summary.id}",
            field="inventory_id",
        )
