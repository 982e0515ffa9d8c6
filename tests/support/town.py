"""A small database with bookings in every state, and what can be wrong with it."""

from datetime import timedelta
from typing import NamedTuple

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.engine.fsck import Violation
from tests.support.builders import bus, counted, hall, hold, sell, sweep
from tests.support.raw import tamper
from tests.support.town_money import MONEY_PLANTS
from tests.support.town_tickets import TICKET_PLANTS
from tests.support.town_waitlist import WAITLIST_PLANTS, build_waitlist


class Town(NamedTuple):
    """A database with bookings in every state. Names are the ids of what they name."""

    system: BookingSystem
    url: str
    ids: dict[str, str]

    def plant(self, *statements: str) -> None:
        """Tamper with the database; `{bus}`, `{sold}` … stand for quoted ids. Several statements
        may be in one text."""
        quoted = {name: f"'{value}'" for name, value in self.ids.items()}
        single = (part for statement in statements for part in statement.split(";\n"))
        tamper(self.url, *(statement.format(**quoted) for statement in single))

    def found(self) -> dict[str, list[Violation]]:
        report = self.system.fsck()
        by_check: dict[str, list[Violation]] = {}
        for violation in report.violations:
            by_check.setdefault(violation.check, []).append(violation)
        return by_check


def build_town(system: BookingSystem, clock: ManualClock) -> dict[str, str]:
    """Bookings in every state; the ids of what is named."""
    one, other = system.create_inventory(bus(8, legs=2)), system.create_inventory(bus(4, legs=1))
    places = system.create_inventory(counted({"VIP": 5, "General": 9}))
    theatre = system.create_inventory(hall(rows=2, seats=6))
    expired = hold(system, one, "2A")
    overdue = hold(system, one, "2B", to_leg=1)
    clock.advance(minutes=15)
    sweep(system, most=1)
    held, sold = hold(system, one, "1A"), sell(system, one, "1B", customer="bob")
    cancelled, released = sell(system, one, "1C"), hold(system, one, "1D")
    system.cancel(cancelled.id)
    system.release(released.id)
    some = system.hold_places(places, "carol", 2, tier="VIP", duration=timedelta(minutes=5))
    system.extend(some.id)
    more = system.confirm(system.hold_places(places, "carol", 3, tier="General").id)
    return {
        "bus": one,
        "other": other,
        "places": places,
        "expired": expired.id,
        "overdue": overdue.id,
        "held": held.id,
        "sold": sold.id,
        "cancelled": cancelled.id,
        "released": released.id,
        "some": some.id,
        "more": more.id,
        "free_seat": next(iter(system.layout(other).seats)),
        "tier": next(iter(system.layout(one).tiers)),
        "hall_tier": next(iter(system.layout(theatre).tiers)),
        "vip": some.items[0].tier_id,
        "nobody": "01976e00-0000-7000-8000-00000000ffff",
        **build_waitlist(system),
    }


