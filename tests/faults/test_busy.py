"""One SQLite file, several processes: everybody is answered, and told that the database is busy
only where somebody really keeps it for longer than one waits."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.engine.catalogue import Catalogue
from booking_core.errors import DatabaseBusy, StorageError
from booking_core.storage import database, sqlite_lock
from tests.support.builders import bus, counted, seat_ids
from tests.support.faults_acts import Do, hold_places
from tests.support.faults_arena import attempt, in_processes, warm_forks
from tests.support.faults_waiting import DEADLINE, Later, run_together, wait_until
from tests.support.raw import raw_connection

ROOMY = HoldPolicy(customer_limit=100_000)
THREADS = 4
HOLDS = 15


@contextmanager
def kept_busy(url: str) -> Iterator[None]:
    """Somebody else has the file's write lock."""
    with raw_connection(url) as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        connection.exec_driver_sql("ROLLBACK")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections opened from now on wait for a moment only."""
    be_patient_for(60, monkeypatch)


def be_patient_for(milliseconds: int, patch: pytest.MonkeyPatch) -> None:
    for module in (database, sqlite_lock):
        patch.setattr(module, "BUSY_MILLISECONDS", milliseconds)


@dataclass(frozen=True, slots=True)
class Part:
    """What one process does: each thread holds places and confirms every hold."""

    url: str
    inventory_id: str
    name: str
    threads: int
    holds: int
    wait_milliseconds: int
    start: Any


def sell_part(part: Part) -> list[Booking]:
    be_patient_for(part.wait_milliseconds, pytest.MonkeyPatch())
    with BookingSystem.open(part.url) as system:
        part.start.wait(DEADLINE)
        sold = run_together(
            [partial(_sell, system, part, f"{part.name}/{n}") for n in range(part.threads)]
        )
    return [booking for bookings in sold for booking in bookings]


def _sell(system: BookingSystem, part: Part, customer: str) -> list[Booking]:
    holds = (system.hold_places(part.inventory_id, customer, 1) for _ in range(part.holds))
    return [system.confirm(hold.id, customer_id=customer) for hold in holds]


def sell_in_two_processes(
    url: str, threads: int, holds: int, wait_milliseconds: int = database.BUSY_MILLISECONDS
) -> tuple[str, list[Booking]]:
    """The inventory, and what both have sold of it."""
    with BookingSystem.open(url) as system:
        inventory_id = system.create_inventory(counted({"General": 100_000}, holds=ROOMY))
    start = warm_forks().Barrier(2)
    parts = [
        Part(url, inventory_id, name, threads, holds, wait_milliseconds, start)
        for name in ("one", "other")
    ]
    return inventory_id, [booking for sold in in_processes(sell_part, parts) for booking in sold]


def test_two_processes_that_write_at_once_are_both_answered(sqlite_url: str) -> None:
    inventory_id, sold = sell_in_two_processes(sqlite_url, THREADS, HOLDS)

    assert len({booking.id for booking in sold}) == 2 * THREADS * HOLDS
    with BookingSystem.open(sqlite_url) as system:
        stored = system.bookings(limit=100_000)
        assert {booking.id: booking for booking in stored} == {b.id: b for b in sold}
        assert system.inventory(inventory_id).available == 100_000 - len(sold)
        assert system.fsck().violations == []


def test_everybody_who_waits_for_too_long_is_told_that_it_is_busy(
    sqlite_url: str, impatient: None
) -> None:
    with BookingSystem.open(sqlite_url) as system:
        inventory_id = system.create_inventory(counted())
        holds = [
            partial(attempt, Do(hold_places(inventory_id, 1, f"{n}")), system) for n in range(6)
        ]
        with kept_busy(sqlite_url):
            outcomes = run_together(holds)

        assert [type(outcome) for outcome in outcomes] == [DatabaseBusy] * 6
        assert system.bookings() == []
        assert all(isinstance(outcome, Booking) for outcome in run_together(holds))
        assert len(system.bookings()) == 6


def test_a_busy_file_can_be_read_and_opened(sqlite_url: str, impatient: None) -> None:
    with BookingSystem.open(sqlite_url) as system:
        inventory_id = system.create_inventory(bus())
        system.hold_seats(inventory_id, "ann", seat_ids(system, inventory_id, "1A"))
        with kept_busy(sqlite_url), BookingSystem.open(sqlite_url) as other:
            for reader in (system, other):
                assert reader.inventory(inventory_id).available == 7
                assert reader.seat_map(inventory_id).available == 7
                assert len(reader.bookings()) == len(reader.holds()) == 1
                assert reader.fsck().violations == []


def test_a_sweeper_reports_a_busy_file_and_tries_again(sqlite_url: str, impatient: None) -> None:
    with BookingSystem.open(sqlite_url) as system:
        inventory_id = system.create_inventory(counted())
        hold = system.hold_places(inventory_id, "late", 1, duration=timedelta(milliseconds=1))
        wait_until(lambda: system.now() > hold.expires_at, "the hold is overdue")
        seen: list[int | StorageError] = []
        has_failed, stop = Event(), Event()

        def observe(result: int | StorageError) -> None:
            seen.append(result)
            (stop if isinstance(result, int) else has_failed).set()

        sweeper = system.sweeper()
        with kept_busy(sqlite_url):
            sweeping = Later(partial(sweeper.run, stop, 0.001, observe)).start()
            assert has_failed.wait(DEADLINE)
        sweeping.result()
        sweeper.close()

        assert {type(result) for result in seen[:-1]} == {DatabaseBusy}
        assert seen[-1] == 1


def test_what_was_created_is_not_reported_as_failed(
    sqlite_url: str, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = Catalogue._refresh_statistics

    def refresh_while_busy(catalogue: Catalogue, more: Sequence[str]) -> None:
        with kept_busy(sqlite_url):
            refresh(catalogue, more)

    monkeypatch.setattr(Catalogue, "_refresh_statistics", refresh_while_busy)
    with BookingSystem.open(sqlite_url) as system:
        created = attempt(lambda opened: opened.create_inventory(counted()), system)

        assert [inventory.id for inventory in system.inventories()] == [created]


def test_of_two_busy_processes_neither_starves(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody keeps the lock for longer than a batch takes, so nobody waits long for it."""
    _, sold = sell_in_two_processes(sqlite_url, threads=48, holds=40, wait_milliseconds=1_500)

    assert len(sold) == 2 * 48 * 40
