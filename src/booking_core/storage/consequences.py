"""Rows that a decision brings with it: payments, refunds, cancellations, tickets, messages; and
the running numbers they are given."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.claims import Entry
from booking_core.domain.consequences import Cancelled, IssuedTicket, Numbers, RefundDue
from booking_core.domain.messages import MessageState
from booking_core.domain.payments import Payment, PaymentState, RefundState
from booking_core.ids import is_id, new_id
from booking_core.storage.statements import Query, Row, Write, insert, update
from booking_core.storage.tables import (
    CancellationRow,
    OutboxMessageRow,
    PaymentRow,
    RefundRow,
    TicketRow,
)
from booking_core.storage.wire import Wire

_PAYMENT = (
    "p.id, p.booking_id, p.customer_id, p.amount, p.currency, p.method, p.gateway, p.gateway_ref, "
    "p.state, p.failure, p.created_at, p.updated_at, coalesce((SELECT sum(r.amount) "
    "FROM refunds AS r WHERE r.payment_id = p.id), 0)"
)
# With what goes or went back of each.
PAYMENTS_OF_BOOKINGS = Query(
    sqlite=(
        f"SELECT {_PAYMENT} FROM payments AS p "  # noqa: S608 - our own column names
        "WHERE p.booking_id IN (SELECT value FROM json_each(:ids)) ORDER BY p.id"
    ),
    postgres=(
        f"SELECT {_PAYMENT} FROM payments AS p "  # noqa: S608 - our own column names
        "WHERE p.booking_id = ANY(%(ids)s::uuid[]) ORDER BY p.id"
    ),
    times=(10, 11),
)
ADMITTED_TICKETS = Query(
    sqlite="""
        SELECT booking_id, seat_id FROM tickets
        WHERE booking_id IN (SELECT value FROM json_each(:ids)) AND admitted_at IS NOT NULL""",
    postgres="""
        SELECT booking_id, seat_id FROM tickets
        WHERE booking_id = ANY(%(ids)s::uuid[]) AND admitted_at IS NOT NULL""",
)
# Both counters are locked in the order of their names, like everywhere.
_RESERVE_NUMBERS = Query(
    sqlite="""
        INSERT INTO counters (name, value)
        VALUES (:bookings_name, :bookings), (:tickets_name, :tickets)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value
        RETURNING value""",
    postgres="""
        INSERT INTO counters (name, value)
        VALUES (%(bookings_name)s, %(bookings)s::bigint), (%(tickets_name)s, %(tickets)s::bigint)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value
        RETURNING value""",
)
_UPDATE_PAYMENTS = update(
    PaymentRow, ("id",), state="new.state", failure="new.failure", updated_at="new.updated_at"
)
_INSERT_REFUNDS = insert(RefundRow)
_INSERT_CANCELLATIONS = insert(CancellationRow)
_INSERT_TICKETS = insert(TicketRow)
_INSERT_MESSAGES = insert(OutboxMessageRow)

_MESSAGES = {
    "confirmed": "booking_confirmed",
    "cancelled": "booking_cancelled",
    "expired": "hold_expired",
}


def payment_of(row: Any) -> tuple[Payment, int]:
    """A payment and what was refunded of it, from a row of PAYMENTS_OF_BOOKINGS."""
    fields = list(row[:-1])
    fields[8] = PaymentState(fields[8])
    return Payment(*fields), int(row[-1])


def reserve_numbers(wire: Wire, now: datetime, bookings: int, tickets: int) -> Numbers:
    """Numbers for so many confirmations; those that are not used then leave gaps."""
    reserved = wire.query(
        _RESERVE_NUMBERS,
        bookings_name=f"BK{now:%Y%m%d}",
        bookings=bookings,
        tickets_name=f"TKT{now:%Y%m%d}",
        tickets=tickets,
    )
    (last_booking,), (last_ticket,) = reserved.rows()
    return Numbers(last_booking - bookings + 1, last_ticket - tickets + 1)


class ConsequenceRows:
    """Rows to write, by table."""

    def __init__(self) -> None:
        self._payments: dict[str, Row] = {}
        self._refunds: list[Row] = []
        self._cancellations: list[Row] = []
        self._tickets: list[Row] = []
        self._messages: list[Row] = []

    def add(self, entry: Entry, now: datetime) -> None:
        if entry.decision.action in _MESSAGES and is_id(entry.decision.after.customer_id):
            self._messages.append(_message_row(entry.decision.action, entry.decision.after, now))
        if (consequences := entry.decision.consequences) is None:
            return
        self._tickets += [_ticket_row(ticket) for ticket in consequences.tickets]
        if consequences.payment is not None:
            self._payments[consequences.payment.id] = _payment_changes(consequences.payment)
        if consequences.cancelled is not None:
            row = _cancellation_row(consequences.cancelled, entry.actor, now)
            self._cancellations.append(row)
        if consequences.refund is not None:
            self._refunds.append(_refund_row(consequences.refund, now))

    def writes(self) -> Iterator[tuple[Write, list[Row]]]:
        """In the order of foreign keys; bookings come before."""
        yield _INSERT_TICKETS, self._tickets
        yield _UPDATE_PAYMENTS, list(self._payments.values())
        yield _INSERT_CANCELLATIONS, self._cancellations
        yield _INSERT_REFUNDS, self._refunds
        yield _INSERT_MESSAGES, self._messages


def _ticket_row(ticket: IssuedTicket) -> Row:
    return {**ticket._asdict(), "admitted_at": None, "admitted_by": None}


def _payment_changes(payment: Payment) -> Row:
    return {
        "id": payment.id,
        "state": payment.state,
        "failure": payment.failure,
        "updated_at": payment.updated_at,
    }


def _refund_row(refund: RefundDue, now: datetime) -> Row:
    return {
        **refund._asdict(),
        "state": RefundState.PENDING,
        "tries": 0,
        "next_try_at": now,
        "failure": None,
        "created_at": now,
        "completed_at": None,
    }


def _cancellation_row(cancelled: Cancelled, actor: str, now: datetime) -> Row:
    return {
        **cancelled._asdict(),
        "items": [item.as_dict() for item in cancelled.items],
        "actor": actor,
        "at": now,
    }


def _message_row(action: str, booking: Booking, now: datetime) -> Row:
    return {
        "id": new_id(),
        "kind": _MESSAGES[action],
        "user_id": booking.customer_id,
        "subject_id": booking.id,
        "details": {},
        "state": MessageState.WAITING,
        "tries": 0,
        "next_try_at": now,
        "created_at": now,
        "sent_at": None,
        "failure": None,
    }


def shrank(before: Booking | None, after: Booking) -> bool:
    """Whether seats were taken out of a booking that goes on."""
    return (
        before is not None
        and after.state is BookingState.CONFIRMED
        and len(after.items) < len(before.items)
    )
