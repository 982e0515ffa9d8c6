"""Tickets, drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from booking_cli.formats import moment
from booking_cli.output import data
from booking_cli.views import frames
from booking_core.domain.bookings import Booking
from booking_core.domain.tickets import Ticket, Validity

if TYPE_CHECKING:
    from booking_core.engine.ticket_texts import ShownTicket

_STYLES = {Validity.VALID: "green", Validity.USED: "yellow", Validity.REVOKED: "red"}


def listing(tickets: Sequence[Ticket], booking: Booking) -> RenderableType:
    """A booking's tickets."""
    table = frames.table()
    table.add_column("Ticket", no_wrap=True, min_width=36)
    table.add_column("Number", no_wrap=True)
    table.add_column("Place", overflow="fold")
    table.add_column("Is")
    for ticket in tickets:
        table.add_row(ticket.id, ticket.number, data(ticket.label), _validity(ticket, booking))
    return table


def card(shown: "ShownTicket") -> RenderableType:
    """One ticket in full."""
    ticket, occasion, zone = shown.ticket, shown.occasion, shown.occasion.time_zone
    lines = frames.card()
    lines.add_row("Ticket", Text(ticket.number, "bold"))
    lines.add_row("Is", _validity(ticket, shown.booking))
    lines.add_row("Place", data(ticket.label))
    lines.add_row("For", data(occasion.name))
    if occasion.origin is not None:
        lines.add_row("Journey", data(f"{occasion.origin} → {occasion.destination}"))
    lines.add_row("Starts", moment(occasion.starts_at, zone))
    lines.add_row("Name", data(shown.passenger))
    lines.add_row("Booking", data(shown.reference))
    lines.add_row("Issued", moment(ticket.issued_at, zone))
    if ticket.admitted_at is not None:
        by = ticket.admitted_by or "?"
        lines.add_row("Admitted", data(f"{moment(ticket.admitted_at, zone)} by {by}"))
    lines.add_row("QR code", Text(shown.token))
    return lines


def verdict(ticket: Ticket, booking: Booking, *, is_admitted: bool) -> RenderableType:
    """One line for whoever stands at the gate."""
    what = "Admitted" if is_admitted else "Good"
    rest = f" {ticket.number}, {ticket.label}, booking {booking.reference or booking.id}"
    return Text.assemble((f"{what}:", "bold green"), data(rest))


def _validity(ticket: Ticket, booking: Booking) -> Text:
    validity = ticket.validity(booking)
    return Text(str(validity), _STYLES[validity])
