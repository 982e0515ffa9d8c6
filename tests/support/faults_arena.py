"""Where contenders meet: threads of one engine, several engines, or several processes.

Processes are forked from a warm server that has the engine imported and no thread or connection:
each costs a few milliseconds and opens the database for itself.
"""

import multiprocessing
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any

from booking_core import BookingSystem
from booking_core.errors import BookingError
from tests.support.faults_protections import Meeting, Protection, without
from tests.support.faults_waiting import DEADLINE, run_together

PROCESSES = 3
SYSTEMS = 3

# What a contender does; it must be picklable.
Act = Callable[[BookingSystem], Any]
# What it was given for it, or the error of our tree that it was refused with.
Outcome = Any


class Arena(StrEnum):
    THREADS = "threads"
    SYSTEMS = "systems"
    PROCESSES = "processes"


@cache
def warm_forks() -> ForkServerContext:
    """Where to fork processes from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            "alembic.command",
            "booking_core.engine.catalogue",
            "booking_core.engine.expiry",
            "booking_core.engine.fsck",
            "booking_core.engine.overlapping",
            "booking_core.engine.payments",
            "booking_core.engine.rides.facade",
            "booking_core.engine.system",
            "booking_core.engine.tickets",
            "booking_core.engine.waitlist",
            "psycopg",
            "pytest",
            "sqlalchemy.dialects.postgresql.psycopg",
            "sqlalchemy.dialects.sqlite.pysqlite",
        ]
    )
    return context


@contextmanager
def process(target: Callable[..., None], *arguments: Any) -> Iterator[BaseProcess]:
    """A process that is gone at the end, whatever happens."""
    started = warm_forks().Process(target=target, args=arguments, daemon=True)
    started.start()
    try:
        yield started
    finally:
        started.kill()
        started.join(DEADLINE)


def attempt(act: Act, system: BookingSystem) -> Outcome:
    """What an act gives; a refusal is an outcome like any other."""
    try:
        return act(system)
    except BookingError as error:
        return error


def compete(
    arena: Arena, url: str, acts: Sequence[Act], off: Collection[Protection] = ()
) -> list[Outcome]:
    """All acts at once; their outcomes in order. `off` are the protections switched off."""
    if arena is Arena.PROCESSES:
        return _compete_in_processes(url, acts, off)
    with without(off, url):
        return _compete_here(url, acts, 1 if arena is Arena.THREADS else SYSTEMS)


def _compete_here(url: str, acts: Sequence[Act], systems: int) -> list[Outcome]:
    opened = [BookingSystem.open(url) for _ in range(systems)]
    try:
        return run_together(
            [partial(attempt, act, opened[n % systems]) for n, act in enumerate(acts)]
        )
    finally:
        for system in opened:
            system.close()


@dataclass(frozen=True, slots=True)
class _Side:
    """One process's part: what it does, and where it meets the others."""

    url: str
    acts: Sequence[Act]
    off: Collection[Protection]
    start: Any
    meeting: Meeting | None


def _compete_in_processes(
    url: str, acts: Sequence[Act], off: Collection[Protection]
) -> list[Outcome]:
    forks = warm_forks()
    start = forks.Barrier(PROCESSES)
    # Without the lock all have read before any writes; that makes the outcome certain.
    lost = Protection.LOCK in off
    meeting = Meeting(forks.Barrier(PROCESSES), forks.Lock()) if lost else None
    shares = [acts[n::PROCESSES] for n in range(PROCESSES)]
    sides = [_Side(url, share, off, start, meeting) for share in shares]
    outcomes: list[Outcome] = [None] * len(acts)
    for n, given in enumerate(in_processes(_contend, sides)):
        outcomes[n::PROCESSES] = given
    return outcomes


def _contend(side: _Side) -> list[Outcome]:
    with (
        without(side.off, side.url, side.meeting, len(side.acts)),
        BookingSystem.open(side.url) as system,
    ):
        side.start.wait(DEADLINE)
        return run_together([partial(attempt, act, system) for act in side.acts])


def in_processes(act: Callable[[Any], Any], arguments: Sequence[Any]) -> list[Any]:
    """`act` with each argument in a process of its own, at the same time; the results in order."""
    if not arguments:
        return []
    here, there = warm_forks().Pipe(duplex=False)
    with here, process(_report, act, arguments[0], there):
        there.close()
        others = in_processes(act, arguments[1:])
        if not here.poll(DEADLINE):
            raise TimeoutError(f"no answer after {DEADLINE} s: {act}")
        is_result, result = here.recv()
    if not is_result:
        raise RuntimeError(f"in another process:\n{result}")
    return [result, *others]


def _report(act: Callable[[Any], Any], argument: Any, results: Connection) -> None:
    try:
        results.send((True, act(argument)))
    except BaseException:  # noqa: BLE001 - raised again in the process that waits
        results.send((False, traceback.format_exc()))
