"""`/ws/bookings/`, `/ws/driver/bookings/`, `/ws/driver/available_bookings/`: what riders and
drivers are told, live."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import APIRouter, WebSocket

from booking_api.calls import run
from booking_api.contracts.ride.errors import render_refusal
from booking_api.contracts.ride.handshake import malformed, resume_point, user_of
from booking_api.contracts.ride.messages import encode
from booking_api.contracts.ride.who import approved, find_driver
from booking_api.deps import user_id_of
from booking_api.http.problems import Problem, of_engine
from booking_api.realtime import streams
from booking_api.realtime.sockets import deny
from booking_api.runtime import Runtime
from booking_core import BookingSystem
from booking_core.domain.drivers import DriverState
from booking_core.domain.ride_messages import Channel, Stream
from booking_core.errors import BookingError

router = APIRouter()

_RIDER = "/ws/bookings/"
_DRIVER = "/ws/driver/bookings/"
_AVAILABLE = "/ws/driver/available_bookings/"
_LOG = structlog.get_logger("booking.rides")


@router.websocket(_RIDER)
async def rider_bookings(socket: WebSocket) -> None:
    """To a rider: how their rides stand, and the code that starts one."""
    await _serve(socket, Channel.RIDER)


@router.websocket(_DRIVER)
async def driver_bookings(socket: WebSocket) -> None:
    """To a driver: how the rides stand that they have accepted."""
    await _serve(socket, Channel.DRIVER)


@router.websocket(_AVAILABLE)
async def available_bookings(socket: WebSocket) -> None:
    """To a driver: rides to accept, and those that are gone."""
    await _serve(socket, Channel.AVAILABLE)


async def no_socket() -> None:
    """An ordinary request where a handshake was expected."""
    raise malformed()


for _path in (_RIDER, _DRIVER, _AVAILABLE):
    router.add_api_route(_path, no_socket, methods=["GET"], include_in_schema=False)


async def _serve(socket: WebSocket, channel: Channel) -> None:
    runtime: Runtime = socket.app.state.runtime
    try:
        after = resume_point(socket)
        who = await user_of(socket, runtime)
        # Coming and going is written down, and must not be had for nothing.
        await runtime.limiter.admit(who)
        stream = Stream(user_id_of(who), channel)
        await _require_access(runtime.system, stream)
        async with (
            runtime.realtime.guard.admitted(who) as ended,
            _noted_presence(socket, runtime.system, stream),
            runtime.realtime.mailboxes.watching(stream) as (watcher, seq),
        ):
            begin = await run(runtime.system.rides.opening, *stream) if after is None else after
            missed = runtime.realtime.mailboxes.between(stream, begin, seq)
            texts = (encode(message) async for message in missed)
            await streams.Stream(socket, watcher, encode).run(texts, ended)
    except Problem as problem:
        await deny(socket, problem, render_refusal)
    except BookingError as error:
        await deny(socket, of_engine(error), render_refusal)


async def _require_access(system: BookingSystem, stream: Stream) -> None:
    """Raises a 403 Problem for who is no driver, or not approved. Who was suspended on the way may
    end the trip, and hears of it."""
    if stream.channel is Channel.RIDER:
        return
    driver = await find_driver(system, stream.recipient_id)
    if stream.channel is Channel.AVAILABLE or driver.state is DriverState.PENDING:
        await approved(driver)


@asynccontextmanager
async def _noted_presence(
    socket: WebSocket, system: BookingSystem, stream: Stream
) -> AsyncIterator[None]:
    """Drivers come into the group of available bookings and leave it: that is written down."""
    if stream.channel is not Channel.AVAILABLE:
        yield
        return
    origin = socket.scope["state"]["origin"]
    await run(system.drivers.presence, stream.recipient_id, True, origin=origin)
    try:
        yield
    finally:
        try:
            await run(system.drivers.presence, stream.recipient_id, False, origin=origin)
        except BookingError as error:
            _LOG.warning("departure not noted", code=error.code)
