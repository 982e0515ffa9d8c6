"""From the event loop into the engine and back."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from booking_api.http.problems import busy
from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import AnyCommand
from booking_core.engine.writer import Submission
from booking_core.errors import BookingError

P = ParamSpec("P")
T = TypeVar("T")

# Fewer than the connections of the pool, so that no thread waits for one.
_THREADS = 12
_POOL = ThreadPoolExecutor(_THREADS, thread_name_prefix="booking-call")
# Passwords take a tenth of a second of a core each; who compares them keeps nobody else waiting.
_SLOW_POOL = ThreadPoolExecutor(4, thread_name_prefix="booking-slow")
# Who comes when this many are waiting would have left before their turn.
MOST_SLOW_CALLS = 100
_SECONDS_UNTIL_LESS_BUSY = 5
_slow_calls: WeakKeyDictionary[asyncio.AbstractEventLoop, int] = WeakKeyDictionary()


async def run(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of a blocking call of the engine, made on a thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_POOL, partial(function, *args, **kwargs))


async def run_slow(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for calls that take long by design, apart from all others.

    Raises a 503 Problem where too many are waiting.
    """
    loop = asyncio.get_running_loop()
    if _slow_calls.setdefault(loop, 0) >= MOST_SLOW_CALLS:
        raise busy(_SECONDS_UNTIL_LESS_BUSY)
    _slow_calls[loop] += 1
    try:
        return await loop.run_in_executor(_SLOW_POOL, partial(function, *args, **kwargs))
    finally:
        _slow_calls[loop] -= 1


async def submit(system: BookingSystem, command: AnyCommand) -> Booking:
    """Give a command to the writer and wait, on no thread, for its booking.

    Raises what the command was refused with.
    """
    loop = asyncio.get_running_loop()
    answers = _ANSWERS.get(loop)
    if answers is None:
        answers = _ANSWERS[loop] = _Answers(loop)
    outcome = await answers.of(system, command)
    if isinstance(outcome, BookingError):
        raise outcome
    return outcome


_Waiting = asyncio.Future[Booking | BookingError]


class _Answers:
    """Hands over the commands of one turn of the event loop together, and brings their outcomes
    back a whole batch at a time: waking a thread or a loop costs more than a command."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._asked: dict[BookingSystem, list[tuple[_Waiting, Submission]]] = {}
        self._answered: deque[tuple[_Waiting, Submission]] = deque()
        self._is_woken = False

    def of(self, system: BookingSystem, command: AnyCommand) -> _Waiting:
        waiting: _Waiting = self._loop.create_future()
        submission = Submission(command, partial(self._take, waiting))
        if not self._asked:
            self._loop.call_soon(self._hand_over)
        self._asked.setdefault(system, []).append((waiting, submission))
        return waiting

    def _hand_over(self) -> None:
        asked, self._asked = self._asked, {}
        for system, waiting in asked.items():
            try:
                system.take([submission for _, submission in waiting])
            except BookingError as error:
                for each, _ in waiting:
                    if not each.done():
                        each.set_result(error)

    def _take(self, waiting: _Waiting, submission: Submission) -> None:
        """Called by the writer's thread; by the loop's for a command that is no good."""
        self._answered.append((waiting, submission))
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._is_woken = False
        while self._answered:
            waiting, submission = self._answered.popleft()
            if not waiting.done():
                waiting.set_result(submission.outcome)


_ANSWERS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Answers] = WeakKeyDictionary()
