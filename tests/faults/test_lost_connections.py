"""A PostgreSQL server that drops its clients: what was acknowledged is there, what was reported as
failed is not, and the engine goes on by itself."""

import time
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.errors import DatabaseUnreachable, OutcomeUnknown
from booking_core.storage.wire import PostgresWire
from tests.support.builders import counted
from tests.support.faults_acts import Do, hold_places
from tests.support.faults_arena import attempt
from tests.support.faults_diary import Known, problems_after
from tests.support.faults_duel import just_before_saving
from tests.support.faults_proxy import link_to
from tests.support.faults_rush import rush
from tests.support.faults_waiting import Later
from tests.support.faults_writer import ROOMY, open_shop
from tests.support.raw import rows, scalar

pytestmark = pytest.mark.postgres
DROPS = 15
DROPS_WHEN_THOROUGH = 150
LONGEST_PAUSE = 0.06


def drop_clients(url: str) -> int:
    """Terminate every connection of the engine to this database; how many they were."""
    return len(
        rows(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'booking-engine'",
        )
    )


def is_kept(url: str, key: str) -> bool:
    query = "SELECT count(*) FROM idempotency_records WHERE key = :key"
    return bool(scalar(url, query, key=key))


def test_dropped_clients_lose_nothing_acknowledged(
    postgres_url: str, tmp_path: Path, thorough: bool
) -> None:
    shop, known, random = open_shop(postgres_url), Known(), Random("drops")

    def drop_again_and_again() -> None:
        for _ in range(DROPS_WHEN_THOROUGH if thorough else DROPS):
            time.sleep(random.uniform(0, LONGEST_PAUSE))
            drop_clients(postgres_url)

    with BookingSystem.open(postgres_url) as system:
        rush(system, shop, tmp_path / "diary", drop_again_and_again)

        in_flight = known.read(tmp_path / "diary")
        assert {type(error) for error in known.failures.values()} <= {
            OutcomeUnknown,
            DatabaseUnreachable,
        }
        assert not any(
            is_kept(postgres_url, key)
            for key, error in known.failures.items()
            if isinstance(error, DatabaseUnreachable)
        )
        assert problems_after(system, postgres_url, known, in_flight) == []


def test_a_connection_dropped_under_the_lock_is_replaced_and_the_batch_repeated(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BookingSystem.open(postgres_url) as system:
        inventory_id = system.create_inventory(counted())
        system.hold_places(inventory_id, "ann", 1)
        just_before_saving(monkeypatch, partial(drop_clients, postgres_url))

        system.hold_places(inventory_id, "bob", 1)

        assert [booking.customer_id for booking in system.bookings()] == ["bob", "ann"]
        assert system.fsck().violations == []


def test_a_server_that_drops_every_connection_is_unreachable_and_nothing_is_written(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BookingSystem.open(postgres_url) as system:
        inventory_id = system.create_inventory(counted())
        with monkeypatch.context() as patch:
            just_before_saving(patch, partial(drop_clients, postgres_url))
            # The first connection of all is not tried twice.
            outcome = attempt(Do(hold_places(inventory_id, 1, "ann", key="k")), system)

        assert isinstance(outcome, DatabaseUnreachable)
        assert not is_kept(postgres_url, "k")
        system.hold_places(inventory_id, "ann", 1, idempotency_key="k")
        assert len(system.bookings()) == 1


def test_a_connection_dropped_before_the_commit_leaves_the_outcome_unknown(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = PostgresWire.commit

    def drop_then_commit(wire: PostgresWire) -> None:
        drop_clients(postgres_url)
        commit(wire)

    with BookingSystem.open(postgres_url) as system:
        inventory_id = system.create_inventory(counted())
        with monkeypatch.context() as patch:
            patch.setattr(PostgresWire, "commit", drop_then_commit)
            outcome = attempt(Do(hold_places(inventory_id, 1, "ann", key="k")), system)

        assert isinstance(outcome, OutcomeUnknown)
        assert not is_kept(postgres_url, "k")
        system.hold_places(inventory_id, "ann", 1, idempotency_key="k")
        assert len(system.bookings()) == 1


# What the server says when it has committed, and when it ends a session.
COMMITTED = b"C\0\0\0\x0bCOMMIT\0"
FAREWELL_FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0"
FAREWELL = b"E" + (len(FAREWELL_FIELDS) + 4).to_bytes(4, "big") + FAREWELL_FIELDS


after_a_lost_commit = pytest.mark.parametrize(
    "heard",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(FAREWELL, id="a farewell"),
        pytest.param(COMMITTED, id="the commit"),
        pytest.param(COMMITTED + FAREWELL, id="the commit and a farewell"),
    ],
)


@after_a_lost_commit
def test_a_commit_whose_answer_is_lost_can_be_repeated_with_its_key(
    heard: bytes, postgres_url: str
) -> None:
    with link_to(postgres_url) as link, BookingSystem.open(link.url) as system:
        inventory_id = system.create_inventory(counted())
        link.cut_at(COMMITTED, instead=heard)
        outcome = attempt(Do(hold_places(inventory_id, 1, "ann", key="k")), system)

        assert isinstance(outcome, OutcomeUnknown | Booking)
        assert is_kept(postgres_url, "k")
        repeated = system.hold_places(inventory_id, "ann", 1, idempotency_key="k")
        assert [booking.id for booking in system.bookings()] == [repeated.id]


@after_a_lost_commit
def test_a_commit_whose_answer_is_lost_is_not_made_again_by_the_engine(
    heard: bytes, postgres_url: str
) -> None:
    with link_to(postgres_url) as link, BookingSystem.open(link.url) as system:
        inventory_id = system.create_inventory(counted())
        link.cut_at(COMMITTED, instead=heard)
        outcome = attempt(Do(hold_places(inventory_id, 1, "ann")), system)

        assert isinstance(outcome, OutcomeUnknown | Booking)
        assert len(system.bookings()) == 1


@pytest.mark.parametrize("is_stale", [False, True], ids=["connected", "stale"])
def test_wherever_the_link_is_cut_a_command_is_answered_and_done_once(
    is_stale: bool, postgres_url: str, thorough: bool
) -> None:
    with link_to(postgres_url) as link, BookingSystem.open(link.url) as system:
        inventory_id = system.create_inventory(counted({"General": 10_000}, holds=ROOMY))
        step = 5 if thorough else 61
        for heard in count(0, step):
            hold = Do(hold_places(inventory_id, 1, "ann", key=f"cut after {heard}"))
            if is_stale:
                drop_clients(postgres_url)
            link.cut_after(heard)
            outcome = Later(partial(attempt, hold, system)).start().result()
            was_cut = link.mend()
            assert isinstance(outcome, Booking | OutcomeUnknown | DatabaseUnreachable), heard
            hold(system)
            if not was_cut:
                break

        assert heard > 3 * step
        assert len(system.bookings(limit=10_000)) == heard // step + 1
        assert system.fsck().violations == []
