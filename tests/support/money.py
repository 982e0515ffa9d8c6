"""Payments put into a test's database past the engine, and what became of them."""

from typing import Any

import sqlalchemy as sa

from booking_core.domain.bookings import Booking
from booking_core.domain.payments import PaymentState
from booking_core.ids import new_id
from booking_core.storage.statements import table_of
from booking_core.storage.tables.payments import PaymentRow
from tests.support.raw import engine_of, rows, scalar


def add_payment(url: str, booking: Booking, **changes: Any) -> str:
    """A payment for a booking that is under way; its id."""
    payment = {
        "id": new_id(),
        "booking_id": booking.id,
        "customer_id": booking.customer_id,
        "amount": booking.amount,
        "currency": booking.currency,
        "method": "bank_transfer",
        "gateway": "test",
        "gateway_ref": new_id(),
        "state": PaymentState.PENDING,
        "failure": None,
        "created_at": booking.held_at,
        "updated_at": booking.held_at,
        **changes,
    }
    with engine_of(url) as engine, engine.begin() as connection:
        connection.execute(sa.insert(table_of(PaymentRow)), payment)
    return str(payment["id"])


def payment_state(url: str, payment_id: str) -> PaymentState:
    return PaymentState(scalar(url, "SELECT state FROM payments WHERE id = :id", id=payment_id))


def refunds(url: str) -> list[tuple[str, int, str]]:
    """(payment, amount, state) of every refund, oldest first."""
    found = rows(url, "SELECT payment_id, amount, state FROM refunds ORDER BY id")
    return [(str(payment), amount, str(state)) for payment, amount, state in found]
