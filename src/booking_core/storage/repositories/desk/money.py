"""Payments and refunds."""

from booking_core.domain.payments import Payment, PaymentState, Refund, RefundState
from booking_core.storage.locks.payments import PAYMENT, REFUND
from booking_core.storage.repositories.desk.searches import (
    begins_with,
    has_id,
    holds_text,
    is_of_mail,
    is_on_day,
    is_one_of,
)
from booking_core.storage.repositories.desk.sources import Source
from booking_core.storage.statements import table_of
from booking_core.storage.tables.payments import PaymentRow, RefundRow


def payments() -> Source:
    columns = table_of(PaymentRow).c
    return Source(
        start=table_of(PaymentRow),
        columns=[columns[name] for name in PAYMENT],
        make=lambda _, rows, __: [Payment(*row) for row in rows],
        orders={
            "created": (columns.created_at, True),
            "updated": (columns.updated_at, True),
            "amount": (columns.amount, True),
            "state": (columns.state, False),
        },
        tie=columns.id,
        fields={
            "state": is_one_of(columns.state, PaymentState),
            "method": begins_with(columns.method),
            "gateway": begins_with(columns.gateway),
            "on": is_on_day(columns.created_at),
            "booking": has_id(columns.booking_id),
        },
        words=(
            has_id(columns.id),
            has_id(columns.booking_id),
            is_of_mail(columns.customer_id),
            holds_text(columns.customer_id),
            begins_with(columns.gateway_ref),
        ),
    )


def refunds() -> Source:
    columns = table_of(RefundRow).c
    return Source(
        start=table_of(RefundRow),
        columns=[columns[name] for name in REFUND],
        make=lambda _, rows, __: [Refund(*row) for row in rows],
        orders={
            "created": (columns.created_at, True),
            "amount": (columns.amount, True),
            "tries": (columns.tries, True),
        },
        tie=columns.id,
        fields={
            "state": is_one_of(columns.state, RefundState),
            "on": is_on_day(columns.created_at),
            "booking": has_id(columns.booking_id),
        },
        words=(
            has_id(columns.id),
            has_id(columns.booking_id),
            has_id(columns.payment_id),
            holds_text(columns.failure),
        ),
    )
