"""`booking bookings`: what was held and sold, and to whom."""

from typing import Annotated, Literal

import typer

from booking_cli.opening import open_system
from booking_cli.options import (
    AsJson,
    BookingId,
    Database,
    InInventory,
    Limit,
    OfCustomer,
    Offset,
    OwnCustomer,
)
from booking_cli.showing import show_booking, show_bookings

# The values of BookingState, which would cost --help the import of the domain.
State = Literal["held", "confirmed", "cancelled", "expired", "released"]

app = typer.Typer(help="What was held and sold, and to whom.")


@app.command("list")
def list_bookings(
    *,
    inventory: InInventory = None,
    customer: OfCustomer = None,
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List bookings, newest first."""
    from booking_core.domain.bookings import BookingState

    with open_system(database) as system:
        if inventory is not None:
            system.inventory(inventory)
        found = system.bookings(
            inventory_id=inventory,
            customer_id=customer,
            state=None if state is None else BookingState(state),
            limit=limit,
            offset=offset,
        )
        empty = "There are no such bookings. To make one: booking hold --help"
        show_bookings(system, found, as_json=as_json, empty=empty, limit=limit, offset=offset)


@app.command()
def show(
    booking: BookingId,
    *,
    customer: OwnCustomer = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show a booking and what happened to it."""
    with open_system(database) as system:
        found = system.booking(booking, customer_id=customer)
        show_booking(system, found, as_json=as_json, history=system.history(booking))
