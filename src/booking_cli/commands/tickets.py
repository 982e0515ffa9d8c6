"""`booking ticket`: look at tickets, print them, and check what people show at the gate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, OwnCustomer

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(help="Look at tickets, print them, check them at the gate.")

TicketId = Annotated[
    str, typer.Argument(metavar="TICKET", help="The id from `booking ticket list`.")
]
Token = Annotated[str, typer.Argument(metavar="TOKEN", help="What the ticket's QR code says.")]


@app.command("list")
def list_tickets(
    booking: Annotated[
        str, typer.Argument(metavar="BOOKING", help="The id from `booking bookings list`.")
    ],
    *,
    customer: OwnCustomer = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List the tickets of a booking."""
    with open_system(database) as system:
        tickets = system.tickets.of_booking(booking, customer)
        sold = system.booking(booking)

        def draw() -> "RenderableType":
            from booking_cli.views import tickets as views

            return views.listing(tickets, sold) if tickets else "It has no tickets."

        document = [
            {**ticket.as_dict(), "validity": str(ticket.validity(sold))} for ticket in tickets
        ]
        output.show(document, draw, as_json=as_json)


@app.command()
def show(
    ticket: TicketId,
    *,
    customer: OwnCustomer = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show a ticket, what it is worth, and what its QR code says."""
    with open_system(database) as system:
        found = system.tickets.shown(ticket, customer)

        def draw() -> "RenderableType":
            from booking_cli.views import tickets as views

            return views.card(found)

        document = {
            **found.ticket.as_dict(),
            "validity": str(found.validity),
            "booking_reference": found.booking.reference,
            "token": found.token,
        }
        output.show(document, draw, as_json=as_json)


@app.command("print")
def print_ticket(
    ticket: TicketId,
    *,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write; by default a file named like it."),
    ] = None,
    customer: OwnCustomer = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Write a ticket as a PDF."""
    with open_system(database) as system:
        printed = system.tickets.download(ticket, customer)
    target = to or Path(printed.name)
    try:
        target.write_bytes(printed.content)
    except OSError as error:
        from booking_core.errors import InvalidRequest

        raise InvalidRequest(
            f"{target} cannot be written: {error.strerror}.", field="to"
        ) from error
    document = {"file": str(target), "bytes": len(printed.content)}
    output.show(document, lambda: f"{target} written.", as_json=as_json)


@app.command()
def verify(
    token: Token,
    *,
    public_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Check offline, by the key from `booking ticket key`: whether it is ours and its "
            "time is now, not whether it was cancelled or used.",
        ),
    ] = None,
    admit: Annotated[bool, typer.Option("--admit", help="Let its holder in, once.")] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Check what a QR code says; the exit code is 0 only where it would admit."""
    if public_key is not None:
        if admit:
            raise typer.BadParameter("needs the database, so it cannot go with --public-key.")
        _verify_offline(token, public_key, as_json=as_json)
        return
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        checked = system.tickets.check(token)
        ticket = checked.ticket
        if admit:
            ticket = system.tickets.admit(ticket.id, token, actor=OPERATOR)
        document = {
            **ticket.as_dict(),
            "validity": str(ticket.validity(checked.booking)),
            "booking_reference": checked.booking.reference,
        }

        def draw() -> "RenderableType":
            from booking_cli.views import tickets as views

            return views.verdict(ticket, checked.booking, is_admitted=admit)

        output.show(document, draw, as_json=as_json)


@app.command()
def key(*, database: Database = None, as_json: AsJson = False) -> None:
    """Print the public key by which gates check tickets offline."""
    with open_system(database) as system:
        pem = system.tickets.public_key

    def draw() -> "RenderableType":
        from rich.text import Text

        return Text(pem.rstrip())

    output.show({"public_key": pem}, draw, as_json=as_json)


def _verify_offline(token: str, file: Path, *, as_json: bool) -> None:
    from booking_core.clock import SystemClock
    from booking_core.engine.ticket_tokens import read_public_key, verify_token
    from booking_core.errors import InvalidRequest

    try:
        pem = file.read_bytes()
    except OSError as error:
        raise InvalidRequest(
            f"{file} cannot be read: {error.strerror}.", field="public_key"
        ) from error
    claims = verify_token(token, read_public_key(pem), SystemClock().now())

    def draw() -> str:
        return (
            f"Signed by us, good until {claims.expires_at.isoformat()}. "
            f"Ticket {claims.ticket_id}, inventory {claims.inventory_id}."
        )

    output.show(claims.as_dict(), draw, as_json=as_json)
