"""What works beside the requests, from start to stop of a server process.

A service is an async context manager made from the runtime. Add yours to `SERVICES`; they start in
this order and stop in the opposite one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress

import structlog

from booking_api.calls import run
from booking_api.mailing import sending
from booking_api.realtime import service as realtime
from booking_api.runtime import Runtime
from booking_core import BookingSystem
from booking_core.engine.event_cancelling import GivenBack
from booking_core.engine.reconciler import Reconciled
from booking_core.engine.rides.dispatcher import Dispatched
from booking_core.errors import BookingError, StorageError

_FORGET_EVERY_SECONDS = 600
_PAUSE_SECONDS = 0.1
_LOG = structlog.get_logger("booking.services")

Service = Callable[[Runtime], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def sweeping(runtime: Runtime) -> AsyncIterator[None]:
    """Closes holds whose time is over."""
    with runtime.system.sweeping():
        yield


@asynccontextmanager
async def following(runtime: Runtime) -> AsyncIterator[None]:
    """Brings changes to the sockets."""
    async with realtime.following(runtime.system, runtime.realtime):
        yield


@asynccontextmanager
async def reconciling(runtime: Runtime) -> AsyncIterator[None]:
    """Finishes payments that were left open, and sends refunds that are due."""
    with runtime.system.reconciling(observe=_tell_of_money):
        yield


@asynccontextmanager
async def cancelling_events(runtime: Runtime) -> AsyncIterator[None]:
    """Gives back what was sold of events that are called off."""
    with runtime.system.cancelling_events(observe=_tell_of_money):
        yield


def _tell_of_money(done: Reconciled | GivenBack | StorageError) -> None:
    """Nobody waits for these two: what fails there is seen in the log alone."""
    errors = [done] if isinstance(done, StorageError) else done.errors
    for error in errors:
        _LOG.warning("money", error=type(error).__name__, problem=str(error))


@asynccontextmanager
async def tracking(runtime: Runtime) -> AsyncIterator[None]:
    """Writes down where drivers are, many at a time, and learns it from the other processes."""
    with runtime.system.drivers.tracking():
        yield


@asynccontextmanager
async def dispatching(runtime: Runtime) -> AsyncIterator[None]:
    """Asks further drivers where those who were asked do not answer, or are not there."""
    with runtime.system.rides.dispatching(observe=_tell_of_rides):
        yield


def _tell_of_rides(done: Dispatched | StorageError) -> None:
    errors = [done] if isinstance(done, StorageError) else done.errors
    for error in errors:
        _LOG.warning("rides", error=type(error).__name__, problem=str(error))


@asynccontextmanager
async def forgetting(runtime: Runtime) -> AsyncIterator[None]:
    """Deletes what is kept no longer: stored answers, sessions that are over,
    tickets that nobody used."""
    task = asyncio.create_task(_forget_again_and_again(runtime))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _forget_again_and_again(runtime: Runtime) -> None:
    while True:
        is_done = await _forget_some(runtime.system)
        await asyncio.sleep(_FORGET_EVERY_SECONDS if is_done else _PAUSE_SECONDS)


async def _forget_some(system: BookingSystem) -> bool:
    """A little of each, so that no writer waits long; whether nothing was left."""
    try:
        forgotten = [
            await run(forget)
            for forget in (
                system.requests.forget_old,
                system.logins.forget_old,
                system.socket_tickets.forget_old,
            )
        ]
    except BookingError:
        # There is always a next time.
        return True
    return not any(forgotten)


SERVICES: tuple[Service, ...] = (
    sweeping,
    reconciling,
    cancelling_events,
    sending,
    following,
    tracking,
    dispatching,
    forgetting,
)


@asynccontextmanager
async def serving(runtime: Runtime) -> AsyncIterator[None]:
    """All services, for as long as the `async with` lasts."""
    async with AsyncExitStack() as stack:
        for service in SERVICES:
            await stack.enter_async_context(service(runtime))
        yield
