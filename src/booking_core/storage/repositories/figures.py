"""The figures of the dashboard: one pass over each table, whatever its size."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import FOREVER, BookingState
from booking_core.domain.commands import Confirm
from booking_core.domain.messages import MessageState
from booking_core.domain.payments import PaymentState, RefundState
from booking_core.storage.statements import table_of
from booking_core.storage.tables.accounts import UserRow
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.tables.inventories import InventoryRow, TierRow
from booking_core.storage.tables.journal import ActivityRow
from booking_core.storage.tables.messages import OutboxMessageRow
from booking_core.storage.tables.payments import PaymentRow, RefundRow
from booking_core.storage.tables.tickets import CancellationRow

Figures = dict[str, Any]
_Sums = sa.Select[str, int, int, int, Any]
Span = tuple[datetime, datetime]


def figures_at(
    connection: Connection,
    *,
    now: datetime,
    today: Span,
    expiring_by: datetime,
    departing_by: datetime,
) -> Figures:
    """By the names of `domain.dashboard.Dashboard`. Times are UTC, amounts minor units."""
    return {
        **_sales(connection, today),
        **_holds(connection, now, expiring_by),
        **_departures(connection, now, departing_by),
        **_money(connection, today),
        **_people(connection),
    }


def _sales(connection: Connection, today: Span) -> Figures:
    figures: Figures = {
        "bookings_today": 0,
        "bookings_total": 0,
        "cancellations_today": 0,
        "cancellations_total": 0,
        "revenue_today": {},
        "revenue_total": {},
    }
    parts = (
        ("bookings", _confirmed(today)),
        ("cancellations", _kept_of_cancellations(today)),
        ("cancellations", _kept_of_others(today)),
    )
    for name, statement in parts:
        for currency, total, of_today, amount, amount_today in connection.execute(statement):
            figures[f"{name}_total"] += total
            figures[f"{name}_today"] += of_today
            _add(figures["revenue_total"], currency, amount)
            _add(figures["revenue_today"], currency, amount_today)
    return figures


def _confirmed(today: Span) -> _Sums:
    columns = table_of(BookingRow).c
    sold_today = _within(columns.confirmed_at, today)
    return _sums(columns.currency, columns.amount, sold_today, sold_today).where(
        columns.state == BookingState.CONFIRMED
    )


def _kept_of_cancellations(today: Span) -> _Sums:
    columns, bookings = table_of(CancellationRow).c, table_of(BookingRow)
    kept = columns.amount - columns.refund_amount
    sold_today = _within(bookings.c.confirmed_at, today)
    return _sums(columns.currency, kept, _within(columns.at, today), sold_today).join(
        bookings, bookings.c.id == columns.booking_id
    )


def _kept_of_others(today: Span) -> _Sums:
    """Bookings that were cancelled before cancellations had rows of their own."""
    columns, cancellations = table_of(BookingRow).c, table_of(CancellationRow).c
    kept = columns.amount - sa.func.coalesce(columns.refunded, 0)
    sold_today = _within(columns.confirmed_at, today)
    return _sums(columns.currency, kept, _within(columns.closed_at, today), sold_today).where(
        columns.state == BookingState.CANCELLED,
        ~sa.exists().where(cancellations.booking_id == columns.id),
    )


def _sums(
    currency: sa.ColumnElement[str],
    amount: sa.ColumnElement[int],
    happened_today: sa.ColumnElement[bool],
    sold_today: sa.ColumnElement[bool],
) -> _Sums:
    """Per currency: how many, how many of today, the sum, the sum of what was sold today."""
    selected: _Sums = sa.select(
        currency,
        sa.func.count(),
        _count_if(happened_today),
        sa.func.sum(amount),
        sa.func.sum(sa.case((sold_today, amount), else_=0)),
    )
    return selected.group_by(currency)


def _holds(connection: Connection, now: datetime, expiring_by: datetime) -> Figures:
    """Holds are found by their index; a block is a hold without an end."""
    expires_at = table_of(BookingRow).c.expires_at
    is_block = expires_at == FOREVER
    statement = sa.select(
        _count_if((expires_at > now) & ~is_block),
        _count_if((expires_at > now) & (expires_at <= expiring_by)),
        _count_if(is_block),
        sa.func.min(sa.case((expires_at <= now, expires_at))),
    ).where(table_of(BookingRow).c.state == BookingState.HELD)
    live, expiring, blocked, oldest = connection.execute(statement).one()
    return {
        "holds_live": live,
        "holds_expiring_soon": expiring,
        "blocked": blocked,
        "sweeper_lag": timedelta() if oldest is None else now - oldest,
    }


def _departures(connection: Connection, now: datetime, departing_by: datetime) -> Figures:
    inventories, tiers = table_of(InventoryRow), table_of(TierRow)
    statement = (
        sa.select(
            sa.func.count(sa.distinct(inventories.c.id)),
            sa.func.coalesce(sa.func.sum(tiers.c.capacity), 0),
            sa.func.coalesce(sa.func.sum(tiers.c.sold), 0),
        )
        .select_from(inventories)
        .join(tiers, tiers.c.inventory_id == inventories.c.id)
        .where(inventories.c.starts_at >= now, inventories.c.starts_at < departing_by)
    )
    departures, places, sold = connection.execute(statement).one()
    return {
        "departures_soon": departures,
        "places_soon": int(places),
        "places_sold_soon": int(sold),
    }


def _money(connection: Connection, today: Span) -> Figures:
    refunds, payments = table_of(RefundRow).c, table_of(PaymentRow).c
    pending, failed = connection.execute(
        sa.select(
            _count_if(refunds.state == RefundState.PENDING),
            _count_if(refunds.state == RefundState.FAILED),
        )
    ).one()
    failures, failures_today = connection.execute(
        sa.select(sa.func.count(), _count_if(_within(payments.updated_at, today))).where(
            payments.state == PaymentState.FAILED
        )
    ).one()
    return {
        "refunds_pending": pending,
        "refunds_failed": failed,
        "payments_failed_total": failures,
        "payments_failed_today": failures_today,
    }


def confirmed_per_minute(connection: Connection, now: datetime, minutes: int) -> list[int]:
    """How many bookings each of the last minutes confirmed, the present one last: from the activity
    log, which is ordered by time."""
    acts = table_of(ActivityRow).c
    begin = now.replace(second=0, microsecond=0) - timedelta(minutes=minutes - 1)
    starts = [begin + timedelta(minutes=number) for number in range(minutes + 1)]
    counts = [_count_if(_within(acts.at, span)) for span in pairwise(starts)]
    statement = sa.select(*counts).where(
        acts.at >= begin, acts.entity == "booking", acts.action == Confirm.verb
    )
    return list(connection.execute(statement).one())


def _people(connection: Connection) -> Figures:
    users, messages = table_of(UserRow).c, table_of(OutboxMessageRow).c
    active = connection.execute(sa.select(_count_if(users.is_active))).scalar_one()
    waiting, dead = connection.execute(
        sa.select(
            _count_if(messages.state == MessageState.WAITING),
            _count_if(messages.state == MessageState.DEAD),
        )
    ).one()
    return {"active_users": active, "messages_waiting": waiting, "messages_dead": dead}


def _within(column: sa.ColumnElement[Any], span: Span) -> sa.ColumnElement[bool]:
    return (column >= span[0]) & (column < span[1])


def _count_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count(sa.case((condition, 1)))


def _add(amounts: dict[str, int], currency: str, amount: int) -> None:
    amounts[currency] = amounts.get(currency, 0) + int(amount)
