"""Bookings, drawn."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from booking_cli.formats import duration, moment, money, places, short_moment
from booking_cli.output import data
from booking_cli.views import frames
from booking_cli.views.inventories import journey
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.inventory import Layout

if TYPE_CHECKING:
    from booking_core.engine.system import InventorySummary

_STYLES = {
    BookingState.HELD: "yellow",
    BookingState.CONFIRMED: "green",
    BookingState.CANCELLED: "red",
    BookingState.EXPIRED: "dim",
    BookingState.RELEASED: "dim",
}


def card(
    booking: Booking, inventory: "InventorySummary", layout: Layout, now: datetime
) -> RenderableType:
    """One booking in full."""
    zone = inventory.time_zone
    lines = frames.card()
    lines.add_row("Booking", Text(booking.id, "bold"))
    lines.add_row("State", _state(booking, now))
    lines.add_row("Customer", data(booking.customer_id))
    lines.add_row("For", data(inventory.name))
    lines.add_row("Starts", moment(inventory.starts_at, zone))
    if layout.legs:
        lines.add_row("Journey", data(journey(layout, booking.from_leg, booking.to_leg)))
    lines.add_row("Places", data(places(booking)))
    lines.add_row("Amount", money(booking.amount, booking.currency))
    if booking.is_live_hold(now):
        left = duration(booking.expires_at - now)
        lines.add_row("Held until", f"{moment(booking.expires_at, zone)} ({left})")
    if booking.refunded is not None:
        lines.add_row("Refund", money(booking.refunded, booking.currency))
    return lines


def history(acts: Sequence[Mapping[str, Any]], zone: str) -> RenderableType:
    """What happened to a booking, oldest first."""
    table = frames.table()
    table.add_column("When", no_wrap=True)
    table.add_column("What")
    table.add_column("By", overflow="fold")
    for act in acts:
        table.add_row(moment(act["at"], zone), data(act["action"]), data(act["actor"]))
    return table


def listing(
    found: Sequence[Booking], inventories: Mapping[str, "InventorySummary"], now: datetime
) -> RenderableType:
    """Bookings with what they are for, two lines each."""
    table = frames.table(expand=True)
    table.add_column("Booking", overflow="ellipsis", no_wrap=True, min_width=36, ratio=3)
    table.add_column("State", no_wrap=True)
    table.add_column("Customer", overflow="ellipsis", no_wrap=True, ratio=1)
    table.add_column("Amount", justify="right", no_wrap=True)
    for booking in found:
        inventory = inventories[booking.inventory_id]
        starts_at = short_moment(inventory.starts_at, inventory.time_zone)
        table.add_row(
            _two_lines(Text(booking.id), f"{starts_at} {inventory.name}"),
            _two_lines(_state(booking, now), _time_left(booking, now)),
            _two_lines(data(booking.customer_id), places(booking)),
            money(booking.amount, booking.currency),
        )
    return table


def _two_lines(first: Text, second: str) -> Text:
    return Text.assemble(first, "\n", data(second, "dim"))


def _state(booking: Booking, now: datetime) -> Text:
    """The state; a hold past its time that nobody has swept yet is as good as expired."""
    if booking.state is BookingState.HELD and not booking.is_live_hold(now):
        return Text("overdue", "dim")
    return Text(str(booking.state), _STYLES[booking.state])


def _time_left(booking: Booking, now: datetime) -> str:
    return duration(booking.expires_at - now) if booking.is_live_hold(now) else ""
