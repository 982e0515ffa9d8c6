"""A database at hand, through the engine's façade."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from getpass import getuser
from pathlib import Path
from typing import TypeVar

from booking_core import BookingSystem
from booking_core.domain.accounts import Login, Role
from booking_core.domain.api_keys import Scope
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
from booking_core.errors import (
    DatabaseUnreachable,
    InvalidCredentials,
    InvalidRequest,
    InvalidToken,
)

L = TypeVar("L")

_LONGEST_NAME = 48


class LocalBackend:
    """`login` is the admin's who sits here; None for the owner of the database's file."""

    def __init__(self, system: BookingSystem, operator: Operator, login: Login | None) -> None:
        self._system = system
        self._operator = operator
        self._login = login
        self._acts = system.desk.acts(operator.actor)
        self._opened = _identity(system.database_file)

    @property
    def place(self) -> str:
        return self._system.database_name

    def operator(self) -> Operator:
        self._require_live()
        return self._operator

    def overview(self, time_zone: str) -> Overview:
        self._require_live()
        return self._system.desk.overview(time_zone)

    def page(self, listing: Listing[L], asked: Asked) -> Page[L]:
        self._require_live()
        return self._system.desk.page(listing, asked)

    def plan(self, inventory_id: str) -> Plan:
        self._require_live()
        return self._system.desk.plan(inventory_id)

    def board(self, inventory_id: str, from_leg: int, to_leg: int | None) -> Board:
        self._require_live()
        return self._system.desk.board(inventory_id, from_leg, to_leg)

    def holders(self, seat_id: str) -> tuple[BookingLine, ...]:
        self._require_live()
        return self._system.desk.holders(seat_id)

    def booking(self, booking_id: str) -> BookingCard:
        self._require_live()
        return self._system.desk.booking(booking_id)

    def quote(self, booking_id: str) -> RefundQuote:
        self._require_live()
        return self._system.desk.quote(booking_id)

    def ticket(self, ticket_id: str) -> TicketCard:
        self._require_live()
        return self._system.desk.ticket(ticket_id)

    def do(self, act: DeskAct) -> tuple[Result, ...]:
        self._require_live()
        return self._acts.do(act)

    def watching(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        return self._system.watching(wake)

    def close(self) -> None:
        try:
            if self._login is not None:
                self._system.logins.logout(self._login.session_id)
        finally:
            self._system.close()

    def _require_live(self) -> None:
        """As a server asks for each request: an admin who was disabled sees and does no more, and
        nothing is done to a file that was moved away, which would take it all the same."""
        if _identity(self._system.database_file) != self._opened:
            raise DatabaseUnreachable(f"{self._system.database_name} is no longer where it was.")
        if self._login is None:
            return
        user = self._system.logins.live([self._login.session_id]).get(self._login.session_id)
        if user is None or user.role is not Role.ADMIN:
            raise InvalidToken("This login has ended.")


def log_in(system: BookingSystem, email: str, password: str) -> LocalBackend:
    """For an admin. Raises InvalidCredentials, the same where the account is none of an admin, and
    TooManyAttempts."""
    login = system.logins.login(email, password)
    if login.user.role is not Role.ADMIN:
        system.logins.logout(login.session_id)
        raise InvalidCredentials("The e-mail address or the password is wrong.")
    operator = Operator(login.user.id, login.user.email, tuple(Scope))
    return LocalBackend(system, operator, login)


def as_owner(system: BookingSystem) -> LocalBackend:
    """Without a login, for whom the database's file belongs to. Raises InvalidRequest."""
    if not _owns(system.database_file):
        raise InvalidRequest(
            "--local-operator is for the owner of the database's file. Log in as an admin instead.",
            field="local_operator",
        )
    name = f"operator:{getuser()[:_LONGEST_NAME]}"
    return LocalBackend(system, Operator(name, name, tuple(Scope)), None)


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None for none."""
    try:
        found = None if file is None else file.stat()
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


def _owns(file: Path | None) -> bool:
    """Whoever owns the file could change anything in it anyway. A server has its own accounts."""
    try:
        return file is not None and file.stat().st_uid == os.geteuid()
    except (OSError, AttributeError):
        return False
