"""Whoever is alone runs his own command; in company all go through the writer's thread."""

import gc
from collections.abc import Iterator
from functools import partial
from threading import Event, current_thread
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import HoldPlaces
from booking_core.domain.decisions import decide
from booking_core.engine import batches
from booking_core.engine.batches import BatchRunner
from booking_core.errors import BookingError, EngineClosed, InvalidRequest, SeatTaken
from booking_core.storage.unit_of_work import UnitOfWork
from tests.support.builders import bus, counted, hold, seat_ids
from tests.support.faults_waiting import DEADLINE, PATIENCE, Later, wait_until

WRITER = "booking-writer"


class Watched:
    """A system that says which thread ran which batch."""

    def __init__(self, url: str) -> None:
        self.batches: list[tuple[str, int]] = []
        self.system = BookingSystem.open(url, observe_batch=self._note)
        self.inventory = self.system.create_inventory(counted({"General": 1_000}))

    def _note(self, size: int) -> None:
        self.batches.append((current_thread().name, size))

    def hold(self, customer: str = "ann") -> Booking:
        return self.system.hold_places(self.inventory, customer, 1)

    def hold_many(self, count: int) -> None:
        self.system.place_many(
            HoldPlaces(inventory_id=self.inventory, customer_id=f"c{n}", quantity=1)
            for n in range(count)
        )


@pytest.fixture
def watched(database_url: str) -> Iterator[Watched]:
    opened = Watched(database_url)
    yield opened
    opened.system.close()


class Held:
    """Keeps the first batch running until it is let go."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.began, self.go = Event(), Event()
        run = BatchRunner.run

        def run_when_let(runner: BatchRunner, commands: Any) -> Any:
            if not self.began.is_set():
                self.began.set()
                self.go.wait(DEADLINE)
            return run(runner, commands)

        patch.setattr(BatchRunner, "run", run_when_let)


def test_a_lone_callers_command_runs_on_its_own_thread(watched: Watched) -> None:
    """One connection serves them all, one after another."""
    watched.hold()
    for customer in ("bob", "cyd"):
        assert Later(partial(watched.hold, customer)).start().result().customer_id == customer
    watched.hold()

    threads = [name for name, _ in watched.batches]
    assert threads[0] == threads[3] == current_thread().name
    assert WRITER not in threads
    assert len(set(threads)) == 3


def test_after_a_crowd_the_first_goes_with_the_others(watched: Watched) -> None:
    watched.hold_many(3)
    watched.hold()
    watched.hold()

    assert watched.batches == [(WRITER, 3), (WRITER, 1), (current_thread().name, 1)]


def test_submissions_need_nobody_who_waits(watched: Watched) -> None:
    settled: list[str] = []
    command = HoldPlaces(inventory_id=watched.inventory, customer_id="ann", quantity=1)

    (submission,) = watched.system._writer.submit(
        command, on_answered=lambda _: settled.append(current_thread().name)
    )

    assert isinstance(submission.wait(), Booking)
    wait_until(lambda: settled == [WRITER], "it was told")


def test_a_caller_serves_nobody_but_himself(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    first = Later(watched.hold).start()
    assert held.began.wait(DEADLINE)
    others = [Later(partial(watched.hold, f"c{n}")).start() for n in range(5)]
    wait_until(lambda: len(watched.system._writer._waiting) == 5, "all others wait")

    held.go.set()

    assert {type(one.result()) for one in [first, *others]} == {Booking}
    assert [size for _, size in watched.batches] == [1, 5]
    assert [name == WRITER for name, _ in watched.batches] == [False, True]


def test_closing_waits_for_a_callers_own_command(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    caller = Later(watched.hold).start()
    assert held.began.wait(DEADLINE)

    closing = Later(watched.system.close).start()
    assert not closing.is_done(PATIENCE)
    held.go.set()

    closing.result()
    assert isinstance(caller.result(), Booking)
    with pytest.raises(EngineClosed):
        watched.hold()


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_caller_leaves_the_lead_and_no_connection_to_others(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, interrupt: type[BaseException]
) -> None:
    """What that connection would answer next might be the answer to something else."""
    watched.hold()

    def be_interrupted(*_: object) -> None:
        raise interrupt

    work: UnitOfWork = watched.system._writer._runner._work
    with monkeypatch.context() as patch:
        patch.setattr(batches, "decide", be_interrupted)
        with pytest.raises(interrupt):
            watched.hold()

    assert not work.is_connected
    assert Later(watched.hold).start().result().places == 1
    assert watched.system.inventory(watched.inventory).available == 998
    assert watched.system.fsck().violations == []


def test_others_go_on_after_an_interrupted_caller(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go = Event(), Event()

    def be_interrupted_once(*arguments: Any) -> Any:
        if began.is_set():
            return decide(*arguments)
        began.set()
        go.wait(DEADLINE)
        raise KeyboardInterrupt

    monkeypatch.setattr(batches, "decide", be_interrupted_once)
    interrupted = Later(watched.hold).start()
    assert began.wait(DEADLINE)
    others = [Later(partial(watched.hold, f"c{n}")).start() for n in range(3)]
    wait_until(lambda: len(watched.system._writer._waiting) == 3, "all others wait")
    go.set()

    assert {type(one.result()) for one in others} == {Booking}
    with pytest.raises(KeyboardInterrupt):
        interrupted.result()


def test_what_makes_no_sense_is_refused_without_a_batch(watched: Watched) -> None:
    with pytest.raises(InvalidRequest):
        watched.hold(" ")

    assert watched.batches == []


def garbage_of(system: BookingSystem, inventory: str, refusals: int) -> int:
    """Objects that only a garbage collection finds after so many refused holds."""
    taken = seat_ids(system, inventory, "1A")
    gc.collect()
    gc.disable()
    try:
        for n in range(refusals):
            try:
                system.hold_seats(inventory, f"c{n}", taken)
            except SeatTaken:
                continue
        return gc.collect()
    finally:
        gc.enable()


def test_refusals_leave_no_garbage_to_collect(frozen_system: BookingSystem) -> None:
    """A collection stops all callers, and refusals come in floods."""
    inventory = frozen_system.create_inventory(bus())
    hold(frozen_system, inventory, "1A")

    assert garbage_of(frozen_system, inventory, 50) < 50


def test_negative_control_a_kept_traceback_is_garbage(
    frozen_system: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventory = frozen_system.create_inventory(bus())
    hold(frozen_system, inventory, "1A")
    monkeypatch.setattr(BookingError, "with_traceback", lambda error, _: error, raising=False)

    assert garbage_of(frozen_system, inventory, 50) > 500
