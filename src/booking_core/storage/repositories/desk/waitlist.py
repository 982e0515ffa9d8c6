"""The waitlist as operators see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from booking_core.domain.desk import WaitlistLine
from booking_core.domain.waitlist import WaitlistState
from booking_core.storage.repositories.desk.lines import mails
from booking_core.storage.repositories.desk.searches import (
    equals,
    has_id,
    holds_text,
    is_of_mail,
    is_one_of,
)
from booking_core.storage.repositories.desk.sources import Rows, Source
from booking_core.storage.statements import table_of
from booking_core.storage.tables.inventories import InventoryRow, TierRow
from booking_core.storage.tables.waitlist import WaitlistEntryRow

_ENTRIES, _INVENTORIES = table_of(WaitlistEntryRow), table_of(InventoryRow)
_TIERS = table_of(TierRow)
_OWN = (
    "id",
    "inventory_id",
    "customer_id",
    "quantity",
    "state",
    "seq",
    "joined_at",
    "booking_id",
    "offer_expires_at",
)


def waitlist() -> Source:
    columns = _ENTRIES.c
    name, mail = holds_text(_INVENTORIES.c.name), is_of_mail(columns.customer_id)
    joined = _ENTRIES.join(_INVENTORIES, _INVENTORIES.c.id == columns.inventory_id)
    return Source(
        start=joined.outerjoin(_TIERS, _TIERS.c.id == columns.tier_id),
        columns=[
            *(columns[each] for each in _OWN),
            _INVENTORIES.c.name.label("inventory"),
            _INVENTORIES.c.starts_at,
            _INVENTORIES.c.time_zone,
            _TIERS.c.name.label("tier"),
        ],
        make=_lines,
        orders={
            "joined": (columns.joined_at, False),
            "offer": (columns.offer_expires_at, False),
            "quantity": (columns.quantity, True),
        },
        tie=columns.id,
        fields={
            "state": is_one_of(columns.state, WaitlistState),
            "mail": mail,
            "customer": equals(columns.customer_id),
            "inventory": has_id(columns.inventory_id),
            "for": name,
        },
        words=(mail, holds_text(columns.customer_id), has_id(columns.id), name),
    )


def _lines(connection: Connection, rows: Rows, now: datetime) -> Sequence[Any]:
    """Offers that are over are expired, whether or not that was noted."""
    names = mails(connection, (row.customer_id for row in rows))
    return [
        WaitlistLine(
            **{
                **row._mapping,
                "customer": names.get(row.customer_id, row.customer_id),
                "state": _state_at(row, now),
            }
        )
        for row in rows
    ]


def _state_at(row: Any, now: datetime) -> WaitlistState:
    if row.state is WaitlistState.OFFERED and row.offer_expires_at <= now:
        return WaitlistState.EXPIRED
    found: WaitlistState = row.state
    return found
