"""Bookings, and those of them that are live holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.bookings import FOREVER, BookingState
from booking_core.domain.desk import BookingLine
from booking_core.storage.repositories.desk.lines import (
    BOOKING_COLUMNS,
    BOOKING_SOURCE,
    booking_lines,
)
from booking_core.storage.repositories.desk.searches import (
    Condition,
    begins_with,
    equals,
    has_id,
    has_seat,
    holds_text,
    is_of_mail,
    is_on_day,
    is_one_of,
)
from booking_core.storage.repositories.desk.sources import Source
from booking_core.storage.statements import table_of
from booking_core.storage.tables.bookings import BookingRow, ClaimRow
from booking_core.storage.tables.inventories import InventoryRow


def holds() -> Source:
    return bookings(always=_are_live_holds)


def bookings(**more: Any) -> Source:
    columns, inventories = table_of(BookingRow).c, table_of(InventoryRow).c
    code, mail = begins_with(columns.reference), is_of_mail(columns.customer_id)
    customer, inventory = equals(columns.customer_id), has_id(columns.inventory_id)
    name = holds_text(inventories.name)
    orders = {
        "held": (columns.held_at, True),
        "expires": (columns.expires_at, False),
        "confirmed": (columns.confirmed_at, True),
        "amount": (columns.amount, True),
        "places": (columns.places, True),
        "starts": (inventories.starts_at, False),
        "state": (columns.state, False),
    }
    return Source(
        start=BOOKING_SOURCE,
        columns=BOOKING_COLUMNS,
        make=booking_lines,
        orders=orders,
        tie=columns.id,
        fields={
            "code": code,
            "mail": mail,
            "customer": customer,
            "seat": has_seat(columns.id, columns["items"]),
            "state": is_one_of(columns.state, BookingState),
            "on": is_on_day(columns.held_at),
            "inventory": inventory,
            "for": name,
        },
        words=(
            code,
            mail,
            holds_text(columns.customer_id),
            has_id(columns.id),
            inventory,
            name,
        ),
        **more,
    )


def _are_live_holds(now: datetime) -> Sequence[Condition]:
    columns = table_of(BookingRow).c
    return (
        columns.state == BookingState.HELD,
        columns.expires_at > now,
        columns.expires_at < FOREVER,
    )


def holders_of_seat(connection: Connection, seat_id: str, now: datetime) -> list[BookingLine]:
    """Bookings that have a seat now, by the legs they travel."""
    claims, bookings = table_of(ClaimRow).c, table_of(BookingRow).c
    holding = sa.select(claims.booking_id).where(
        claims.seat_id == seat_id, claims.expires_at.is_(None) | (claims.expires_at > now)
    )
    statement = sa.select(*BOOKING_COLUMNS).select_from(BOOKING_SOURCE)
    rows = connection.execute(
        statement.where(bookings.id.in_(holding)).order_by(bookings.from_leg)
    ).all()
    return booking_lines(connection, rows, now)
