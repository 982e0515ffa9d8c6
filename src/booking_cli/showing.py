"""Showing bookings, as several commands do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from booking_cli import documents, output

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core import BookingSystem
    from booking_core.domain.bookings import Booking
    from booking_core.engine.system import InventorySummary


def show_booking(
    system: "BookingSystem",
    booking: "Booking",
    *,
    as_json: bool,
    history: Sequence[Mapping[str, Any]] | None = None,
    hint: str | None = None,
) -> None:
    """Print a booking, with what happened to it or with a hint at what to do next."""

    def draw() -> "RenderableType":
        from rich.console import Group
        from rich.text import Text

        from booking_cli.views import bookings

        inventory = system.inventory(booking.inventory_id)
        layout = system.layout(booking.inventory_id)
        card = bookings.card(booking, inventory, layout, system.now())
        if history is not None:
            return Group(card, Text(), bookings.history(history, inventory.time_zone))
        return Group(card, Text(f"\n{hint}", "dim")) if hint else card

    document = booking.as_dict() if history is None else documents.booking(booking, history)
    output.show(document, draw, as_json=as_json)


def show_bookings(
    system: "BookingSystem",
    found: "Sequence[Booking]",
    *,
    as_json: bool,
    empty: str,
    limit: int,
    offset: int,
) -> None:
    """Print a page of bookings; `empty` is what to say where there are none."""

    def draw() -> "RenderableType":
        from booking_cli.views import bookings, frames

        if not found:
            return empty
        inventories = _inventories_of(system, found)
        table = bookings.listing(found, inventories, system.now())
        return frames.with_more(table, len(found), "booking", limit=limit, offset=offset)

    output.show([one.as_dict() for one in found], draw, as_json=as_json)


def _inventories_of(
    system: "BookingSystem", found: "Iterable[Booking]"
) -> "dict[str, InventorySummary]":
    ids = {booking.inventory_id for booking in found}
    return {inventory_id: system.inventory(inventory_id) for inventory_id in ids}
