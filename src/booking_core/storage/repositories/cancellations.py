"""Cancellations: reads, with what became of their refunds."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.cancellations import Cancellation, refund_status
from booking_core.domain.payments import RefundState
from booking_core.storage.repositories.bookings import items_of
from booking_core.storage.statements import table_of
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.tables.payments import RefundRow
from booking_core.storage.tables.tickets import CancellationRow


def find(connection: Connection, cancellation_id: str) -> Cancellation | None:
    found = _select(connection, table_of(CancellationRow).c.id == cancellation_id)
    return found[0] if found else None


def of_booking(connection: Connection, booking_id: str) -> list[Cancellation]:
    """Oldest first."""
    return _select(connection, table_of(CancellationRow).c.booking_id == booking_id)


def _select(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Cancellation]:
    made, bookings = table_of(CancellationRow), table_of(BookingRow)
    statement = (
        sa.select(made, bookings.c.customer_id)
        .join_from(made, bookings, bookings.c.id == made.c.booking_id)
        .where(condition)
        .order_by(made.c.at, made.c.id)
    )
    rows = [dict(row._mapping) for row in connection.execute(statement)]
    refunds = _refunds_of(connection, [row["id"] for row in rows])
    return [_cancellation_of(row, refunds.get(row["id"], [])) for row in rows]


def _refunds_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[Any]]:
    """(state, completed_at) of refunds by the cancellation they belong to."""
    refunds = table_of(RefundRow).c
    statement = sa.select(refunds.cancellation_id, refunds.state, refunds.completed_at)
    found: dict[str, list[Any]] = {}
    for row in connection.execute(statement.where(refunds.cancellation_id.in_(ids))):
        found.setdefault(row[0], []).append(row)
    return found


def _cancellation_of(row: dict[str, Any], refunds: Sequence[Any]) -> Cancellation:
    states = [RefundState(refund.state) for refund in refunds]
    completed = [refund.completed_at for refund in refunds if refund.completed_at is not None]
    return Cancellation(
        **{
            **row,
            "items": items_of(row["items"]),
            "refund_status": refund_status(states),
            "refunded_at": max(completed, default=None),
        }
    )
