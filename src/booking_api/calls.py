"""From the event loop into the engine and back."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import AnyCommand
from booking_core.engine.writer import Ticket
from booking_core.errors import BookingError

P = ParamSpec("P")
T = TypeVar("T")

# Fewer than the connections of the pool, so that no thread waits for one.
_THREADS = 12
_POOL = ThreadPoolExecutor(_THREADS, thread_name_prefix="booking-call")
# Passwords take a tenth of a second of a core each; who compares them keeps nobody else waiting.
_SLOW_POOL = ThreadPoolExecutor(4, thread_name_prefix="booking-slow")


async def run(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of a blocking call of the engine, made on a thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_POOL, partial(function, *args, **kwargs))


async def run_slow(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for calls that take long by design, apart from all others."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_SLOW_POOL, partial(function, *args, **kwargs))


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


class _Answers:
    """Brings the outcomes that the writer settles to their event loop, a whole batch at a time:
    waking a loop costs more than an outcome."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._settled: deque[tuple[asyncio.Future[Booking | BookingError], Ticket]] = deque()
        self._is_woken = False

    def of(
        self, system: BookingSystem, command: AnyCommand
    ) -> asyncio.Future[Booking | BookingError]:
        waiting: asyncio.Future[Booking | BookingError] = self._loop.create_future()
        system.submit([command], on_settled=partial(self._take, waiting))
        return waiting

    def _take(self, waiting: asyncio.Future[Booking | BookingError], ticket: Ticket) -> None:
        """Called by the writer's thread."""
        self._settled.append((waiting, ticket))
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._is_woken = False
        while self._settled:
            waiting, ticket = self._settled.popleft()
            if not waiting.done():
                waiting.set_result(ticket.outcome)


_ANSWERS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Answers] = WeakKeyDictionary()
