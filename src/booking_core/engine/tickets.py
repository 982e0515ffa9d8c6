"""Tickets: reading, showing and printing them, and letting their holders in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hmac import compare_digest

from sqlalchemy.engine import Connection

from booking_core.domain.bookings import Booking
from booking_core.domain.tickets import Ticket, TicketClaims, Validity, claims_of
from booking_core.engine.claiming import Claiming
from booking_core.engine.keys import Keys
from booking_core.engine.ticket_texts import ShownTicket
from booking_core.engine.ticket_tokens import not_ours, public_pem, sign_token, verify_token
from booking_core.errors import AlreadyAdmitted, TicketNotFound, TicketRevoked
from booking_core.ids import is_id
from booking_core.storage.database import Database
from booking_core.storage.repositories import activity
from booking_core.storage.repositories import tickets as rows
from booking_core.storage.repositories.occasions import occasion_of
from booking_core.storage.unit_of_work import writing


@dataclass(frozen=True, slots=True)
class TicketFile:
    """A PDF to download under a name."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CheckedTicket:
    """A ticket that would admit now, by a token that proves it."""

    ticket: Ticket
    booking: Booking
    claims: TicketClaims


class Tickets:
    """The tickets of one system. Thread-safe. Ids that are absent or, with `customer_id`,
    somebody else's raise TicketNotFound or BookingNotFound, and nobody can tell which."""

    def __init__(
        self, database: Database, claiming: Claiming, keys: Keys, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._claiming = claiming
        self._keys = keys
        self._now = now

    @cached_property
    def public_key(self) -> str:
        """What a gate needs to check tokens offline: an Ed25519 key as PEM."""
        return public_pem(self._keys.tickets)

    def of_booking(self, booking_id: str, customer_id: str | None = None) -> list[Ticket]:
        """A booking's tickets in the order of its places, revoked ones too; none before it is
        confirmed. Raises BookingNotFound."""
        booking = self._claiming.booking(booking_id, customer_id=customer_id)
        with self._database.connect() as connection:
            return rows.of_booking(connection, booking.id)

    def get(self, ticket_id: str, customer_id: str | None = None) -> Ticket:
        """Raises TicketNotFound."""
        return self.with_booking(ticket_id, customer_id)[0]

    def with_booking(
        self, ticket_id: str, customer_id: str | None = None
    ) -> tuple[Ticket, Booking]:
        """A ticket and the booking that says what it is worth. Raises TicketNotFound."""
        with self._database.connect() as connection:
            ticket = _found(connection, ticket_id)
        booking = self._claiming.booking(ticket.booking_id)
        if customer_id not in (None, booking.customer_id):
            raise _ticket_not_found(ticket_id)
        return ticket, booking

    def shown(self, ticket_id: str, customer_id: str | None = None) -> ShownTicket:
        """A ticket with what it is for and its QR code. Raises TicketNotFound."""
        ticket, booking = self.with_booking(ticket_id, customer_id)
        return self._shown(booking, [ticket])[0]

    def shown_of_booking(
        self, booking_id: str, customer_id: str | None = None
    ) -> list[ShownTicket]:
        """The same of every ticket of a booking, revoked ones too. Raises BookingNotFound."""
        booking = self._claiming.booking(booking_id, customer_id=customer_id)
        return self._shown(booking, self.of_booking(booking.id))

    def check(self, token: str) -> CheckedTicket:
        """The ticket of a token, if it would admit now; nothing is changed.

        Raises InvalidTicket, TicketRevoked, AlreadyAdmitted, and TicketNotFound where it was
        signed for a ticket of another database.
        """
        claims = verify_token(token, self._keys.tickets.public_key(), self._now())
        ticket, booking = self.with_booking(claims.ticket_id)
        validity = ticket.validity(booking)
        if validity is Validity.REVOKED:
            raise _revoked()
        if validity is Validity.USED:
            raise _already_admitted(ticket)
        return CheckedTicket(ticket, booking, claims)

    def admit(self, ticket_id: str, token: str, *, actor: str, origin: str | None = None) -> Ticket:
        """Let the holder in, once: of any number at the same time one succeeds.

        Raises TicketNotFound; InvalidTicket for a token that is forged, of another ticket or out
        of its time; TicketRevoked; AlreadyAdmitted, whose details say when.
        """
        now = self._now()
        self.get(ticket_id)
        claims = verify_token(token, self._keys.tickets.public_key(), now)
        if not compare_digest(claims.ticket_id, ticket_id):
            raise not_ours()
        with writing(self._database) as connection:
            return _admit(connection, ticket_id, now, actor, origin)

    def download(self, ticket_id: str, customer_id: str | None = None) -> TicketFile:
        """A ticket to print. Raises TicketNotFound, TicketRevoked."""
        shown = self.shown(ticket_id, customer_id)
        return _printed([shown], shown.ticket.number)

    def download_all(self, booking_id: str, customer_id: str | None = None) -> TicketFile:
        """A booking's tickets that are not revoked, each on a page of its own.

        Raises BookingNotFound, and TicketRevoked where none is left.
        """
        booking = self._claiming.booking(booking_id, customer_id=customer_id)
        return _printed(self.shown_of_booking(booking.id), booking.reference or booking.id)

    def _shown(self, booking: Booking, tickets: Sequence[Ticket]) -> list[ShownTicket]:
        with self._database.connect() as connection:
            occasion = occasion_of(connection, booking)
            passenger = rows.passenger_name(connection, booking.customer_id)
        key = self._keys.tickets
        return [
            ShownTicket(
                ticket, booking, occasion, passenger, sign_token(claims_of(ticket, occasion), key)
            )
            for ticket in tickets
        ]


def _printed(tickets: Sequence[ShownTicket], name: str) -> TicketFile:
    from booking_core.engine.ticket_pdf import (  # noqa: PLC0415 - takes long, few need it
        print_tickets,
    )

    good = [ticket for ticket in tickets if ticket.validity is not Validity.REVOKED]
    if not good:
        raise _revoked()
    return TicketFile(f"ticket-{name}.pdf", print_tickets(good))


def _admit(
    connection: Connection, ticket_id: str, now: datetime, actor: str, origin: str | None
) -> Ticket:
    """In one transaction. That the ticket is good is read under its inventory's lock; that it is
    unused is the update's condition, for nothing that was read before could be relied on."""
    ticket = _found(connection, ticket_id)
    booking = rows.locked_booking(connection, ticket.booking_id)
    if ticket.validity(booking) is Validity.REVOKED:
        raise _revoked()
    is_first = rows.admit(connection, ticket_id, now, actor)
    admitted = _found(connection, ticket_id)
    if not is_first:
        raise _already_admitted(admitted)
    activity.record(
        connection,
        at=now,
        actor=actor,
        action="admitted",
        entity="ticket",
        entity_id=ticket_id,
        before={"admitted_at": None},
        after={"admitted_at": now, "number": ticket.number, "booking_id": booking.id},
        origin=origin,
    )
    return admitted


def _found(connection: Connection, ticket_id: str) -> Ticket:
    ticket = rows.find(connection, ticket_id) if is_id(ticket_id) else None
    if ticket is None:
        raise _ticket_not_found(ticket_id)
    return ticket


def _ticket_not_found(ticket_id: str) -> TicketNotFound:
    return TicketNotFound(
        f"There is no ticket {ticket_id}. Look it up with its booking.", field="ticket_id"
    )


def _revoked() -> TicketRevoked:
    return TicketRevoked("This ticket is no longer good: its place was cancelled.")


def _already_admitted(ticket: Ticket) -> AlreadyAdmitted:
    when = "" if ticket.admitted_at is None else ticket.admitted_at.isoformat()
    return AlreadyAdmitted(f"This ticket was used at {when}.", admitted_at=when)
