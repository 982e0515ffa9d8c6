"""Group commit: whoever waits goes together, in order of arrival, in one transaction.

One thread takes all commands that wait, up to a bound, and runs them as one batch. A lone caller
pays no waiting window: a batch is whatever arrived while the last one committed. Nor does it pay
for two changes of thread: where nobody else is about, it runs its own command itself.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Condition, Lock, Thread, get_ident

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import AnyCommand
from booking_core.engine.idempotency import Outcome
from booking_core.engine.overlapping import OverlappingRunner
from booking_core.errors import BookingError, EngineClosed, InternalError

LARGEST_BATCH = 256


class Submission:
    """A place in the queue. `wait` gives the outcome.

    `on_answered`, for those who cannot wait, is called with the submission once it has its
    outcome: by the thread that runs the batch, so it must be quick and must not fail.
    """

    __slots__ = ("_done", "_on_answered", "command", "outcome")

    def __init__(
        self, command: AnyCommand, on_answered: "Callable[[Submission], None] | None" = None
    ) -> None:
        self.command = command
        self.outcome: Outcome
        self._on_answered = on_answered
        # A bare lock is the cheapest thing one thread can wait for and another release.
        self._done = Lock()
        self._done.acquire()

    def answer(self, outcome: Outcome) -> None:
        """Give the outcome to whoever waits. Once only, by the thread that ran the batch."""
        self.outcome = outcome
        self._done.release()
        if self._on_answered is not None:
            # Whoever watches must not be able to stop the writer.
            with suppress(Exception):
                self._on_answered(self)

    def wait(self) -> Outcome:
        """Block until the outcome is there: a booking, or the error that refused it."""
        with self._done:
            return self.outcome


class Writer:
    """Runs commands in batches, one batch after another. Thread-safe.

    Batches run on a thread of its own; only the command of a caller who is alone runs on that
    caller's. `observe` is told the size of each batch, by the thread that ran it.
    """

    def __init__(
        self,
        runner: OverlappingRunner,
        *,
        largest_batch: int = LARGEST_BATCH,
        observe: Callable[[int], None] | None = None,
    ) -> None:
        self._runner = runner
        self._largest_batch = largest_batch
        self._observe = observe
        self._waiting: deque[Submission] = deque()
        self._arrived = Condition(Lock())
        self._closing = False
        self._thread: Thread | None = None
        # Which thread runs a batch now.
        self._leader: int | None = None
        self._last_size = 1

    def submit(
        self, *commands: AnyCommand, on_answered: Callable[[Submission], None] | None = None
    ) -> list[Submission]:
        """Queue commands in order; they may be spread over batches."""
        submissions = [Submission(command, on_answered) for command in commands]
        self.take(submissions)
        return submissions

    def take(self, submissions: Sequence[Submission]) -> None:
        """Queue the commands of submissions, in order."""
        ready = [submission for submission in submissions if not _refuse_if_malformed(submission)]
        with self._arrived:
            self._require_open()
            self._queue(ready)

    def execute(self, command: AnyCommand) -> Booking:
        """Run one command and give its booking, or raise why it was refused."""
        submission = Submission(command)
        if not _refuse_if_malformed(submission):
            self._run_or_queue(submission)
        outcome = submission.wait()
        if isinstance(outcome, BookingError):
            try:
                raise outcome
            finally:
                # The error's traceback holds this frame: they would keep each other alive.
                del outcome, submission
        return outcome

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._arrived:
            self._closing = True
            thread = self._started_thread()
            self._arrived.notify()
        thread.join()

    def _require_open(self) -> None:
        if self._closing:
            raise EngineClosed("This booking system is closed. Open it again.")

    def _queue(self, submissions: Sequence[Submission]) -> None:
        self._started_thread()
        self._waiting.extend(submissions)
        self._arrived.notify()

    def _started_thread(self) -> Thread:
        if self._thread is None:
            self._thread = Thread(target=self._work, name="booking-writer", daemon=True)
            self._thread.start()
        return self._thread

    def _run_or_queue(self, submission: Submission) -> None:
        """Run a command on its caller's own thread where the caller is alone."""
        me = get_ident()
        try:
            with self._arrived:
                self._require_open()
                if not self._is_alone():
                    self._queue([submission])
                    return
                self._leader = me
            self._run([submission])
        finally:
            # An interrupt reaches a caller's thread anywhere, and must not leave it in the lead:
            # hence by thread id, and given up in one step that waits for no lock.
            if self._leader == me:
                self._leader = None
                if self._waiting or self._closing:
                    with self._arrived:
                        self._arrived.notify()

    def _is_alone(self) -> bool:
        """In a crowd nobody may go first by himself: all others would then wait for a commit that
        they do not share. A crowd is where the last batch was of more than one."""
        return self._leader is None and not self._waiting and self._last_size <= 1

    def _work(self) -> None:
        while batch := self._next_batch():
            if self._runner.can_overlap(_commands(batch)):
                self._run_overlapping(batch)
            else:
                self._run(batch)
            self._leader = None
        self._runner.close()

    def _next_batch(self) -> list[Submission]:
        with self._arrived:
            while self._leader is not None or not (self._waiting or self._closing):
                self._arrived.wait()
            self._leader = get_ident()
            count = self._last_size = min(len(self._waiting), self._largest_batch)
            return [self._waiting.popleft() for _ in range(count)]

    def _run_overlapping(self, batch: list[Submission]) -> None:
        """Run a batch, and those that wait by the time it is decided, and so on."""
        under_way: deque[list[Submission]] = deque()
        rest = deque(batch)

        def take() -> Sequence[AnyCommand]:
            # Callers are in three places: being answered, in the database's hands, being
            # decided. The batches stay equal where each takes a third of all.
            with self._arrived:
                rest.extend(self._waiting)
                self._waiting.clear()
            on_their_way = len(rest) + sum(map(len, under_way))
            count = min(len(rest), -(-on_their_way // 3), self._largest_batch)
            taken = [rest.popleft() for _ in range(count)]
            if taken:
                under_way.append(taken)
                self._last_size = count
            return _commands(taken)

        def answer(outcomes: Sequence[Outcome]) -> None:
            self._answer(under_way.popleft(), outcomes)

        try:
            self._runner.run_overlapping(take(), take, answer)
        except Exception as error:  # noqa: BLE001 - a caller left waiting would wait for ever
            self._answer_failed(under_way.popleft(), error)
        for taken in under_way:
            self._run(taken)
        with self._arrived:
            self._waiting.extendleft(reversed(rest))

    def _run(self, batch: Sequence[Submission]) -> None:
        try:
            outcomes = self._runner.run(_commands(batch))
        except Exception as error:  # noqa: BLE001 - as above
            self._answer_failed(batch, error)
        else:
            self._answer(batch, outcomes)

    def _answer(self, batch: Sequence[Submission], outcomes: Sequence[Outcome]) -> None:
        for submission, outcome in zip(batch, outcomes, strict=True):
            submission.answer(outcome)
        self._tell(len(batch))

    def _answer_failed(self, batch: Sequence[Submission], error: Exception) -> None:
        """Nothing of a batch was done, or nobody knows."""
        if isinstance(error, BookingError) and error.retryable:
            _answer_all(batch, error)
        else:
            self._run_one_by_one(batch)

    def _run_one_by_one(self, batch: Sequence[Submission]) -> None:
        """So that only the command which the database refuses fails. A lone command gets a
        second try as well: somebody else may have used its idempotency key meanwhile."""
        for submission in batch:
            submission.answer(self._run_alone(submission.command))

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
            with suppress(Exception):
                self._observe(size)


def _commands(batch: Sequence[Submission]) -> list[AnyCommand]:
    return [submission.command for submission in batch]


def _refuse_if_malformed(submission: Submission) -> bool:
    problem = submission.command.problem()
    if problem is not None:
        submission.answer(problem)
    return problem is not None


def _answer_all(batch: Sequence[Submission], error: BookingError) -> None:
    for submission in batch:
        submission.answer(error)
