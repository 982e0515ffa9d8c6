"""Waiting that fails instead of hanging."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from threading import Barrier, Thread
from typing import Generic, TypeVar

# Nothing here comes near it; it is for a machine that is busy with something else.
DEADLINE = 60.0
# How long somebody who should be waiting for a lock is watched.
PATIENCE = 0.1

Result = TypeVar("Result")


class Later(Generic[Result]):
    """Something done on a thread of its own; what it raises is raised by `result`."""

    def __init__(self, act: Callable[[], Result]) -> None:
        self._act = act
        self._outcome: list[Result] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> "Later[Result]":
        self._thread.start()
        return self

    def is_done(self, within: float = 0.0) -> bool:
        self._thread.join(within)
        return not self._thread.is_alive()

    def result(self) -> Result:
        if not self.is_done(DEADLINE):
            raise TimeoutError(f"not done after {DEADLINE} s: {self._act}")
        if self._error is not None:
            raise self._error
        return self._outcome[0]

    def _run(self) -> None:
        try:
            self._outcome.append(self._act())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
            self._error = error


def run_together(acts: Sequence[Callable[[], Result]]) -> list[Result]:
    """Each act on a thread of its own, all let go at the same moment; their results in order."""
    line = Barrier(len(acts))
    runners = [Later(partial(_from_the_line, line, act)).start() for act in acts]
    return [runner.result() for runner in runners]


def _from_the_line(line: Barrier, act: Callable[[], Result]) -> Result:
    line.wait(DEADLINE)
    return act()


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so."""
    give_up = time.monotonic() + DEADLINE
    while not is_so():
        if time.monotonic() > give_up:
            raise TimeoutError(f"not so after {DEADLINE} s: {what}")
        time.sleep(0.002)
