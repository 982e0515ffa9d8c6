"""Refunds. All on the caller's connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.payments import OPEN_PAYMENTS, Refund, RefundState
from booking_core.storage.locks.payments import DUE_REFUNDS, LOCK_DUE_REFUNDS, LOCK_REFUND, REFUND
from booking_core.storage.statements import table_of
from booking_core.storage.tables.payments import PaymentRow, RefundRow
from booking_core.storage.wire import PooledReader

_REFUNDS = table_of(RefundRow)
_PAYMENTS = table_of(PaymentRow)
_COLUMNS = [_REFUNDS.c[name] for name in REFUND]


@dataclass(frozen=True, slots=True)
class MoneyHealth:
    """How payments and refunds are doing. `oldest_open_at` is when the open payment that has been
    left alone the longest was last touched; a failed refund waits for an operator."""

    open_payments: int
    oldest_open_at: datetime | None
    pending_refunds: int
    failed_refunds: int


def _refund_of(row: Sequence[Any]) -> Refund:
    refund = dict(zip(REFUND, row, strict=True))
    return Refund(**{**refund, "state": RefundState(refund["state"])})


def find(
    connection: Connection,
    *,
    payment_id: str | None = None,
    booking_id: str | None = None,
    state: RefundState | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Refund]:
    """Newest first."""
    statement = sa.select(*_COLUMNS).order_by(_REFUNDS.c.id.desc()).limit(limit).offset(offset)
    named = {"payment_id": payment_id, "booking_id": booking_id, "state": state}
    for name, value in named.items():
        if value is not None:
            statement = statement.where(_REFUNDS.c[name] == value)
    return [_refund_of(row) for row in connection.execute(statement)]


def lock(connection: Connection, refund_id: str) -> Refund | None:
    """A refund as it is until the transaction ends."""
    rows = PooledReader(connection).query(LOCK_REFUND, id=refund_id).rows()
    return _refund_of(rows[0]) if rows else None


def is_any_due(connection: Connection, now: datetime) -> bool:
    """Whether `lock_due` would find anything; without a lock."""
    return bool(PooledReader(connection).query(DUE_REFUNDS, now=now, most=1).rows())


def lock_due(connection: Connection, now: datetime, most: int) -> list[Refund]:
    """Refunds to be tried now that nobody else is about to try."""
    rows = PooledReader(connection).query(LOCK_DUE_REFUNDS, now=now, most=most).rows()
    return [_refund_of(row) for row in rows]


def update(connection: Connection, refund: Refund) -> None:
    """Write what of a locked refund can change."""
    connection.execute(
        _REFUNDS.update()
        .where(_REFUNDS.c.id == refund.id)
        .values(
            state=refund.state,
            tries=refund.tries,
            next_try_at=refund.next_try_at,
            failure=refund.failure,
            completed_at=refund.completed_at,
        )
    )


def health(connection: Connection) -> MoneyHealth:
    """Counted by the partial indexes of what is open or due."""
    count = sa.func.count()
    is_open = _PAYMENTS.c.state.in_(OPEN_PAYMENTS)
    opened = connection.execute(
        sa.select(count, sa.func.min(_PAYMENTS.c.updated_at)).where(is_open)
    ).one()
    by_state: dict[RefundState, int] = {
        row.state: row.number
        for row in connection.execute(
            sa.select(_REFUNDS.c.state, count.label("number"))
            .where(_REFUNDS.c.state != RefundState.SUCCEEDED)
            .group_by(_REFUNDS.c.state)
        )
    }
    return MoneyHealth(
        opened[0],
        opened[1],
        by_state.get(RefundState.PENDING, 0),
        by_state.get(RefundState.FAILED, 0),
    )
