"""Rows that a decision brings with it: payments, refunds, cancellations, tickets, messages,
waitlist entries, uses of vouchers."""

from collections.abc import Iterator
from datetime import datetime

from booking_core.domain.bookings import Booking
from booking_core.domain.claims import Entry
from booking_core.domain.consequences import Cancelled, IssuedTicket, RefundDue
from booking_core.domain.messages import MessageKind, MessageState
from booking_core.domain.payments import Payment, RefundState
from booking_core.domain.waitlist import WaitlistEntry, WaitlistState
from booking_core.ids import is_id, new_id
from booking_core.storage.repositories import vouchers, waitlist
from booking_core.storage.statements import Row, Write, insert, update
from booking_core.storage.tables.messages import OutboxMessageRow
from booking_core.storage.tables.payments import PaymentRow, RefundRow
from booking_core.storage.tables.tickets import CancellationRow, TicketRow

_UPDATE_PAYMENTS = update(
    PaymentRow, ("id",), state="new.state", failure="new.failure", updated_at="new.updated_at"
)
_INSERT_REFUNDS = insert(RefundRow)
_INSERT_CANCELLATIONS = insert(CancellationRow)
_INSERT_TICKETS = insert(TicketRow)
_INSERT_MESSAGES = insert(OutboxMessageRow)

_MESSAGES = {
    "confirmed": MessageKind.BOOKING_CONFIRMED,
    "cancelled": MessageKind.BOOKING_CANCELLED,
    "expired": MessageKind.HOLD_EXPIRED,
}


class ConsequenceRows:
    """Rows to write, by table."""

    def __init__(self) -> None:
        self._payments: dict[str, Row] = {}
        self._refunds: list[Row] = []
        self._cancellations: list[Row] = []
        self._tickets: list[Row] = []
        self._messages: list[Row] = []
        self._waitlist: dict[str, Row] = {}
        self._uses: list[Row] = []

    def add(self, entry: Entry, now: datetime) -> None:
        booking, consequences = entry.decision.after, entry.decision.consequences
        kind: str | None = _MESSAGES.get(entry.decision.action)
        if consequences is not None and consequences.waitlist is not None:
            self._waitlist[consequences.waitlist.id] = waitlist.changes_of(consequences.waitlist)
            kind = _kind_for_waiter(consequences.waitlist, kind)
        if kind is not None and is_id(booking.customer_id):
            self._messages.append(_message_row(kind, booking, now))
        if consequences is None:
            return
        self._tickets += [_ticket_row(ticket) for ticket in consequences.tickets]
        if consequences.payment is not None:
            self._payments[consequences.payment.id] = _payment_changes(consequences.payment)
        if consequences.cancelled is not None:
            row = _cancellation_row(consequences.cancelled, entry.actor, now)
            self._cancellations.append(row)
        if consequences.voucher is not None:
            self._uses.append(consequences.voucher._asdict())
        if consequences.refund is not None:
            self._refunds.append(_refund_row(consequences.refund, now))

    def writes(self) -> Iterator[tuple[Write, list[Row]]]:
        """In the order of foreign keys; bookings come before."""
        yield _INSERT_TICKETS, self._tickets
        yield _UPDATE_PAYMENTS, list(self._payments.values())
        yield _INSERT_CANCELLATIONS, self._cancellations
        yield _INSERT_REFUNDS, self._refunds
        yield _INSERT_MESSAGES, self._messages
        yield vouchers.INSERT_USES, self._uses
        yield waitlist.UPDATE_ENTRIES, list(self._waitlist.values())


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


def _kind_for_waiter(entry: WaitlistEntry, kind: str | None) -> str | None:
    """Of an offer one hears as one wished; of what one bought, as everybody does."""
    told = {
        WaitlistState.OFFERED: MessageKind.WAITLIST_OFFERED,
        WaitlistState.EXPIRED: MessageKind.WAITLIST_OFFER_EXPIRED,
    }.get(entry.state)
    if told is None:
        return kind
    return told if entry.preferences.email else None


def _message_row(kind: str, booking: Booking, now: datetime) -> Row:
    return {
        "id": new_id(),
        "kind": kind,
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
