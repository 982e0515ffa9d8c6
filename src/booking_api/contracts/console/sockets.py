"""`/ws/console`: tells a console when it is worth looking again."""

import asyncio

from fastapi import APIRouter, WebSocket

from booking_api.http.problems import Problem, forbidden, not_authenticated, of_engine
from booking_api.identity import Principal
from booking_api.realtime.sockets import deny, principal_of
from booking_api.realtime.streams import Stream, each_of
from booking_api.runtime import Runtime
from booking_core.domain.api_keys import Scope
from booking_core.errors import BookingError

router = APIRouter()

# Nobody reads faster, and a database that is busy should not be asked more often.
_SECONDS_BETWEEN_PULSES = 0.5


@router.websocket("/ws/console")
async def watch_everything(socket: WebSocket) -> None:
    """For whoever may read everything; the socket ends with the login, or with the key's time."""
    runtime: Runtime = socket.app.state.runtime
    try:
        who = _required(await principal_of(socket, runtime))
        async with runtime.realtime.guard.admitted(who) as ended:
            with runtime.realtime.pulse.felt() as news:
                await Stream(socket, _Pulses(news), _said).run(each_of([_said(0)]), ended)
    except Problem as problem:
        await deny(socket, problem)
    except BookingError as error:
        await deny(socket, of_engine(error))


def _required(who: Principal | None) -> Principal:
    if who is None:
        raise not_authenticated()
    if not who.may(Scope.READ):
        raise forbidden("Admin privileges required.")
    return who


class _Pulses:
    """Counts what was said to one client, who is never behind: what is said is always the same."""

    def __init__(self, news: asyncio.Event) -> None:
        self.fell_behind = asyncio.Event()
        self._news = news
        self._said = 0

    async def next(self) -> int:
        await asyncio.sleep(_SECONDS_BETWEEN_PULSES)
        await self._news.wait()
        self._news.clear()
        self._said += 1
        return self._said


def _said(seq: int) -> str:
    return f'{{"type":"changed","seq":{seq}}}'
