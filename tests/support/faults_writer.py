"""A process that sells until it is killed; what it is answered it writes down before it goes on."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.commands import AnyCommand, BookingCommand, Hold
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.engine import batches
from booking_core.engine.idempotency import _outcome_of
from booking_core.storage.loading import load
from booking_core.storage.saving import Saver
from booking_core.storage.wire import PostgresWire, SqliteWire
from tests.support.builders import bus, counted, seat_ids
from tests.support.faults_acts import (
    cancel,
    confirm,
    extend,
    hold_best,
    hold_places,
    hold_seats,
    release,
)
from tests.support.faults_diary import Diary

CUSTOMERS = 4
LEGS = 3
ROOMY = HoldPolicy(customer_limit=100_000)
# The batch in which a writer kills itself.
FIFTH = 5
# Short enough for the sweeper and for takers to find it overdue.
BRIEFLY = timedelta(milliseconds=10)


class Moment(StrEnum):
    """When a writer kills itself."""

    LOCKED = "the inventories are locked and read"
    WRITING = "the first rows are written"
    WRITTEN = "everything is written, nothing committed"
    COMMITTED = "everything is committed, nobody answered"
    LYING = "everybody is answered, nothing committed"


@dataclass(frozen=True, slots=True)
class Shop:
    """What is sold, and where; `name` tells one writer's keys from another's."""

    url: str
    name: str
    bus: str
    seats: Sequence[str]
    legs: int
    event: str


def open_shop(url: str) -> Shop:
    """Put a bus and an event on sale."""
    with BookingSystem.open(url) as system:
        bus_id = system.create_inventory(bus(300, LEGS, holds=ROOMY))
        event_id = system.create_inventory(counted({"General": 100_000}, holds=ROOMY))
        return Shop(url, "first", bus_id, seat_ids(system, bus_id), LEGS, event_id)


def sell(shop: Shop, diary: Path, ready: Connection, moment: Moment | None = None) -> None:
    """Sell until killed: from outside, or by oneself in the fifth batch at a `moment`."""
    written = Diary(diary)
    with ExitStack() as stack:
        if moment is not None:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            _Doomed(FIFTH, moment, written).patch(patch)
        system = stack.enter_context(BookingSystem.open(shop.url))
        sellers: list[Callable[[], None]] = [
            Customer(system, shop, number, written).buy_on for number in range(CUSTOMERS)
        ]
        if moment is None:
            sellers.append(partial(_sweep_on, system))
        threads = [Thread(target=work) for work in sellers]
        for thread in threads:
            thread.start()
        ready.send_bytes(b"ready")
        for thread in threads:
            thread.join()


def _sweep_on(system: BookingSystem) -> None:
    while True:
        system.expire()
        time.sleep(0.01)


class Customer:
    """Holds, and then does something about what it holds, without end."""

    def __init__(self, system: BookingSystem, shop: Shop, number: int, diary: Diary) -> None:
        self._system = system
        self._shop = shop
        self._name = f"{shop.name}/{number}"
        self._diary = diary
        self._random = Random(self._name)
        self._asked = 0
        self._own: dict[str, Booking] = {}

    def buy_on(self) -> None:
        while True:
            self.act()

    def act(self) -> None:
        """Ask for one thing. It is written down before it is asked, and its answer before the
        next."""
        self._asked += 1
        command = replace(self._choose(), idempotency_key=f"{self._name}/{self._asked}")
        self._diary.asked(command)
        outcome = self._system.place_many([command])[0]
        self._diary.answered(command.idempotency_key, outcome)
        if isinstance(outcome, Booking):
            self._own[outcome.id] = outcome
        elif isinstance(command, BookingCommand):
            self._own.pop(command.booking_id)

    def _choose(self) -> AnyCommand:
        open_ones = [b for b in self._own.values() if _CHANGES.get(b.state)]
        if not open_ones or self._random.random() < 0.5:
            return self._hold()
        booking = self._random.choice(open_ones)
        return self._random.choice(_CHANGES[booking.state])(booking)

    def _hold(self) -> Hold:
        shop, random = self._shop, self._random
        first = random.randrange(shop.legs)
        command: Hold = random.choice(
            (
                hold_seats(
                    shop.bus,
                    random.sample(shop.seats, 2),
                    self._name,
                    (first, random.randrange(first + 1, shop.legs + 1)),
                ),
                hold_best(shop.bus, 1, self._name),
                hold_places(shop.event, random.randrange(1, 4), self._name),
            )
        )
        return replace(command, duration=BRIEFLY) if random.random() < 0.2 else command


_CHANGES: dict[BookingState, tuple[Callable[[Booking], AnyCommand], ...]] = {
    BookingState.HELD: (confirm, confirm, release, extend),
    BookingState.CONFIRMED: (cancel,),
}


# Dying at a moment of one's own choice


class _Doomed:
    """A writer that dies at the moment of the batch of this number."""

    def __init__(self, number: int, moment: Moment, diary: Diary) -> None:
        self._left = number
        self._moment = moment
        self._diary = diary
        self._keys: list[str] = []
        self._answers: list[tuple[str, Any]] = []

    def patch(self, patch: pytest.MonkeyPatch) -> None:
        write, finish = Saver._write, Saver.finish

        def load_locked(wire: Any, named: Any, now: Any) -> Any:
            loaded = load(wire, named, now)
            self._left -= 1
            self._keys = [key for _, key in named.keys]
            self._reach(Moment.LOCKED)
            return loaded

        def write_rows(*arguments: Any) -> None:
            write(*arguments)
            self._reach(Moment.WRITING)

        def finish_batch(saver: Saver, ledgers: Any, new: Any, since: Any) -> None:
            self._answers = [(key, stored.answer) for (_, key), stored in new.items()]
            finish(saver, ledgers, new, since)

        patch.setattr(batches, "load", load_locked)
        patch.setattr(Saver, "_write", write_rows)
        patch.setattr(Saver, "finish", finish_batch)
        for kind in (SqliteWire, PostgresWire):
            patch.setattr(kind, "commit", self._committing(kind.commit))

    def _committing(self, commit: Callable[[Any], None]) -> Callable[[Any], None]:
        def commit_batch(wire: Any) -> None:
            self._reach(Moment.WRITTEN)
            self._reach(Moment.LYING)
            commit(wire)
            self._reach(Moment.COMMITTED)

        return commit_batch

    def _reach(self, moment: Moment) -> None:
        if moment is not self._moment or self._left > 0:
            return
        if moment is Moment.LYING and not any("booking" in answer for _, answer in self._answers):
            return  # only refusals: nothing to lie about
        self._diary.dies_with(self._keys)
        if moment is Moment.LYING:
            for key, answer in self._answers:
                self._diary.answered(key, _outcome_of(answer, Booking))
        os.kill(os.getpid(), signal.SIGKILL)


def die_making_tables(url: str, statements: int) -> None:
    """Die after so many statements that make a table or an index."""
    made: list[str] = []

    @event.listens_for(Engine, "after_cursor_execute")
    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.lstrip().startswith("CREATE"):
            made.append(statement)
            if len(made) == statements:
                os.kill(os.getpid(), signal.SIGKILL)

    BookingSystem.open(url)
