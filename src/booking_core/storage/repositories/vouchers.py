"""Vouchers and their uses: the statements of the write path, and reads for people."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from booking_core.domain.vouchers import Voucher, VoucherKind
from booking_core.storage.locks.vouchers import VOUCHER
from booking_core.storage.statements import Query, insert, table_of
from booking_core.storage.tables.bookings import BookingRow
from booking_core.storage.tables.inventories import InventoryRow
from booking_core.storage.tables.waitlist import VoucherRow, VoucherUseRow

_TABLE = table_of(VoucherRow)
_USES = table_of(VoucherUseRow)
_BOOKINGS = table_of(BookingRow)
_COLUMNS = [_TABLE.c[name] for name in VOUCHER]
_COUNTS = ("held", "confirmed")

# How often the limited ones among locked vouchers are used, by booking and its state alone: a
# hold that has run out counts until it is closed, under its inventory's lock. As a join PostgreSQL
# might walk through all bookings.
USES_OF_VOUCHERS = Query(
    sqlite="""
        SELECT v.id, (
            SELECT count(*) FROM voucher_uses AS u WHERE u.voucher_id = v.id AND (
                SELECT b.state FROM bookings AS b WHERE b.id = u.booking_id
            ) IN ('held', 'confirmed'))
        FROM vouchers AS v WHERE v.max_uses IS NOT NULL AND v.id IN (
            SELECT id FROM vouchers WHERE code_key IN (SELECT value FROM json_each(:keys))
            UNION SELECT voucher_id FROM voucher_uses
            WHERE booking_id IN (SELECT value FROM json_each(:bookings)))""",
    postgres="""
        SELECT v.id, (
            SELECT count(*) FROM voucher_uses AS u WHERE u.voucher_id = v.id AND (
                SELECT b.state FROM bookings AS b WHERE b.id = u.booking_id
            ) IN ('held', 'confirmed'))
        FROM vouchers AS v WHERE v.max_uses IS NOT NULL AND v.id = ANY (ARRAY (
            SELECT id FROM vouchers WHERE code_key = ANY(%(keys)s::text[])
            UNION ALL SELECT voucher_id FROM voucher_uses
            WHERE booking_id = ANY(%(bookings)s::uuid[])))""",
)
VOUCHERS_OF_BOOKINGS = Query(
    sqlite="""
        SELECT booking_id, voucher_id FROM voucher_uses
        WHERE booking_id IN (SELECT value FROM json_each(:ids))""",
    postgres="""
        SELECT booking_id, voucher_id FROM voucher_uses
        WHERE booking_id = ANY(%(ids)s::uuid[])""",
)
INSERT_USES = insert(VoucherUseRow)


def voucher_of(row: Sequence[Any], used: int = 0) -> Voucher:
    """From the columns of `locks.VOUCHER`, in their order."""
    values = dict(zip(VOUCHER, row, strict=True))
    values["kind"] = VoucherKind(values["kind"])
    values["is_active"] = bool(values["is_active"])
    return Voucher(**values, used=used)


def add(connection: Connection, voucher: Voucher, key: str) -> bool:
    """Whether it was added: false where the code is taken."""
    row = {**{name: getattr(voucher, name) for name in VOUCHER}, "code_key": key}
    insert_ = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    added = connection.execute(
        insert_(_TABLE)
        .values(**row)
        .on_conflict_do_nothing(index_elements=["code_key"])
        .returning(_TABLE.c.id)
    )
    return added.first() is not None


def has_inventory(connection: Connection, inventory_id: str) -> bool:
    inventories = table_of(InventoryRow).c
    found = connection.execute(sa.select(inventories.id).where(inventories.id == inventory_id))
    return found.first() is not None


def deactivate(connection: Connection, voucher_id: str) -> bool:
    """Whether it was active."""
    changed = connection.execute(
        _TABLE.update()
        .where(_TABLE.c.id == voucher_id, _TABLE.c.is_active.is_(True))
        .values(is_active=False)
        .returning(_TABLE.c.id)
    )
    return changed.first() is not None


def get(connection: Connection, voucher_id: str) -> Voucher | None:
    found = _read(connection, sa.select(*_COLUMNS).where(_TABLE.c.id == voucher_id))
    return found[0] if found else None


def page(connection: Connection, *, limit: int, offset: int) -> tuple[list[Voucher], int]:
    """Newest first, and how many there are."""
    statement = sa.select(*_COLUMNS).order_by(_TABLE.c.id.desc()).limit(limit).offset(offset)
    total = connection.execute(sa.select(sa.func.count()).select_from(_TABLE)).scalar_one()
    return _read(connection, statement), total


def _read(connection: Connection, statement: sa.Select[Any]) -> list[Voucher]:
    rows = connection.execute(statement).all()
    used = _used(connection, [row[0] for row in rows])
    return [voucher_of(row, used.get(row[0], 0)) for row in rows]


def _used(connection: Connection, voucher_ids: Iterable[str]) -> dict[str, int]:
    statement = (
        sa.select(_USES.c.voucher_id, sa.func.count())
        .join_from(_USES, _BOOKINGS, _BOOKINGS.c.id == _USES.c.booking_id)
        .where(_USES.c.voucher_id.in_(list(voucher_ids)), _BOOKINGS.c.state.in_(_COUNTS))
        .group_by(_USES.c.voucher_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}
