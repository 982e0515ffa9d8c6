"""fsck finds what should not be. For every check a violation is planted past the engine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.engine.fsck import Report, Violation
from booking_core.engine.fsck_queries import CHECKS
from booking_core.engine.fsck_rides import RIDE_CHECKS
from tests.support.builders import NOW, bus
from tests.support.postgres import BACKENDS, Postgres
from tests.support.raw import restored, run_sql, tamper
from tests.support.town import PLANTS, Town, build_town

ONLY_ON_SQLITE = "file is intact"


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
        yield Town(system, url, build_town(system, clock))


@pytest.fixture
def town(built: Town) -> Iterator[Town]:
    """The same town for every test: what it plants is dug out again."""
    with restored(built.url):
        yield built


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
        "inventories": 5,
        "seats": 24,
        "bookings": 11,
        "claims": 5,
        "outbox": 22,
        "activity_log": 23,
    }


def test_every_check_has_a_violation_planted_for_it(town: Town) -> None:
    assert set(CHECKS) <= set(PLANTS)
    # Rides have a town of their own.
    assert set(names_of_checks(town.system)) - {ONLY_ON_SQLITE, *RIDE_CHECKS} == set(PLANTS)


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

        assert ONLY_ON_SQLITE in {violation.check for violation in system.fsck().violations}
