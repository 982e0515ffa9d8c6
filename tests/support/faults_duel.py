"""Two engines on one database, interleaved on purpose: the second begins while the first has
decided and not yet written."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.storage.saving import Saver
from tests.support.faults_arena import Act, Outcome, attempt
from tests.support.faults_waiting import DEADLINE, PATIENCE, Later


def nothing() -> None:
    """Happens in between where nothing else does."""


@dataclass(frozen=True, slots=True)
class Duel:
    """`first` stops just before it writes; `in_between` happens, then `second` begins."""

    first: Act
    second: Act
    in_between: Callable[[], Any] = nothing


@dataclass(frozen=True, slots=True)
class Fought:
    first: Outcome
    second: Outcome
    second_waited: bool
    """Whether the second was still without an answer when the first went on."""

    @property
    def outcomes(self) -> list[Outcome]:
        return [self.first, self.second]


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two engines on the database at `url`, by one clock that stands still."""

    url: str
    clock: ManualClock
    one: BookingSystem
    other: BookingSystem

    def fight(self, duel: Duel, *, is_locked: bool) -> Fought:
        """Without a lock the first goes on only when the second has finished, which it then can;
        with it, after having watched the second wait."""
        second = Later(partial(attempt, duel.second, self.other))
        waited: list[bool] = []

        def interfere() -> None:
            duel.in_between()
            second.start()
            waited.append(not second.is_done(PATIENCE if is_locked else DEADLINE))

        with pytest.MonkeyPatch.context() as patch:
            just_before_saving(patch, interfere)
            first = Later(partial(attempt, duel.first, self.one)).start().result()
        assert waited, "the first never came to write"
        return Fought(first, second.result(), waited[0])


def just_before_saving(patch: pytest.MonkeyPatch, callback: Callable[[], object]) -> None:
    """Call back once, in the writer or sweeper that comes first, between its decision and its
    first write."""
    send = Saver.send
    is_due = [True]

    def call_then_send(saver: Saver, *arguments: Any) -> None:
        if is_due:
            is_due.clear()
            callback()
        send(saver, *arguments)

    patch.setattr(Saver, "send", call_then_send)
