"""`/ws/seats/{trip_id}`: a trip's seats, live."""

import re

import orjson
from fastapi import APIRouter, WebSocket

from booking_api.calls import run
from booking_api.http.problems import Problem, invalid, of_engine
from booking_api.realtime.sockets import (
    Encode,
    Feed,
    SeatStream,
    deny,
    principal_of,
    resume_point,
)
from booking_api.runtime import Runtime
from booking_api.seats import SHOWN
from booking_core.domain.live import Change
from booking_core.errors import BookingError

router = APIRouter()

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")


@router.websocket("/ws/seats/{trip_id}")
async def watch_seats(socket: WebSocket, trip_id: str) -> None:
    """Open to all; a token that is given must be good, and the socket ends with its login."""
    runtime: Runtime = socket.app.state.runtime
    try:
        number = _number(trip_id)
        who = await principal_of(socket, runtime)
        after = resume_point(socket)
        schedule = await run(runtime.system.timetable.by_number, number)
        feed = Feed(runtime.realtime.hub, "trip", _encoder(number))
        stream = SeatStream(socket, runtime.realtime.hub, feed)
        async with runtime.realtime.guard.admitted(who) as ended:
            await stream.run(schedule.inventory_id, after, ended)
    except Problem as problem:
        await deny(socket, problem)
    except BookingError as error:
        await deny(socket, of_engine(error))


def _number(trip_id: str) -> int:
    if not _INTEGER.fullmatch(trip_id):
        raise invalid("trip_id is an integer.", "path", "trip_id", kind="int_parsing")
    return int(trip_id)


def _encoder(trip_id: int) -> Encode:
    def encode(change: Change, kind: str) -> str:
        message = {
            "type": kind,
            "seq": change.seq,
            "trip_id": trip_id,
            "available_seats": change.available,
            "seats": [
                {
                    "seat_id": seat.seat_id,
                    "seat_number": seat.label,
                    "status": SHOWN[seat.status],
                }
                for seat in change.seats
            ],
        }
        return orjson.dumps(message).decode()

    return encode
