"""The sweeper closes holds whose time is over: in bounded batches, any number of times, by any
number of processes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Event, Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.commands import HoldPlaces
from booking_core.errors import DatabaseBusy, StorageError
from tests.support.builders import bus, counted, hold, sell, sweep
from tests.support.raw import raw_connection, rows, scalar


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


def many_holds(system: BookingSystem, count: int) -> str:
    """An inventory with holds of one place each, which all expire in 15 minutes."""
    inventory = system.create_inventory(counted({"General": count}))
    system.place_many(
        HoldPlaces(inventory_id=inventory, customer_id=f"c{n}", quantity=1) for n in range(count)
    )
    return inventory


@contextmanager
def locked(url: str, inventory: str) -> Iterator[Connection]:
    """The inventory's row lock, as a writer of another process would have it."""
    with raw_connection(url) as connection:
        connection.execute(
            sa.text("SELECT id FROM inventories WHERE id = :id FOR UPDATE"), {"id": inventory}
        )
        yield connection
        connection.rollback()


def test_an_expired_hold_is_closed_and_its_places_are_free(
    system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    seated, places = system.create_inventory(bus()), system.create_inventory(counted())
    seats, some = hold(system, seated, "1A", "1B"), system.hold_places(places, "ann", 3)
    clock.advance(minutes=15)

    assert system.expire() == 2

    for booking in (seats, some):
        closed = system.booking(booking.id)
        assert (closed.state, closed.closed_at) == (BookingState.EXPIRED, clock.now())
    assert scalar(database_url, "SELECT count(*) FROM claims") == 0
    assert rows(database_url, "SELECT held, sold FROM tiers") == [(0, 0), (0, 0)]
    assert system.fsck().violations == []


def test_a_hold_that_lives_and_one_that_is_sold_are_left_alone(
    system: BookingSystem, clock: ManualClock
) -> None:
    inventory = system.create_inventory(bus())
    sold, live = sell(system, inventory, "1A"), hold(system, inventory, "1B")
    clock.advance(minutes=15, microseconds=-1)

    assert system.expire() == 0
    assert system.booking(sold.id).state is BookingState.CONFIRMED
    assert system.booking(live.id).state is BookingState.HELD


def test_sweeping_again_does_nothing(
    system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    inventory = many_holds(system, 3)
    clock.advance(hours=1)
    assert system.expire() == 3
    events = rows(database_url, "SELECT * FROM outbox ORDER BY seq")

    assert system.expire() == 0
    assert rows(database_url, "SELECT * FROM outbox ORDER BY seq") == events
    assert system.inventory(inventory).version == 6


def test_a_sweep_is_bounded_and_takes_the_longest_overdue_first(
    system: BookingSystem, clock: ManualClock
) -> None:
    inventory = system.create_inventory(bus())
    late = hold(system, inventory, "1A", duration=timedelta(minutes=10))
    early = hold(system, inventory, "1B", duration=timedelta(minutes=5))
    middle = hold(system, inventory, "1C", duration=timedelta(minutes=7))
    clock.advance(hours=1)

    assert [sweep(system, most=2) for _ in range(3)] == [2, 1, 0]
    order = [system.history(booking.id)[-1] for booking in (early, middle, late)]
    assert [act["action"] for act in order] == ["expired"] * 3
    assert system.inventory(inventory).version == 6


def test_the_bound_holds_for_the_events_of_one_sweep(
    system: BookingSystem, clock: ManualClock, database_url: str
) -> None:
    many_holds(system, 30)
    clock.advance(hours=1)

    sweep(system, most=10)

    assert scalar(database_url, "SELECT count(*) FROM outbox WHERE kind = 'expired'") == 10


def test_two_sweepers_at_once_close_every_hold_once(
    database_url: str, system: BookingSystem, clock: ManualClock
) -> None:
    inventories = [many_holds(system, 20) for _ in range(3)]
    clock.advance(hours=1)
    together = Barrier(2)

    def sweep_all(_: int) -> int:
        with BookingSystem.open(database_url, clock=clock) as own:
            together.wait(60)
            return own.expire()

    with ThreadPoolExecutor(2) as pool:
        swept = list(pool.map(sweep_all, range(2)))

    assert sum(swept) == 60
    assert [system.inventory(i).version for i in inventories] == [40, 40, 40]
    assert system.fsck().violations == []


@pytest.mark.postgres
def test_a_sweeper_passes_over_an_inventory_that_another_is_busy_with(
    postgres_url: str, clock: ManualClock
) -> None:
    with BookingSystem.open(postgres_url, clock=clock) as system:
        busy, idle = many_holds(system, 2), many_holds(system, 2)
        clock.advance(hours=1)
        sweeper = system.sweeper()

        with locked(postgres_url, busy):
            assert sweeper.sweep() == 2
            assert [system.inventory(i).version for i in (busy, idle)] == [2, 4]

        assert sweeper.sweep() == 2
        sweeper.close()
        assert system.inventory(busy).version == 4


@pytest.mark.postgres
def test_where_everything_is_busy_a_sweeper_waits_its_turn(
    postgres_url: str, clock: ManualClock
) -> None:
    """Else holds of an inventory that is always busy would never be closed."""
    with BookingSystem.open(postgres_url, clock=clock) as system:
        busy = many_holds(system, 2)
        clock.advance(hours=1)
        swept: list[int] = []
        sweeping = Thread(target=lambda: swept.append(system.expire()), daemon=True)

        with locked(postgres_url, busy):
            sweeping.start()
            wait_until_somebody_waits(postgres_url)
            assert swept == []
        sweeping.join(60)

        assert swept == [2]


def wait_until_somebody_waits(url: str) -> None:
    """For a lock, in this database."""
    pause = Event()
    for _ in range(2_000):
        if scalar(url, "SELECT count(*) FROM pg_locks WHERE NOT granted"):
            return
        pause.wait(0.01)
    pytest.fail("nobody waits for a lock")


def test_a_running_sweeper_reports_what_fails_and_goes_on(
    system: BookingSystem, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_holds(system, 2)
    clock.advance(hours=1)
    sweeper = system.sweeper()
    stop, told = Event(), list[int | StorageError]()
    really_sweep = sweeper.sweep
    monkeypatch.setattr(sweeper, "sweep", lambda: really_sweep() if told else busy())

    def busy() -> int:
        raise DatabaseBusy("Another writes.")

    def observe(outcome: int | StorageError) -> None:
        told.append(outcome)
        if len(told) == 3:
            stop.set()

    sweeper.run(stop, every_seconds=0.001, observe=observe)
    sweeper.close()

    assert isinstance(told[0], DatabaseBusy)
    assert told[1:] == [2, 0]
