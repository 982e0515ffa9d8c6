"""Tickets and what belongs to them, made without a database."""

from datetime import timedelta

from booking_core.domain.bookings import Booking, BookingItem, BookingState
from booking_core.domain.occasions import Occasion
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.domain.tickets import Ticket
from booking_core.engine.ticket_texts import ShownTicket
from booking_core.trades.bus import REFUNDS
from tests.support.builders import NOW, STARTS_AT

BOOKING_ID = "01976e00-0000-7000-8000-0000000000b0"
INVENTORY_ID = "01976e00-0000-7000-8000-0000000000c0"
PRICE = 50_000


def seat_id(label: str) -> str:
    return f"01976e00-0000-7000-8000-{label.encode().hex():0>12}"


def sold(*labels: str, refunds: RefundPolicy = REFUNDS, price: int = PRICE) -> Booking:
    """A confirmed booking of these seats."""
    items = tuple(BookingItem("tier", label, price, 1, seat_id(label)) for label in labels)
    return Booking(
        id=BOOKING_ID,
        inventory_id=INVENTORY_ID,
        customer_id="ann",
        state=BookingState.CONFIRMED,
        items=items,
        places=len(items),
        from_leg=0,
        to_leg=1,
        amount=price * len(items),
        currency="INR",
        held_at=NOW - timedelta(minutes=5),
        expires_at=NOW + timedelta(minutes=10),
        confirmed_at=NOW,
        refunds=refunds,
        reference="BK20350601001",
    )


def ticket(label: str) -> Ticket:
    """The ticket of one of its seats."""
    return Ticket(
        id="01976e00-0000-7000-8000-0000000000a0",
        number="TKT20350601001",
        booking_id=BOOKING_ID,
        position=0,
        seat_id=seat_id(label),
        label=label,
        issued_at=NOW,
    )


def occasion() -> Occasion:
    """The 17:30 from Mumbai to Pune."""
    return Occasion(
        inventory_id=INVENTORY_ID,
        name="Mumbai – Pune",
        time_zone="Asia/Kolkata",
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + timedelta(hours=3, minutes=30),
        origin="Mumbai",
        destination="Pune",
        bus_number="MH-12-AB-1234",
        bus_type="deluxe",
    )


def shown(label: str = "1A", passenger: str = "Ann Example") -> ShownTicket:
    """A ticket with all that is said on it."""
    return ShownTicket(ticket(label), sold(label), occasion(), passenger, "A" * 140)
