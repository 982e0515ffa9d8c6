"""A PostgreSQL server that crashes, or that cannot reach its standby. It is a server of our own."""

import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from random import Random

import pytest

from booking_core import BookingSystem
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import BookingError, DatabaseUnreachable, OutcomeUnknown
from tests.support import postgres
from tests.support.builders import counted
from tests.support.faults_diary import Known, problems_after
from tests.support.faults_rush import rush
from tests.support.faults_server import CrashingServer
from tests.support.faults_waiting import Later, wait_until
from tests.support.faults_writer import open_shop
from tests.support.raw import scalar

pytestmark = pytest.mark.postgres
CRASHES = 3


@pytest.fixture(scope="module")
def server() -> Iterator[CrashingServer]:
    try:
        started = CrashingServer()
    except Exception as error:
        if postgres.is_required():
            raise
        pytest.skip(f"no PostgreSQL server: {error}")
    yield started
    started.stop()


def test_a_crashed_server_loses_nothing_acknowledged(
    server: CrashingServer, tmp_path: Path
) -> None:
    shop, known, random = open_shop(server.url), Known(), Random("crashes")

    def crash_again_and_again() -> None:
        for _ in range(CRASHES):
            time.sleep(random.uniform(0.02, 0.1))
            server.crash()
            server.start()

    with BookingSystem.open(server.url) as system:
        rush(system, shop, tmp_path / "diary", crash_again_and_again)

        in_flight = known.read(tmp_path / "diary")
        failures = {type(error) for error in known.failures.values()}
        assert failures <= {OutcomeUnknown, DatabaseUnreachable}
        assert known.bookings
        assert problems_after(system, server.url, known, in_flight) == []


def test_a_commit_that_no_standby_confirmed_is_not_acknowledged(server: CrashingServer) -> None:
    with BookingSystem.open(server.url) as system:
        inventory_id = system.create_inventory(
            counted({"General": 100_000}, holds=HoldPolicy(customer_limit=100_000))
        )
        with server.waiting_for_a_standby():
            buyer = Later(partial(hold_until_refused, system, inventory_id)).start()
            wait_until(lambda: cancel_waiting_commits(server.url) > 0, "a commit waits")
            held, refusal = buyer.result()

        assert isinstance(refusal, OutcomeUnknown)
        system.hold_places(inventory_id, "ann", 1, idempotency_key=f"key {held}")
        assert system.inventory(inventory_id).available == 100_000 - held - 1


def hold_until_refused(system: BookingSystem, inventory_id: str) -> tuple[int, BookingError]:
    """How many holds were acknowledged, and why the next one was not: the server takes a moment
    to know that it should wait."""
    for held in count():
        try:
            system.hold_places(inventory_id, "ann", 1, idempotency_key=f"key {held}")
        except BookingError as error:
            return held, error
    raise AssertionError("unreachable")


def cancel_waiting_commits(url: str) -> int:
    """As an operator does who sees commits hang; how many they were."""
    cancelled: int = scalar(
        url,
        "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
    )
    return cancelled
