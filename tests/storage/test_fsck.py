"""fsck finds what should not be. For every check a violation is planted past the engine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.engine.fsck import CHECKS, Report, Violation
from tests.support.builders import NOW, bus, counted, hold, sell, sweep
from tests.support.postgres import BACKENDS, Postgres
from tests.support.raw import restored, run_sql, tamper

ONLY_ON_SQLITE = "file is intact"


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


def build(system: BookingSystem, clock: ManualClock) -> dict[str, str]:
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


@pytest.fixture(scope="module", params=BACKENDS)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('town')}/booking.sqlite3"
        else:
            server: Postgres = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.database())
        clock = ManualClock(NOW)
        system = stack.enter_context(BookingSystem.open(url, clock=clock))
        yield Town(system, url, build(system, clock))


@pytest.fixture
def town(built: Town) -> Iterator[Town]:
    """The same town for every test: what it plants is dug out again."""
    with restored(built.url):
        yield built


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
            "UPDATE activity_log SET action = '' WHERE booking_id = {sold} AND action = 'held'",
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
PLANTED = [
    pytest.param(check, subject, statement, id=f"{check}: {what}")
    for check, plants in PLANTS.items()
    for what, subject, statement in plants
]


def names_of_checks(system: BookingSystem) -> list[str]:
    names: list[str] = []
    system.fsck(names.append)
    return names


def test_a_sound_database_has_no_violations(town: Town) -> None:
    report = town.system.fsck()

    assert report.violations == []
    assert report.checked == {
        "inventories": 3,
        "seats": 12,
        "bookings": 8,
        "claims": 5,
        "outbox": 14,
        "activity_log": 14,
    }


def test_every_check_has_a_violation_planted_for_it(town: Town) -> None:
    assert set(CHECKS) <= set(PLANTS)
    assert set(names_of_checks(town.system)) - {ONLY_ON_SQLITE} == set(PLANTS)


@pytest.mark.parametrize(("check", "subject", "statement"), PLANTED)
def test_a_violation_is_found(town: Town, check: str, subject: str | None, statement: str) -> None:
    town.plant(statement)

    found = town.found()

    assert check in found
    if subject is not None:
        assert town.ids[subject] in {violation.subject for violation in found[check]}
    assert all(violation.detail for violation in found[check])


def test_an_overdue_hold_may_have_lost_its_claims(town: Town) -> None:
    town.plant(
        "DELETE FROM claims WHERE booking_id = {overdue}",
        "UPDATE tiers SET held = held - 1 WHERE id = {tier}",
    )

    assert town.found() == {}


def test_all_checks_see_the_database_at_one_moment(town: Town) -> None:
    """What another program commits between two checks is told by the next fsck."""
    names = names_of_checks(town.system)

    def meanwhile(check: str) -> None:
        if check == names[1]:
            run_sql(town.url, "UPDATE tiers SET held = held - 1 WHERE name = 'VIP'")

    assert town.system.fsck(meanwhile).violations == []
    assert set(town.found()) == {"counted places equal a recount"}


def test_at_most_a_hundred_violations_of_a_kind_are_shown(frozen_system: BookingSystem) -> None:
    inventory = frozen_system.create_inventory(bus(150, legs=1))
    url = frozen_system._database.url.render_as_string(hide_password=False)
    frozen_system.place_many([])
    for label in range(15):
        frozen_system.hold_best(inventory, f"c{label}", 10)
    tamper(url, "UPDATE claims SET expires_at = NULL")
    tamper(url, "UPDATE bookings SET amount = amount + 1")

    report = frozen_system.fsck()
    shown = [violation.check for violation in report.violations]

    assert shown.count("claim ends when its booking does") == 100
    assert shown.count("booking adds up") == 15


def test_the_report_as_json_has_the_keys_that_others_rely_on() -> None:
    report = Report([Violation("check", "subject", "detail")], {"bookings": 1})

    assert report.as_dict() == {
        "violations": [{"check": "check", "subject": "subject", "detail": "detail"}],
        "checked": {"bookings": 1},
    }


def break_a_reference(url: str) -> None:
    tamper(url, "UPDATE legs SET inventory_id = '01976e00-0000-7000-8000-00000000ffff'")


def break_a_check(url: str) -> None:
    tamper(url, "UPDATE legs SET arrives_at = '2001-01-01 00:00:00.000000'")


@pytest.mark.parametrize("damage", [break_a_reference, break_a_check])
def test_a_damaged_file_is_found(sqlite_url: str, damage: Callable[[str], None]) -> None:
    with BookingSystem.open(sqlite_url) as system:
        system.create_inventory(bus())
        damage(sqlite_url)

        assert {violation.check for violation in system.fsck().violations} == {ONLY_ON_SQLITE}
