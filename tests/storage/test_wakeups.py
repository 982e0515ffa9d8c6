"""Being woken after commits: of this process, of others, and when nobody says a word."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore
from threading import enumerate as threads

import pytest

from booking_core import BookingSystem
from booking_core.storage import wakeups
from tests.support.builders import bus, hold
from tests.support.faults_waiting import DEADLINE, wait_until
from tests.support.raw import rows

FOR_EVER = 3_600.0


@pytest.fixture
def nobody_looks_by_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a word wakes."""
    monkeypatch.setattr(wakeups, "_SECONDS_WITHOUT_A_WORD", FOR_EVER)


@contextmanager
def waking(system: BookingSystem) -> Iterator[Semaphore]:
    """Counts up with every wake-up; begins asleep."""
    woken = Semaphore(0)
    with system.watching(woken.release):
        yield woken


def listeners(url: str) -> int:
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND query LIKE 'LISTEN%'"
    )
    return int(rows(url, query)[0][0])


def drain(woken: Semaphore) -> None:
    while woken.acquire(blocking=False):
        pass


@pytest.mark.usefixtures("nobody_looks_by_himself")
@pytest.mark.postgres
def test_a_commit_wakes_whoever_watches_anywhere_at_once(postgres_url: str) -> None:
    with (
        BookingSystem.open(postgres_url) as one,
        BookingSystem.open(postgres_url) as two,
        waking(one) as woken_one,
        waking(two) as woken_two,
    ):
        wait_until(lambda: listeners(postgres_url) == 2, "both listen")
        inventory = one.create_inventory(bus())
        for seller, label in ((one, "1A"), (two, "1B"), (one, "1C")):
            drain(woken_one)
            drain(woken_two)
            hold(seller, inventory, label)
            assert woken_one.acquire(timeout=DEADLINE)
            assert woken_two.acquire(timeout=DEADLINE)


def test_a_commit_of_a_process_that_tells_nobody_is_noticed(database_url: str) -> None:
    with BookingSystem.open(database_url) as watching, BookingSystem.open(database_url) as silent:
        inventory = silent.create_inventory(bus())
        with waking(watching) as woken:
            for label in ("1A", "1B", "1C"):
                drain(woken)
                hold(silent, inventory, label)
                assert woken.acquire(timeout=DEADLINE)


def test_somebody_looks_from_time_to_time_anyway(database_url: str) -> None:
    """A wake-up that got lost is made good."""
    with BookingSystem.open(database_url) as system, waking(system) as woken:
        for _ in range(3):
            assert woken.acquire(timeout=DEADLINE)


@pytest.mark.usefixtures("nobody_looks_by_himself")
def test_without_that_silence_stays_silence(sqlite_url: str) -> None:
    """Negative control: and nothing is heard of what is committed nowhere."""
    with BookingSystem.open(sqlite_url) as system, waking(system) as woken:
        assert woken.acquire(timeout=DEADLINE), "the first look"
        assert not woken.acquire(timeout=0.3)
        hold(system, system.create_inventory(bus()), "1A")
        assert woken.acquire(timeout=DEADLINE)


@pytest.mark.postgres
def test_a_listener_that_is_cut_off_listens_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "_SECONDS_BEFORE_NEXT_TRY", 0.01)
    with BookingSystem.open(postgres_url) as system, waking(system) as woken:
        inventory = system.create_inventory(bus())
        for label in ("1A", "1B"):
            wait_until(lambda: listeners(postgres_url) == 1, "it listens")
            rows(
                postgres_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%'",
            )
            wait_until(lambda: listeners(postgres_url) == 1, "it listens again")
            drain(woken)
            hold(system, inventory, label)
            assert woken.acquire(timeout=DEADLINE)


def test_nothing_goes_on_after_the_end(database_url: str) -> None:
    with BookingSystem.open(database_url) as system:
        with waking(system):
            assert ours()
        assert not ours()
        hold(system, system.create_inventory(bus()), "1A")


def ours() -> list[str]:
    names = [thread.name for thread in threads()]
    return [name for name in names if name in {"booking-wakeups", "booking-announcer"}]
