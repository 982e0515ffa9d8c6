"""Which room has the source of each of the operators' lists."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from booking_core.domain import listings
from booking_core.storage.repositories.desk.sources import Source

_ROOMS: Mapping[str, str] = {
    listings.HOLDS.name: "bookings.holds",
    listings.BOOKINGS.name: "bookings.bookings",
    listings.INVENTORIES.name: "inventories.inventories",
    listings.PAYMENTS.name: "money.payments",
    listings.REFUNDS.name: "money.refunds",
    listings.WAITLIST.name: "waitlist.waitlist",
    listings.RIDES.name: "rides.rides",
    listings.DRIVERS.name: "rides.drivers",
    listings.USERS.name: "people.users",
    listings.KEYS.name: "people.keys",
    listings.ACTIVITY.name: "journal.activity",
    listings.MESSAGES.name: "journal.messages",
}


@cache
def source_of(name: str) -> Source:
    """Made when it is first asked for: an operator opens one list after the other, and making the
    tables of all of them takes half a second."""
    room, maker = _ROOMS[name].split(".")
    source: Source = getattr(import_module(f"{__package__}.{room}"), maker)()
    return source
