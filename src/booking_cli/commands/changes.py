"""`booking extend`, `release`, `confirm` and `cancel`: what becomes of a booking."""

from typing import Annotated

import typer

from booking_cli.groups import SELL
from booking_cli.opening import open_system
from booking_cli.options import AsJson, BookingId, Database, IdempotencyKey, OwnCustomer
from booking_cli.requests import duration_of
from booking_cli.showing import show_booking

app = typer.Typer()


@app.command(rich_help_panel=SELL)
def extend(
    booking: BookingId,
    *,
    seconds: Annotated[
        float | None,
        typer.Option(metavar="S", help="How long; by default what the inventory says."),
    ] = None,
    customer: OwnCustomer = None,
    idempotency_key: IdempotencyKey = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Give a hold more time, from now on."""
    duration = duration_of(seconds)
    with open_system(database) as system:
        changed = system.extend(
            booking, customer_id=customer, duration=duration, idempotency_key=idempotency_key
        )
        show_booking(system, changed, as_json=as_json)


@app.command(rich_help_panel=SELL)
def release(
    booking: BookingId,
    *,
    customer: OwnCustomer = None,
    idempotency_key: IdempotencyKey = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Give a hold back, so that others can have its places."""
    with open_system(database) as system:
        changed = system.release(booking, customer_id=customer, idempotency_key=idempotency_key)
        show_booking(system, changed, as_json=as_json)


@app.command(rich_help_panel=SELL)
def confirm(
    booking: BookingId,
    *,
    customer: OwnCustomer = None,
    idempotency_key: IdempotencyKey = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Turn a hold into a sale."""
    with open_system(database) as system:
        changed = system.confirm(booking, customer_id=customer, idempotency_key=idempotency_key)
        show_booking(system, changed, as_json=as_json)


@app.command(rich_help_panel=SELL)
def cancel(
    booking: BookingId,
    *,
    customer: OwnCustomer = None,
    idempotency_key: IdempotencyKey = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Undo a sale, with the refund that its policy gives."""
    with open_system(database) as system:
        changed = system.cancel(booking, customer_id=customer, idempotency_key=idempotency_key)
        show_booking(system, changed, as_json=as_json)
