"""What is looked up for every ride, or twice a second, reads no table of rides that are over."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.fares import VehicleType
from booking_core.storage.database import Database
from booking_core.storage.repositories import drivers, positions, ride_offers, rides
from tests.support.builders import NOW
from tests.support.raw import rows, run_sql
from tests.support.rides import a_driver, a_ride, open_town, under_way

OVER = 20_000
LOOKUPS: dict[str, Callable[[Connection, str], object]] = {
    "due": lambda connection, _: rides.due(connection, NOW, 50),
    "forsaken": lambda connection, _: positions.forsaken(connection, NOW, 50),
    "active ride": rides.active_of,
    "open ride": rides.open_of,
    "demand": lambda connection, _: rides.count_pending(connection, 1, NOW),
    "offers": lambda connection, who: ride_offers.offered_to(connection, who, NOW),
    "free": lambda connection, who: drivers.free_among(connection, [who], VehicleType.ECONOMY),
}
# Of these only rides and offers that are not over are in the index.
SMALL = {"ix_rides_due", "uq_rides_active_driver", "uq_rides_open_rider", "ix_ride_offers_driver"}


@pytest.fixture
def driver(new_database_url: str, clock: ManualClock) -> str:
    """A driver with a long history."""
    with BookingSystem.open(new_database_url, clock=clock) as system:
        found = a_driver(open_town(system))
        ride = under_way(system, a_ride(system), found)
        system.rides.complete(ride.number, found)
    _multiply(new_database_url, ride.id)
    return found


def _multiply(url: str, ride_id: str) -> None:
    """Many rides like one."""
    is_sqlite = url.startswith("sqlite")
    columns = [name for (name,) in rows(url, _COLUMNS[is_sqlite])]
    instead = {"id": _NEW_ID[is_sqlite], "number": "number + n"}
    values = ", ".join(instead.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    run_sql(
        url,
        f"""WITH RECURSIVE many (n) AS (
                SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {OVER})
            INSERT INTO rides ({names}) SELECT {values} FROM many, rides WHERE id = :id"""
        if is_sqlite
        else f"""INSERT INTO rides ({names}) SELECT {values}
            FROM generate_series(1, {OVER}) AS many (n), rides WHERE id = :id""",
        id=ride_id,
    )
    run_sql(
        url,
        """INSERT INTO ride_offers (ride_id, driver_id, wave, state, expires_at, updated_at)
            SELECT r.id, o.driver_id, o.wave, o.state, o.expires_at, o.updated_at
            FROM ride_offers AS o, rides AS r WHERE o.ride_id = :id AND r.id <> :id""",
        "ANALYZE",
        id=ride_id,
    )


_COLUMNS = {
    True: "SELECT name FROM pragma_table_info('rides')",
    False: "SELECT column_name FROM information_schema.columns WHERE table_name = 'rides'",
}
_NEW_ID = {
    True: "printf('c0000000-0000-7000-8000-%012x', n)",
    False: "('c0000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid",
}


@pytest.fixture
def explained(new_database_url: str) -> Iterator[tuple[Connection, list[str]]]:
    """A connection, and the plans of all that is asked through it."""
    database = Database(new_database_url)
    plans: list[str] = []
    is_busy = False

    def explain(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        nonlocal is_busy
        if is_busy:
            return
        is_busy = True
        word = "EXPLAIN" if database.is_postgres else "EXPLAIN QUERY PLAN"
        found = connection.exec_driver_sql(f"{word} {statement}", parameters)
        plans.extend(str(row[-1]) for row in found)
        is_busy = False

    with database.connect() as connection:
        sa.event.listen(connection, "before_cursor_execute", explain)
        yield connection, plans
    database.close()


def test_rides_that_are_over_are_not_read(
    driver: str, explained: tuple[Connection, list[str]]
) -> None:
    connection, plans = explained
    for name, look_up in LOOKUPS.items():
        plans.clear()

        look_up(connection, driver)

        assert plans
        assert reads_all_rides(plans) == [], name

    connection.execute(sa.text("SELECT id FROM rides WHERE reason = 'none'")).all()
    assert reads_all_rides(plans) != [], "negative control"


def reads_all_rides(plans: list[str]) -> list[str]:
    return [
        line
        for line in plans
        if ("Seq Scan on ride" in line or "SCAN ride" in line)
        and not any(index in line for index in SMALL)
    ]
