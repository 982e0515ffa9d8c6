"""Rows as operators see them: with the names of what they point to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import Booking
from booking_core.domain.desk import ActLine, BookingLine
from booking_core.ids import is_id
from booking_core.storage.repositories.bookings import COLUMNS, booking_of
from booking_core.storage.statements import table_of
from booking_core.storage.tables.accounts import ApiKeyRow, UserRow
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.tables.inventories import InventoryRow
from booking_core.storage.tables.journal import ActivityRow

_BOOKINGS, _INVENTORIES = table_of(BookingRow), table_of(InventoryRow)
_ACTS = table_of(ActivityRow)
_KEY = "apikey:"

BOOKING_COLUMNS = [
    *(_BOOKINGS.c[name] for name in COLUMNS),
    _INVENTORIES.c.name,
    _INVENTORIES.c.starts_at,
    _INVENTORIES.c.time_zone,
]
BOOKING_SOURCE = _BOOKINGS.join(_INVENTORIES, _INVENTORIES.c.id == _BOOKINGS.c.inventory_id)
ACT_COLUMNS = [
    _ACTS.c[name]
    for name in (
        "inventory_id",
        "seq",
        "at",
        "actor",
        "action",
        "entity",
        "entity_id",
        "origin",
        "before",
        "after",
    )
]


def booking_lines(
    connection: Connection, rows: Sequence[sa.Row[Any]], now: datetime
) -> list[BookingLine]:
    """From rows of BOOKING_COLUMNS."""
    found = [(booking_of(row[: len(COLUMNS)]).as_of(now), *row[len(COLUMNS) :]) for row in rows]
    names = mails(connection, (booking.customer_id for booking, *_ in found))
    return [
        _line(booking, names.get(booking.customer_id, booking.customer_id), *occasion)
        for booking, *occasion in found
    ]


def booking_line(connection: Connection, booking_id: str, now: datetime) -> BookingLine | None:
    statement = sa.select(*BOOKING_COLUMNS).select_from(BOOKING_SOURCE)
    rows = connection.execute(statement.where(_BOOKINGS.c.id == booking_id)).all()
    return next(iter(booking_lines(connection, rows, now)), None)


def act_lines(connection: Connection, rows: Sequence[sa.Row[Any]]) -> list[ActLine]:
    """From rows of ACT_COLUMNS."""
    names = _authors(connection, {row.actor for row in rows})
    return [
        ActLine(
            chain_id=row.inventory_id,
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            author=names.get(row.actor, row.actor),
            action=row.action,
            entity=row.entity,
            entity_id=row.entity_id,
            origin=row.origin,
            before=row.before,
            after=row.after,
        )
        for row in rows
    ]


def acts_of(connection: Connection, entity_id: str) -> list[ActLine]:
    """What happened to one thing, oldest first."""
    statement = sa.select(*ACT_COLUMNS).where(_ACTS.c.entity_id == entity_id)
    rows = connection.execute(statement.order_by(_ACTS.c.at, _ACTS.c.seq)).all()
    return act_lines(connection, rows)


def _line(
    booking: Booking, customer: str, inventory: str, starts_at: datetime, time_zone: str
) -> BookingLine:
    return BookingLine(
        id=booking.id,
        reference=booking.reference,
        state=booking.state,
        customer_id=booking.customer_id,
        customer=customer,
        inventory_id=booking.inventory_id,
        inventory=inventory,
        starts_at=starts_at,
        time_zone=time_zone,
        seats=", ".join(
            item.label if item.quantity == 1 else f"{item.quantity} × {item.label}"
            for item in booking.items
        ),
        places=booking.places,
        from_leg=booking.from_leg,
        to_leg=booking.to_leg,
        amount=booking.amount,
        currency=booking.currency,
        refunded=booking.refunded,
        held_at=booking.held_at,
        expires_at=booking.expires_at,
        confirmed_at=booking.confirmed_at,
    )


def mails(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """E-mail addresses of those of these who have an account."""
    users = table_of(UserRow).c
    wanted = {one for one in ids if is_id(one)}
    if not wanted:
        return {}
    statement = sa.select(users.id, users.email).where(users.id.in_(wanted))
    return {row.id: row.email for row in connection.execute(statement)}


def _authors(connection: Connection, actors: Iterable[str]) -> dict[str, str]:
    """Names of those actors that have one."""
    given = set(actors)
    names = mails(connection, given)
    key_ids = {one.removeprefix(_KEY) for one in given if one.startswith(_KEY)}
    wanted = {one for one in key_ids if is_id(one)}
    if wanted:
        keys = table_of(ApiKeyRow).c
        statement = sa.select(keys.id, keys.name).where(keys.id.in_(wanted))
        names |= {f"{_KEY}{found}": f"key {name}" for found, name in connection.execute(statement)}
    return names
