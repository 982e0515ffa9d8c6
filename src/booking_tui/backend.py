"""The only way from the console to a booking system, be it a database at hand or a server.

The values that go through it are the engine's own, plain and frozen (`booking_core.domain.desk`);
neither side of it knows which one it talks to.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

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

L = TypeVar("L")


class Backend(Protocol):
    """Blocking and thread-safe. Every method raises errors of `booking_core.errors` and nothing
    else: a StorageError where the database or the server is lost, NotAuthenticated where the login
    or the key has ended, Refused where the operator may not."""

    @property
    def place(self) -> str:
        """What this is a console of, without secrets."""
        ...

    def operator(self) -> Operator:
        """Who sits here."""
        ...

    def overview(self, time_zone: str) -> Overview: ...

    def page(self, listing: Listing[L], asked: Asked) -> Page[L]: ...

    def plan(self, inventory_id: str) -> Plan: ...

    def board(self, inventory_id: str, from_leg: int, to_leg: int | None) -> Board: ...

    def holders(self, seat_id: str) -> tuple[BookingLine, ...]: ...

    def booking(self, booking_id: str) -> BookingCard: ...

    def quote(self, booking_id: str) -> RefundQuote: ...

    def ticket(self, ticket_id: str) -> TicketCard: ...

    def do(self, act: DeskAct) -> tuple[Result, ...]:
        """Under the operator's name in the activity log."""
        ...

    def watching(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake`, on threads of their own, whenever something may have changed."""
        ...

    def close(self) -> None:
        """End what was begun: the login, the connections."""
        ...
