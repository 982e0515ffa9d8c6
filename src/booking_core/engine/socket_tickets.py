"""Tickets that open one socket: a browser cannot set a header there, and a token in an address
would be noted by every proxy on the way."""

from datetime import datetime
from typing import NamedTuple

from booking_core.clock import SystemClock
from booking_core.domain.policies.logins import LoginPolicy
from booking_core.engine.random_tokens import digest_of, new_token
from booking_core.errors import InvalidToken
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import socket_tickets
from booking_core.storage.unit_of_work import writing

_MOST_FORGOTTEN = 500


class Admission(NamedTuple):
    """What a ticket was bought with: a login, good until `login_until` where that is known."""

    session_id: str
    login_until: datetime | None


class SocketTickets:
    """Thread-safe; the same for all processes."""

    def __init__(
        self, database: Database, clock: Clock | None = None, policy: LoginPolicy | None = None
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._policy = policy or LoginPolicy()

    @property
    def seconds(self) -> int:
        """How long a ticket is good for."""
        return int(self._policy.socket_ticket.total_seconds())

    def issue(self, session_id: str, login_until: datetime | None) -> str:
        """A ticket for a live session, whose access token expires at `login_until` (aware)."""
        ticket, now = new_token(), self._clock.now()
        with writing(self._database) as connection:
            socket_tickets.add(
                connection,
                digest_of(ticket),
                session_id,
                login_until=login_until,
                expires_at=now + self._policy.socket_ticket,
            )
        return ticket

    def redeem(self, ticket: str) -> Admission:
        """Use a ticket up. Raises InvalidToken where it was used before, is too old, or never
        was one."""
        with writing(self._database) as connection:
            found = socket_tickets.take(connection, digest_of(ticket), self._clock.now())
        if found is None:
            raise InvalidToken("This ticket is not good any more, or never was. Get another.")
        return Admission(*found)

    def forget_old(self) -> int:
        """Delete some of those that nobody used; how many, 0 when all are gone."""
        with writing(self._database) as connection:
            return socket_tickets.forget_until(connection, self._clock.now(), _MOST_FORGOTTEN)
