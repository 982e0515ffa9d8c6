"""A server, over HTTP and a WebSocket."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from threading import Event, Thread
from typing import Any, TypeVar
from urllib.parse import quote as quoted

from pydantic import TypeAdapter, ValidationError
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from booking_core.domain.desk import (
    Board,
    BookingCard,
    BookingLine,
    Operator,
    Overview,
    Plan,
    RefundQuote,
    Result,
    TicketCard,
)
from booking_core.domain.desk_acts import DeskAct
from booking_core.domain.listings import Asked, Listing, Page
from booking_core.errors import ServerUnreachable
from booking_tui.backends.link import Link

L = TypeVar("L")
T = TypeVar("T")

_SECONDS_TO_LISTEN = 0.5
_SECONDS_BEFORE_NEXT_TRY = 1.0
_SECONDS_TO_OPEN = 5.0


class RemoteBackend:
    """Nothing is asked before it is needed, so it may be made while the server is away."""

    def __init__(self, link: Link) -> None:
        self._link = link

    @property
    def place(self) -> str:
        return self._link.address

    def operator(self) -> Operator:
        return self._get(Operator, "/me")

    def overview(self, time_zone: str) -> Overview:
        return self._get(Overview, "/overview", timezone=time_zone)

    def page(self, listing: Listing[L], asked: Asked) -> Page[L]:
        query = {name: value for name, value in asdict(asked).items() if value is not None}
        return self._get(_page_of(listing.line), f"/{listing.name}", **query)

    def plan(self, inventory_id: str) -> Plan:
        return self._get(Plan, f"/inventories/{_part(inventory_id)}/plan")

    def board(self, inventory_id: str, from_leg: int, to_leg: int | None) -> Board:
        legs = {"from_leg": from_leg, **({} if to_leg is None else {"to_leg": to_leg})}
        return self._get(Board, f"/inventories/{_part(inventory_id)}/board", **legs)

    def holders(self, seat_id: str) -> tuple[BookingLine, ...]:
        return self._get(tuple[BookingLine, ...], f"/seats/{_part(seat_id)}/holders")

    def booking(self, booking_id: str) -> BookingCard:
        return self._get(BookingCard, f"/bookings/{_part(booking_id)}")

    def quote(self, booking_id: str) -> RefundQuote:
        return self._get(RefundQuote, f"/bookings/{_part(booking_id)}/quote")

    def ticket(self, ticket_id: str) -> TicketCard:
        return self._get(TicketCard, f"/tickets/{_part(ticket_id)}")

    def do(self, act: DeskAct) -> tuple[Result, ...]:
        answer = self._link.post(f"/console/acts/{act.name}", asdict(act))
        return _read(tuple[Result, ...], answer)

    @contextmanager
    def watching(self, wake: Callable[[], None]) -> Iterator[None]:
        stop = Event()
        thread = Thread(target=self._listen, args=(wake, stop), name="console-socket", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(_SECONDS_TO_OPEN)

    def close(self) -> None:
        self._link.close()

    def _listen(self, wake: Callable[[], None], stop: Event) -> None:
        """A server that goes away is tried again, for as long as it takes."""
        while not stop.is_set():
            try:
                self._hear(wake, stop)
            except (OSError, TimeoutError, WebSocketException):
                # That it went away is worth a look as well.
                wake()
                stop.wait(_SECONDS_BEFORE_NEXT_TRY)

    def _hear(self, wake: Callable[[], None], stop: Event) -> None:
        address = f"{self._link.socket_address}/ws/console"
        headers = self._link.headers
        with connect(
            address, additional_headers=headers, open_timeout=_SECONDS_TO_OPEN, max_size=4_096
        ) as socket:
            while not stop.is_set():
                try:
                    socket.recv(_SECONDS_TO_LISTEN)
                except TimeoutError:
                    continue
                wake()

    def _get(self, kind: type[T], path: str, **query: Any) -> T:
        return _read(kind, self._link.get(f"/console{path}", query))


def _part(text: str) -> str:
    return quoted(text, safe="")


def _page_of(line: type[L]) -> type[Page[L]]:
    return Page[line]  # type: ignore[valid-type]  # a value, for whoever reads it by its type


def _read(kind: type[T], answer: bytes) -> T:
    named: Any = kind
    try:
        found: T = _reader(named).validate_json(answer)
    except ValidationError as error:
        raise ServerUnreachable("The server is of another version than this console.") from error
    return found


@lru_cache
def _reader(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
