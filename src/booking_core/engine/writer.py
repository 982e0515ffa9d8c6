"""Group commit: whoever waits goes together, in order of arrival, in one transaction.

One thread takes all commands that wait, up to a bound, and runs them as one batch. A lone caller
pays no waiting window: a batch is whatever arrived while the last one committed.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Condition, Lock, Thread
from typing import TypeVar

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import AnyCommand
from booking_core.engine.batches import BatchRunner
from booking_core.engine.idempotency import Outcome
from booking_core.errors import BookingError, EngineClosed, InternalError

LARGEST_BATCH = 256

Result = TypeVar("Result")


class Ticket:
    """A place in the queue. `wait` gives the outcome."""

    __slots__ = ("_done", "command", "outcome")

    def __init__(self, command: AnyCommand) -> None:
        self.command = command
        self.outcome: Outcome
        # A bare lock is the cheapest thing one thread can wait for and another release.
        self._done = Lock()
        self._done.acquire()

    def settle(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._done.release()

    def wait(self) -> Outcome:
        with self._done:
            return self.outcome


class Writer:
    """Runs commands in batches on a thread of its own. Thread-safe.

    `observe` is told the size of each batch.
    """

    def __init__(
        self,
        runner: BatchRunner,
        *,
        largest_batch: int = LARGEST_BATCH,
        observe: Callable[[int], None] | None = None,
    ) -> None:
        self._runner = runner
        self._largest_batch = largest_batch
        self._observe = observe
        self._waiting: deque[Ticket] = deque()
        self._arrived = Condition(Lock())
        self._closing = False
        self._thread: Thread | None = None

    def submit(self, *commands: AnyCommand) -> list[Ticket]:
        """Queue commands in order; they may be spread over batches."""
        tickets = [Ticket(command) for command in commands]
        ready = [ticket for ticket in tickets if not _settle_if_malformed(ticket)]
        with self._arrived:
            if self._closing:
                raise EngineClosed("This booking system is closed. Open it again.")
            if self._thread is None:
                self._thread = Thread(target=self._work, name="booking-writer", daemon=True)
                self._thread.start()
            self._waiting.extend(ready)
            self._arrived.notify()
        return tickets

    def execute(self, command: AnyCommand) -> Booking:
        """Run one command and give its booking, or raise why it was refused."""
        outcome = self.submit(command)[0].wait()
        if isinstance(outcome, BookingError):
            raise outcome
        return outcome

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            self._run(batch)
        self._runner.close()

    def _next_batch(self) -> list[Ticket]:
        with self._arrived:
            while not self._waiting and not self._closing:
                self._arrived.wait()
            count = min(len(self._waiting), self._largest_batch)
            return [self._waiting.popleft() for _ in range(count)]

    def _run(self, batch: Sequence[Ticket]) -> None:
        try:
            outcomes = self._runner.run([ticket.command for ticket in batch])
        except BookingError as error:
            if error.retryable:
                _settle_all(batch, error)
            else:
                self._run_one_by_one(batch)
        except Exception:  # noqa: BLE001 - a caller left waiting would wait for ever
            self._run_one_by_one(batch)
        else:
            for ticket, outcome in zip(batch, outcomes, strict=True):
                ticket.settle(outcome)
            self._tell(len(batch))

    def _run_one_by_one(self, batch: Sequence[Ticket]) -> None:
        """So that only the command which the database refuses fails. A lone command gets a
        second try as well: somebody else may have used its idempotency key meanwhile."""
        for ticket in batch:
            ticket.settle(self._run_alone(ticket.command))

    def _run_alone(self, command: AnyCommand) -> Outcome:
        try:
            (outcome,) = self._runner.run([command])
        except BookingError as error:
            return error
        except Exception as error:  # noqa: BLE001 - as above
            defect = InternalError("The engine failed on a defect of its own. Please report it.")
            defect.__cause__ = error
            return defect
        self._tell(1)
        return outcome

    def _tell(self, size: int) -> None:
        if self._observe is not None:
            # Whoever watches must not be able to stop the writer.
            with suppress(Exception):
                self._observe(size)


def _settle_if_malformed(ticket: Ticket) -> bool:
    problem = ticket.command.problem()
    if problem is not None:
        ticket.settle(problem)
    return problem is not None


def _settle_all(batch: Sequence[Ticket], error: BookingError) -> None:
    for ticket in batch:
        ticket.settle(error)
