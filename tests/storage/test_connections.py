"""Connections that went stale between commands are replaced without anybody noticing."""

from contextlib import suppress

import pytest
import sqlalchemy as sa

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.commands import HoldPlaces
from booking_core.errors import DatabaseUnreachable
from booking_core.storage.database import Database
from booking_core.storage.repositories.inventories import CLOCK
from booking_core.storage.unit_of_work import UnitOfWork
from tests.support.builders import bus, counted, hold
from tests.support.raw import raw_connection, rows

pytestmark = pytest.mark.postgres


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


def cut_all_connections(url: str) -> int:
    """As a restart of the server or a firewall would; how many there were."""
    with raw_connection(url) as connection:
        found = connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid, 10_000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        return len(found.all())


def test_a_writer_whose_connection_was_cut_goes_on(
    system: BookingSystem, postgres_url: str
) -> None:
    inventory = system.create_inventory(bus())
    hold(system, inventory, "1A")

    for label in ("1B", "1C"):
        assert cut_all_connections(postgres_url) >= 1
        assert hold(system, inventory, label).places == 1

    assert system.inventory(inventory).version == 3
    assert system.fsck().violations == []


def test_a_whole_batch_goes_on(system: BookingSystem, postgres_url: str) -> None:
    inventory = system.create_inventory(counted({"General": 50}))
    system.hold_places(inventory, "zoe", 1)
    cut_all_connections(postgres_url)

    outcomes = system.place_many(
        HoldPlaces(inventory_id=inventory, customer_id=f"c{n}", quantity=1) for n in range(40)
    )

    assert all(isinstance(outcome, Booking) for outcome in outcomes)
    assert system.inventory(inventory).available == 9


def test_readers_go_on(system: BookingSystem, postgres_url: str) -> None:
    inventory = system.create_inventory(bus())
    assert system.seat_map(inventory).available == 8
    cut_all_connections(postgres_url)

    assert system.seat_map(inventory).available == 8
    assert system.bookings() == []
    assert system.now().tzinfo is not None


def test_a_sweeper_fails_at_most_once_and_goes_on(
    frozen_system: BookingSystem, clock: ManualClock, postgres_url: str
) -> None:
    inventory = frozen_system.create_inventory(counted())
    sweeper = frozen_system.sweeper()
    for _ in range(2):
        held = frozen_system.hold_places(inventory, "ann", 1)
        clock.advance(hours=1)
        with suppress(DatabaseUnreachable):
            sweeper.sweep()
        sweeper.sweep()
        assert frozen_system.booking(held.id).state is BookingState.EXPIRED
        cut_all_connections(postgres_url)
    sweeper.close()


def test_a_connection_that_fails_at_once_is_not_tried_for_ever(
    system: BookingSystem, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventory = system.create_inventory(counted())
    attempts: list[int] = []

    def cannot(_: object) -> None:
        attempts.append(1)
        raise DatabaseUnreachable("The server is gone.")

    monkeypatch.setattr("booking_core.storage.unit_of_work.open_wire", cannot)
    with pytest.raises(DatabaseUnreachable):
        system.hold_places(inventory, "ann", 1)

    assert attempts == [1]


def test_a_transaction_that_cannot_be_rolled_back_gives_up_its_connection(
    postgres_url: str,
) -> None:
    database = Database(postgres_url)
    work = UnitOfWork(database)

    def cut_in_between() -> None:
        with work.transaction() as wire:
            cut_all_connections(postgres_url)
            wire.query(CLOCK, now=None)

    with pytest.raises(DatabaseUnreachable):
        cut_in_between()

    assert not work.is_connected
    with work.transaction() as wire:
        assert wire.query(CLOCK, now=None).rows()
    work.close()
    database.close()


def test_each_system_writes_on_one_connection_of_its_own(
    system: BookingSystem, postgres_url: str
) -> None:
    inventory = system.create_inventory(counted({"General": 100}))
    names = (
        "SELECT pid FROM pg_stat_activity "
        "WHERE application_name = 'booking-engine' AND datname = current_database()"
    )
    system.hold_places(inventory, "ann", 1)
    before = {pid for (pid,) in rows(postgres_url, names)}

    for number in range(20):
        system.hold_places(inventory, f"c{number}", 1)

    assert {pid for (pid,) in rows(postgres_url, names)} == before
