"""`/ws/events/{event_id}`: seats of events, live, as many on one socket as one likes."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, Field, ValidationError

from booking_api.calls import run
from booking_api.contracts.event.errors import render
from booking_api.http.problems import Problem, invalid, of_engine
from booking_api.identity import Principal
from booking_api.realtime.sockets import Encode, Feed, deny, principal_of, resume_point
from booking_api.realtime.subscriptions import (
    MOST_SUBSCRIPTIONS,
    Aside,
    Subscriptions,
    TooManySubscriptions,
)
from booking_api.runtime import Runtime
from booking_api.seats import SHOWN
from booking_core.domain.live import Change
from booking_core.domain.programme import Event
from booking_core.errors import BookingError

router = APIRouter()


class Asked(BaseModel):
    """What a client may say. `after` is the last `seq` it has seen of the event."""

    action: Literal["subscribe", "unsubscribe", "ping"]
    event_id: Annotated[str, Field(max_length=64)] = ""
    after: Annotated[int, Field(ge=0, lt=2**63)] | None = None


@router.websocket("/ws/events/{event_id}")
async def watch_events(socket: WebSocket, event_id: str) -> None:
    """Open to all; a token that is given must be good, and the socket ends with its login."""
    runtime: Runtime = socket.app.state.runtime
    try:
        who = await principal_of(socket, runtime)
        after = resume_point(socket)
        event = await run(runtime.system.event_bookings.event, event_id)
    except Problem as problem:
        await deny(socket, problem, render)
        return
    except BookingError as error:
        await deny(socket, of_engine(error), render)
        return
    client = _Client(socket, runtime, who)
    async with runtime.realtime.guard.admitted(who) as ended:
        await socket.accept()
        if await client.begins_with(event, after):
            await client.subscriptions.run(client.hear, ended)


class _Client:
    """One socket, and whose it is."""

    def __init__(self, socket: WebSocket, runtime: Runtime, who: Principal | None) -> None:
        self._socket = socket
        self._runtime = runtime
        self._who = who
        self.subscriptions = Subscriptions(socket, runtime.realtime.hub)

    async def begins_with(self, event: Event, after: int | None) -> bool:
        """False, and the socket is closed, where the database does not answer."""
        try:
            await self._follow(event, after)
        except BookingError as error:
            await self._complain(of_engine(error))
            await self._socket.close(1011)
            return False
        return True

    async def hear(self, text: str) -> None:
        """Do what a client says; what is wrong with it is told, and changes nothing."""
        if text == "ping":
            await self._socket.send_text("pong")
            return
        try:
            await self._do(_understood(text))
        except Problem as problem:
            await self._complain(problem)
        except BookingError as error:
            await self._complain(of_engine(error))

    async def _do(self, asked: Asked) -> None:
        if asked.action == "ping":
            await self._say({"type": "pong"})
        elif asked.action == "unsubscribe":
            await self.subscriptions.stop(asked.event_id)
            await self._say({"type": "unsubscribed", "event_id": asked.event_id})
        else:
            event = await run(self._runtime.system.event_bookings.event, asked.event_id)
            await self._follow(event, asked.after)

    async def _follow(self, event: Event, after: int | None) -> None:
        feed = Feed(self._runtime.realtime.hub, "event", _encoder(event.id))
        aside = _offers_to(self._who, event.id)
        try:
            await self.subscriptions.start(event.id, event.inventory_id, feed, aside, after)
        except TooManySubscriptions:
            raise Problem(
                409,
                "TOO_MANY_SUBSCRIPTIONS",
                f"One socket follows {MOST_SUBSCRIPTIONS} events. Unsubscribe from one first.",
            ) from None

    async def _complain(self, problem: Problem) -> None:
        rendered = render(problem, self._runtime.clock.now())
        await self._say({"type": "error", **rendered.body})

    async def _say(self, message: Any) -> None:
        await self._socket.send_text(orjson.dumps(message).decode())


def _understood(text: str) -> Asked:
    """Raises a 422 Problem."""
    try:
        return Asked.model_validate_json(text)
    except ValidationError:
        raise invalid(
            'Say ping, or {"action": "subscribe" or "unsubscribe", "event_id": "…"}.', "message"
        ) from None


def _encoder(event_id: str) -> Encode:
    def encode(change: Change, kind: str) -> str:
        seats = [{"seat_id": seat.seat_id, "status": SHOWN[seat.status]} for seat in change.seats]
        data: dict[str, Any] = {"available_seats": change.available, "seats": seats}
        if kind == "seat_update":
            first = seats[0] if seats else {"seat_id": None, "status": None}
            data = {**first, **data}
        message = {"type": kind, "seq": change.seq, "event_id": event_id, "data": data}
        return orjson.dumps(message).decode()

    return encode


def _offers_to(who: Principal | None, event_id: str) -> Aside:
    """What is offered to somebody who waits is for them alone to see."""

    def aside(change: Change) -> str | None:
        offer = change.offer
        if offer is None or who is None or offer["customer_id"] != who.user_id:
            return None
        message = {
            "type": "waitlist_offer",
            "seq": change.seq,
            "event_id": event_id,
            "data": {"waitlist_id": offer["waitlist_id"], "expires_at": offer["expires_at"]},
        }
        return orjson.dumps(message).decode()

    return aside
