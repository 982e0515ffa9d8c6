"""A process that sells in a chain of overlapping batches, and kills itself on the way."""

import os
import signal
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.engine.writer import Submission
from booking_core.storage.pipeline import PostgresDraft
from booking_core.storage.wire import PostgresWire
from tests.support.chains import hold_of


class Moment(StrEnum):
    """When it kills itself."""

    WRITING = "a batch is being written"
    UNCOMMITTED = "a batch is written, its commit not sent"
    COMMITTING = "the commit is sent, the next batch decided"
    COMMITTED = "the commit is confirmed, nobody answered"
    LYING = "everybody is answered, nothing committed"


def sell_in_a_chain(
    url: str, inventory_id: str, seats: Sequence[str], diary: Path, death: tuple[Moment, int]
) -> None:
    """Hold each seat for a customer called as the seat; whoever is answered is written down. Dies
    when that moment comes for so many times."""
    with pytest.MonkeyPatch.context() as patch, BookingSystem.open(url) as system:
        system.layout(inventory_id)
        _die(patch, *death)
        book = os.open(diary, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

        def write_down(submission: Submission) -> None:
            os.write(book, f"{submission.command.actor}\n".encode())

        commands = [hold_of(inventory_id, seat, customer=seat) for seat in seats]
        for submission in system.submit(commands, on_answered=write_down):
            submission.wait()


def _die(patch: pytest.MonkeyPatch, moment: Moment, number: int) -> None:
    left = [number]

    def count_down() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(owner: type, name: str) -> None:
        _wrap(patch, owner, name, before=count_down)

    match moment:
        case Moment.WRITING:
            _wrap(patch, PostgresDraft, "send", after=count_down)
        case Moment.UNCOMMITTED:
            before(PostgresWire, "start_commit")
        case Moment.COMMITTING:
            before(PostgresWire, "finish_commit")
        case Moment.COMMITTED:
            _wrap(patch, PostgresWire, "finish_commit", after=count_down)
        case Moment.LYING:
            patch.setattr(PostgresWire, "start_commit", lambda _: None)
            patch.setattr(PostgresWire, "finish_commit", lambda _: None)
            before(PostgresDraft, "send")


def _nothing() -> None:
    pass


def _wrap(
    patch: pytest.MonkeyPatch,
    owner: type,
    name: str,
    *,
    before: Callable[[], None] = _nothing,
    after: Callable[[], None] = _nothing,
) -> None:
    act = getattr(owner, name)

    def act_between(*arguments: Any) -> None:
        before()
        act(*arguments)
        after()

    patch.setattr(owner, name, act_between)
