"""Tickets: one per seat or counted place of a sale, and what makes one good for admission."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from booking_core.domain.bookings import Booking, BookingItem, BookingState
from booking_core.domain.occasions import Occasion

# Buses are late and doors stay open: a ticket may still be shown this long after the end.
GRACE = timedelta(hours=24)
# A gate that is offline has a clock of its own.
CLOCK_SKEW = timedelta(minutes=5)


class Validity(StrEnum):
    """`used` is good and has admitted its holder; `revoked` is good for nothing any more."""

    VALID = "valid"
    USED = "used"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Ticket:
    """The ticket of one place; `position` is its place among the booking's, from 0. `admitted_by`
    is the actor who let its holder in."""

    id: str
    number: str
    booking_id: str
    position: int
    seat_id: str | None
    label: str
    issued_at: datetime
    admitted_at: datetime | None = None
    admitted_by: str | None = None

    def validity(self, booking: Booking) -> Validity:
        """Derived, so that no cancellation can forget a ticket: good while its booking is
        confirmed and still has its place."""
        if booking.state is not BookingState.CONFIRMED or self.item(booking) is None:
            return Validity.REVOKED
        return Validity.VALID if self.admitted_at is None else Validity.USED

    def item(self, booking: Booking) -> BookingItem | None:
        """What was paid for this place; None where it was cancelled."""
        if self.seat_id is None:
            places = (item for item in booking.items if item.label == self.label)
        else:
            places = (item for item in booking.items if item.seat_id == self.seat_id)
        return next(places, None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        return {
            "id": self.id,
            "number": self.number,
            "booking_id": self.booking_id,
            "position": self.position,
            "seat_id": self.seat_id,
            "label": self.label,
            "issued_at": self.issued_at.isoformat(),
            "admitted_at": self.admitted_at.isoformat() if self.admitted_at else None,
            "admitted_by": self.admitted_by,
        }


@dataclass(frozen=True, slots=True)
class TicketClaims:
    """What a ticket's token says: nothing about a person. Times are whole seconds."""

    ticket_id: str
    inventory_id: str
    not_before: datetime
    expires_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        return {
            "ticket_id": self.ticket_id,
            "inventory_id": self.inventory_id,
            "not_before": self.not_before.isoformat(),
            "expires_at": self.expires_at.isoformat(),
        }

    def is_timely(self, now: datetime) -> bool:
        """Whether it may admit now, by a clock that may be off by five minutes."""
        return self.not_before - CLOCK_SKEW <= now <= self.expires_at + CLOCK_SKEW


def claims_of(ticket: Ticket, occasion: Occasion) -> TicketClaims:
    """What the ticket's token is to say: good from its issue to a day after the end."""
    ends_at = max(occasion.ends_at or occasion.starts_at, ticket.issued_at)
    return TicketClaims(
        ticket_id=ticket.id,
        inventory_id=occasion.inventory_id,
        not_before=ticket.issued_at.replace(microsecond=0),
        expires_at=(ends_at + GRACE).replace(microsecond=0),
    )