# check -> (what is wrong, name of the id that is to be reported, how it is made so)
PLANTS: dict[str, list[tuple[str, str | None, str]]] = {
    **TICKET_PLANTS,
    **MONEY_PLANTS,
    **WAITLIST_PLANTS,
    "claim has a live booking": [
        ("released", None, "UPDATE bookings SET state = 'released' WHERE id = {held}"),
        ("cancelled", None, "UPDATE bookings SET state = 'cancelled' WHERE id = {sold}"),
        ("absent", None, "DELETE FROM bookings WHERE id = {sold}"),
    ],
    "claim, seat and booking are of one inventory": [
        ("claim", None, "UPDATE claims SET inventory_id = {other} WHERE booking_id = {sold}"),
        (
            "seat",
            "free_seat",
            "UPDATE claims SET seat_id = {free_seat} WHERE booking_id = {sold} AND leg = 0",
        ),
        ("booking", None, "UPDATE bookings SET inventory_id = {other} WHERE id = {sold}"),
        (
            "no seat",
            "nobody",
            "UPDATE claims SET seat_id = {nobody} WHERE booking_id = {sold} AND leg = 0",
        ),
    ],
    "claim lies on its booking's legs": [
        ("after", None, "UPDATE claims SET leg = 2 WHERE booking_id = {sold} AND leg = 1"),
        ("before", None, "UPDATE bookings SET from_leg = 1 WHERE id = {held}"),
    ],
    "claim ends when its booking does": [
        (
            "sold with an end",
            None,
            "UPDATE claims SET expires_at = '2035-06-01 12:30:00.000000' WHERE booking_id = {sold}",
        ),
        ("held for good", None, "UPDATE claims SET expires_at = NULL WHERE booking_id = {held}"),
        (
            "held for longer",
            None,
            "UPDATE claims SET expires_at = '2035-06-01 12:30:01.000000' WHERE booking_id = {held}",
        ),
    ],
    "live booking has all its claims": [
        ("one gone", "sold", "DELETE FROM claims WHERE booking_id = {sold} AND leg = 0"),
        ("all gone", "held", "DELETE FROM claims WHERE booking_id = {held}"),
    ],
    "tier counters equal a recount of claims": [
        ("held", "tier", "UPDATE tiers SET held = held + 1 WHERE id = {tier}"),
        ("sold", "tier", "UPDATE tiers SET sold = sold - 1 WHERE id = {tier}"),
        ("moved", "tier", "UPDATE tiers SET sold = sold - 1, held = held + 1 WHERE id = {tier}"),
    ],
    "no tier is oversold": [
        ("held", "vip", "UPDATE tiers SET held = -1 WHERE id = {vip}"),
        ("sold", "vip", "UPDATE tiers SET sold = -1 WHERE id = {vip}"),
        ("both", "vip", "UPDATE tiers SET held = 3, sold = 3 WHERE id = {vip}"),
    ],
    "capacity equals the seats": [
        ("more", "bus", "UPDATE inventories SET capacity = capacity + 1 WHERE id = {bus}"),
    ],
    "events are dense up to the version": [
        ("a gap", "bus", "DELETE FROM outbox WHERE inventory_id = {bus} AND seq = 3"),
        ("behind", "bus", "UPDATE inventories SET version = version + 1 WHERE id = {bus}"),
        (
            "one ahead of a gap",
            "bus",
            "UPDATE outbox SET seq = 99 WHERE inventory_id = {bus} AND seq = 3",
        ),
        ("none", "places", "DELETE FROM outbox WHERE inventory_id = {places}"),
    ],
    "every event is in the activity log": [
        ("a gap", "bus", "DELETE FROM activity_log WHERE inventory_id = {bus} AND seq = 5"),
        (
            "one ahead of a gap",
            "bus",
            "UPDATE activity_log SET seq = 99 WHERE inventory_id = {bus} AND seq = 5",
        ),
    ],
    "every booking began as a hold": [
        (
            "no such act",
            "sold",
            "UPDATE activity_log SET action = '' WHERE entity_id = {sold} AND action = 'held'",
        ),
    ],
    "a tier's capacity equals its seats on all legs": [
        ("more", "tier", "UPDATE tiers SET capacity = capacity + 1 WHERE id = {tier}"),
        ("a leg gone", "tier", "DELETE FROM legs WHERE inventory_id = {bus} AND number = 1"),
        ("of seats alone", "tier", "UPDATE tiers SET capacity = capacity / 2 WHERE id = {tier}"),
        ("of no seats", "tier", "UPDATE seats SET tier_id = {nobody} WHERE tier_id = {tier}"),
        ("without legs", "hall_tier", "UPDATE tiers SET capacity = 24 WHERE id = {hall_tier}"),
    ],
    "every event is called like its act": [
        (
            "event",
            "bus",
            "UPDATE outbox SET kind = 'released' WHERE inventory_id = {bus} AND seq = 3",
        ),
        (
            "act",
            "places",
            "UPDATE activity_log SET action = 'sold' WHERE inventory_id = {places} AND seq = 3",
        ),
    ],
    "booking is as its last act left it": [
        ("booking", "sold", "UPDATE bookings SET state = 'held' WHERE id = {sold}"),
        ("no act", "sold", "DELETE FROM activity_log WHERE entity_id = {sold}"),
        (
            "last act",
            "sold",
            "DELETE FROM activity_log WHERE entity_id = {sold} AND action = 'confirmed'",
        ),
        (
            "says nothing",
            "held",
            "UPDATE activity_log SET after = '{{}}' WHERE entity_id = {held}",
        ),
    ],
    "bookings change as they may": [
        (
            "sold twice",
            "sold",
            """UPDATE activity_log SET action = 'confirmed', before = after
            WHERE entity_id = {sold} AND action = 'held'""",
        ),
        (
            "begun as a sale",
            "sold",
            "DELETE FROM activity_log WHERE entity_id = {sold} AND action = 'held'",
        ),
        (
            "a sale released",
            "cancelled",
            """UPDATE activity_log SET after = '{{"state": "released"}}'
            WHERE entity_id = {cancelled} AND action = 'cancelled'""",
        ),
        (
            "a break",
            "cancelled",
            "DELETE FROM activity_log WHERE entity_id = {cancelled} AND action = 'confirmed'",
        ),
        (
            "held twice",
            "some",
            "UPDATE activity_log SET action = 'held' WHERE entity_id = {some}",
        ),
    ],
    "booking adds up": [
        ("places", "sold", "UPDATE bookings SET places = places + 1 WHERE id = {sold}"),
        ("amount", "more", "UPDATE bookings SET amount = amount - 1 WHERE id = {more}"),
        ("sold when", "sold", "UPDATE bookings SET confirmed_at = NULL WHERE id = {sold}"),
        ("a hold sold", "held", "UPDATE bookings SET confirmed_at = held_at WHERE id = {held}"),
        ("open but closed", "sold", "UPDATE bookings SET closed_at = held_at WHERE id = {sold}"),
        ("closed when", "released", "UPDATE bookings SET closed_at = NULL WHERE id = {released}"),
        ("cancelled", "cancelled", "UPDATE bookings SET confirmed_at=NULL WHERE id = {cancelled}"),
        ("expired", "expired", "UPDATE bookings SET closed_at = NULL WHERE id = {expired}"),
    ],
    "counted places equal a recount": [
        ("held", "vip", "UPDATE tiers SET held = held - 1 WHERE id = {vip}"),
        ("sold", "vip", "UPDATE tiers SET sold = sold + 1 WHERE id = {vip}"),
        ("moved", "vip", "UPDATE tiers SET sold = sold + 1, held = held - 1 WHERE id = {vip}"),
        ("a booking gone", "vip", "DELETE FROM bookings WHERE id = {some}"),
    ],
}
