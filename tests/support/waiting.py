"""Sold-out inventories, and short ways to wait for them."""

from typing import Any

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.waitlist import WaitlistEntry, WaitlistState
from tests.support.builders import counted, hall

NOBODY = "01976e00-0000-7000-8000-00000000ffff"


def sold_out(system: BookingSystem, places: int = 2, **changes: Any) -> tuple[str, list[Booking]]:
    """A festival whose places are sold one by one, and the sales."""
    inventory = system.create_inventory(counted({"General": places}, **changes))
    return inventory, [buy_place(system, inventory, f"buyer {n}") for n in range(places)]


def full_hall(system: BookingSystem, **changes: Any) -> tuple[str, dict[str, Booking]]:
    """A hall of two tiers (rows A and B of three seats), sold seat by seat; sales by label."""
    inventory = system.create_inventory(
        hall(rows=2, seats=3, tiers={"VIP": "A", "Stalls": "B"}, **changes)
    )
    sales = {}
    for seat in system.layout(inventory).seats.values():
        held = system.hold_seats(inventory, f"buyer {seat.label}", [seat.id])
        sales[seat.label] = system.confirm(held.id)
    return inventory, sales


def an_offer(system: BookingSystem, **changes: Any) -> tuple[str, str, str]:
    """An inventory, the entry of ann, who has an offer, and that of bob, who waits."""
    inventory, sales = sold_out(system, **changes)
    ann = system.waitlist.join(inventory, "ann")
    bob = system.waitlist.join(inventory, "bob")
    system.cancel(sales[0].id)
    return inventory, ann.id, bob.id


def buy_place(system: BookingSystem, inventory: str, customer: str, **options: Any) -> Booking:
    held = system.hold_places(inventory, customer, options.pop("quantity", 1), **options)
    return system.confirm(held.id)


def state(system: BookingSystem, entry: WaitlistEntry) -> WaitlistState:
    return system.waitlist.get(entry.id).state


def offered(system: BookingSystem, entry: WaitlistEntry) -> Booking:
    """The booking that an entry was offered."""
    booking_id = system.waitlist.get(entry.id).booking_id
    assert booking_id is not None
    return system.booking(booking_id)


def violations(system: BookingSystem) -> list[str]:
    return [f"{v.check}: {v.subject} {v.detail}" for v in system.fsck().violations]


def serves_nobody(*_: object) -> int:
    """Instead of `Serving.serve`, to see what happens without it."""
    return 0
