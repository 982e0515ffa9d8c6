"""fsck finds what should not be with rides. For every check a violation is planted."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.engine.fsck_rides import RIDE_CHECKS
from tests.support.builders import NOW
from tests.support.postgres import BACKENDS, Postgres
from tests.support.raw import raw_connection, run_sql, tamper
from tests.support.rides import a_driver, a_ride, a_rider, open_town, under_way

# With these the database itself refuses some.
_WITHOUT_INDEXES = (
    "DROP INDEX uq_rides_active_driver",
    "DROP INDEX uq_rides_open_rider",
    "DROP INDEX uq_ride_offers_winner",
)

# check -> what makes it fail; `{done}`, `{asked}`, `{gone}` are quoted ids of rides
PLANTS = {
    "a driver has one ride at a time, and a rider asks for one": (
        """UPDATE rides SET state = 'accepted', driver_id = (
            SELECT driver_id FROM rides WHERE state = 'on_trip') WHERE id = {asked}""",
        "UPDATE rides SET rider_id = (SELECT rider_id FROM rides WHERE id = {asked})",
    ),
    "a ride's driver has won it": (
        "DELETE FROM ride_offers WHERE ride_id = {done}",
        "UPDATE ride_offers SET state = 'accepted' WHERE ride_id = {asked}",
        "UPDATE rides SET driver_id = NULL WHERE state = 'on_trip'",
    ),
    "only a pending ride is offered": (
        "UPDATE ride_offers SET state = 'offered' WHERE ride_id = {done}",
        "DELETE FROM rides WHERE id = {asked}",
    ),
    "a ride's times go with its state": (
        "UPDATE rides SET closed_at = NULL WHERE id = {done}",
        "UPDATE rides SET accepted_at = NULL WHERE id = {done}",
        "UPDATE rides SET started_at = NULL WHERE id = {done}",
        "UPDATE rides SET next_wave_at = NULL WHERE id = {asked}",
        "UPDATE rides SET closed_by = NULL WHERE id = {gone}",
        "UPDATE rides SET state = 'arrived' WHERE state = 'on_trip'",
        "UPDATE rides SET accepted_at = '2001-01-01 00:00:00.000000' WHERE id = {done}",
        "UPDATE rides SET closed_at = '2001-01-01 00:00:00.000000' WHERE id = {gone}",
    ),
    "a ride costs about what was estimated": (
        "UPDATE rides SET fare = NULL WHERE id = {done}",
        "UPDATE rides SET fare = estimate + (estimate + 4) / 5 + 1 WHERE id = {done}",
        "UPDATE rides SET cancellation_fee = estimate + 1 WHERE id = {gone}",
        "UPDATE rides SET cancellation_fee = NULL WHERE id = {gone}",
    ),
    "messages of rides are dense in their stream": (
        "DELETE FROM ride_messages WHERE seq = 2 AND channel = 'rider'",
        "UPDATE ride_streams SET seq = seq + 1",
        "UPDATE ride_messages SET seq = 99 WHERE seq = 1 AND channel = 'available'",
    ),
    "a driver's rating is that of its rides": (
        "UPDATE drivers SET stars = stars + 1 WHERE ratings = 1",
        "UPDATE rides SET stars = NULL WHERE id = {done}",
    ),
    "a ride is as its last act left it": (
        "UPDATE rides SET state = 'expired' WHERE id = {asked}",
        "DELETE FROM activity_log WHERE entity_id = {asked}",
    ),
    "rides change as they may": (
        "DELETE FROM activity_log WHERE entity_id = {done} AND action = 'accepted'",
        """UPDATE activity_log SET "after" = '{{"state": "on_trip"}}'
            WHERE entity_id = {gone} AND action = 'requested'""",
    ),
}


@pytest.fixture(scope="module", params=BACKENDS)
def tampering(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Connection, dict[str, str]]]:
    """A connection that nothing stops from spoiling rides, and the rides' ids."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('rides')}/booking.sqlite3"
        else:
            server: Postgres = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.database())
        clock = ManualClock(NOW)
        with BookingSystem.open(url, clock=clock) as system:
            ids = _build(open_town(system), clock)
            assert set(RIDE_CHECKS) <= set(names_of_checks(system))
            assert system.fsck().violations == []
        run_sql(url, *_WITHOUT_INDEXES)
        tamper(url)
        connection = stack.enter_context(raw_connection(url))
        if request.param == "sqlite":
            connection.execute(sa.text("PRAGMA ignore_check_constraints = ON"))
            connection.commit()
        yield connection, ids


def _build(system: BookingSystem, clock: ManualClock) -> dict[str, str]:
    """Rides that are over, under way, cancelled and just asked for."""
    driver, rider = a_driver(system), a_rider(system)
    done = under_way(system, a_ride(system, rider), driver)
    clock.advance(minutes=10)
    system.rides.complete(done.number, driver)
    system.rides.rate(done.number, rider, 4)
    other = a_driver(system)
    gone = a_ride(system)
    system.rides.accept(gone.number, other)
    clock.advance(seconds=1)
    system.rides.cancel(gone.number, gone.rider_id)
    under_way(system, a_ride(system), a_driver(system))
    a_driver(system)
    return {"done": done.id, "gone": gone.id, "asked": a_ride(system).id}


def names_of_checks(system: BookingSystem) -> list[str]:
    names: list[str] = []
    system.fsck(names.append)
    return names


@pytest.mark.parametrize("check", RIDE_CHECKS)
def test_each_violation_is_found(tampering: tuple[Connection, dict[str, str]], check: str) -> None:
    connection, ids = tampering
    quoted = {name: f"'{value}'" for name, value in ids.items()}

    for statement in PLANTS[check]:
        assert connection.execute(sa.text(RIDE_CHECKS[check])).all() == []
        connection.execute(sa.text(statement.format(**quoted)))
        found = connection.execute(sa.text(RIDE_CHECKS[check])).all()
        connection.rollback()
        assert found, statement
        assert all(subject and detail for subject, detail in found)
