"""Payments, and the events that providers sent about them. All on the caller's connection."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from booking_core.domain.payments import Payment, PaymentState
from booking_core.ids import is_id, is_storable
from booking_core.storage.locks.payments import (
    LOCK_PAYMENT,
    LOCK_PAYMENTS_OF_BOOKING,
    LOCK_STALE_PAYMENTS,
    PAYMENT,
    STALE_PAYMENTS,
)
from booking_core.storage.statements import Query, table_of
from booking_core.storage.tables.payments import PaymentRow, ProviderEventRow
from booking_core.storage.wire import PooledReader

_PAYMENTS = table_of(PaymentRow)
_EVENTS = table_of(ProviderEventRow)
_COLUMNS = [_PAYMENTS.c[name] for name in PAYMENT]
_PAYMENT = ", ".join(f"p.{name}" for name in PAYMENT)
_REFUNDED = "coalesce((SELECT sum(r.amount) FROM refunds AS r WHERE r.payment_id = p.id), 0)"
# With what goes or went back of each, in no order: an order by the primary key would tempt
# PostgreSQL to walk all of it while the table is small, and to go on so when it no longer is.
PAYMENTS_OF_BOOKINGS = Query(
    sqlite=(
        f"SELECT {_PAYMENT}, {_REFUNDED} FROM payments AS p "  # noqa: S608 - our own column names
        "WHERE p.booking_id IN (SELECT value FROM json_each(:ids))"
    ),
    postgres=(
        f"SELECT {_PAYMENT}, {_REFUNDED} FROM payments AS p "  # noqa: S608 - our own column names
        "WHERE p.booking_id = ANY(%(ids)s::uuid[])"
    ),
    times=(10, 11),
)


def _payment_of(row: Sequence[Any]) -> Payment:
    payment = dict(zip(PAYMENT, row, strict=True))
    return Payment(**{**payment, "state": PaymentState(payment["state"])})


def payment_with_refunds(row: Sequence[Any]) -> tuple[Payment, int]:
    """A payment and what was refunded of it, from a row of PAYMENTS_OF_BOOKINGS."""
    return _payment_of(row[:-1]), int(row[-1])


def get(connection: Connection, payment_id: str) -> Payment | None:
    if not is_id(payment_id):
        return None
    found = find(connection, conditions=[_PAYMENTS.c.id == payment_id])
    return found[0] if found else None


def of_booking(connection: Connection, booking_id: str) -> list[Payment]:
    """Newest first."""
    return find(connection, conditions=[_PAYMENTS.c.booking_id == booking_id], limit=1_000)


def find(
    connection: Connection,
    *,
    customer_id: str | None = None,
    state: PaymentState | None = None,
    conditions: Sequence[sa.ColumnElement[bool]] = (),
    limit: int = 1,
    offset: int = 0,
) -> list[Payment]:
    """Newest first."""
    if not (customer_id is None or is_storable(customer_id)):
        return []
    statement = sa.select(*_COLUMNS).where(*conditions).order_by(_PAYMENTS.c.id.desc())
    if customer_id is not None:
        statement = statement.where(_PAYMENTS.c.customer_id == customer_id)
    if state is not None:
        statement = statement.where(_PAYMENTS.c.state == state)
    return [_payment_of(row) for row in connection.execute(statement.limit(limit).offset(offset))]


def insert(connection: Connection, payment: Payment) -> None:
    values = {name: getattr(payment, name) for name in PAYMENT}
    connection.execute(_PAYMENTS.insert().values(**values))


def update(connection: Connection, payment: Payment) -> None:
    """Write what of a locked payment can change."""
    connection.execute(
        _PAYMENTS.update()
        .where(_PAYMENTS.c.id == payment.id)
        .values(
            state=payment.state,
            failure=payment.failure,
            gateway_ref=payment.gateway_ref,
            updated_at=payment.updated_at,
        )
    )


def lock(connection: Connection, payment_id: str) -> Payment:
    """A payment that is known to be there, as it is until the transaction ends."""
    (row,) = PooledReader(connection).query(LOCK_PAYMENT, id=payment_id).rows()
    return _payment_of(row)


def lock_all_of_booking(connection: Connection, booking_id: str) -> None:
    """Until the transaction ends nobody else who calls this begins a payment for the booking."""
    PooledReader(connection).query(LOCK_PAYMENTS_OF_BOOKING, booking_id=booking_id)


def is_any_stale(connection: Connection, unanswered: datetime, unheard: datetime) -> bool:
    """Whether `take_stale` would find anything; without a lock."""
    reader = PooledReader(connection)
    found = reader.query(STALE_PAYMENTS, unanswered=unanswered, unheard=unheard, most=1)
    return bool(found.rows())


def take_stale(
    connection: Connection, *, unanswered: datetime, unheard: datetime, now: datetime, most: int
) -> list[Payment]:
    """Open payments last touched before these times, by state; touched now, so that nobody else
    takes them for a while."""
    found = PooledReader(connection).query(
        LOCK_STALE_PAYMENTS, unanswered=unanswered, unheard=unheard, most=most
    )
    stale = [_payment_of(row) for row in found.rows()]
    _touch(connection, [payment.id for payment in stale], now)
    return stale


def _touch(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    connection.execute(
        _PAYMENTS.update().where(_PAYMENTS.c.id.in_(list(ids))).values(updated_at=now)
    )


# What providers said


def has_event(connection: Connection, gateway: str, event_id: str) -> bool:
    statement = sa.select(_EVENTS.c.at).where(
        _EVENTS.c.gateway == gateway, _EVENTS.c.event_id == event_id
    )
    return connection.execute(statement).first() is not None


def put_event(
    connection: Connection, payment: Payment, event_id: str, kind: str, at: datetime
) -> bool:
    """Note an event; False where it is known."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(_EVENTS)
        .values(gateway=payment.gateway, event_id=event_id, payment_id=payment.id, type=kind, at=at)
        .on_conflict_do_nothing()
        .returning(_EVENTS.c.event_id)
    )
    return connection.execute(statement).first() is not None
