"""A small database with bookings in every state, and what can be wrong with it."""

from typing import NamedTuple

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.engine.fsck import Violation
from tests.support.builders import bus, counted, hold, sell, sweep
from tests.support.raw import tamper


class Town(NamedTuple):
    """A database with bookings in every state. Names are the ids of what they name."""

    system: BookingSystem
    url: str
    ids: dict[str, str]

    def plant(self, *statements: str) -> None:
        """Tamper with the database; `{bus}`, `{sold}` … stand for quoted ids."""
        quoted = {name: f"'{value}'" for name, value in self.ids.items()}
        tamper(self.url, *(statement.format(**quoted) for statement in statements))

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
    expired = hold(system, one, "2A")
    overdue = hold(system, one, "2B", to_leg=1)
    clock.advance(minutes=15)
    sweep(system, most=1)
    held, sold = hold(system, one, "1A"), sell(system, one, "1B", customer="bob")
    cancelled, released = sell(system, one, "1C"), hold(system, one, "1D")
    system.cancel(cancelled.id)
    system.release(released.id)
    some = system.hold_places(places, "carol", 2, tier="VIP")
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
        "vip": some.items[0].tier_id,
        "nobody": "01976e00-0000-7000-8000-00000000ffff",
    }


# check -> (what is wrong, name of the id that is to be reported, how it is made so)
PLANTS: dict[str, list[tuple[str, str | None, str]]] = {
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
