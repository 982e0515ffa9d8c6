"""Inventories, their static layouts, and creating them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.inventory import (
    Inventory,
    InventoryDraft,
    Kind,
    Leg,
    OrphanRule,
)
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.policies.refunds import RefundPolicy
from booking_core.ids import new_id
from booking_core.storage.locks.inventories import LOCK_INVENTORIES
from booking_core.storage.statements import Query, Row, insert, select, table_of, update
from booking_core.storage.tables.inventories import InventoryRow, LegRow, SeatRow, TierRow
from booking_core.storage.wire import PooledReader

# With the time, by the caller's clock or the database's own: one statement less.
COUNTS_OF_TIERS = Query(
    sqlite="""
        SELECT id, inventory_id, held, sold, :now FROM tiers
        WHERE inventory_id IN (SELECT value FROM json_each(:ids))""",
    postgres="""
        SELECT id, inventory_id, held, sold, coalesce(%(now)s::timestamptz, clock_timestamp())
        FROM tiers WHERE inventory_id = ANY(%(ids)s::uuid[])""",
    times=(4,),
)
CLOCK = Query(
    sqlite="SELECT :now", postgres="SELECT coalesce(%(now)s::timestamptz, clock_timestamp())"
)
KNOWN_SOURCES = Query(
    sqlite=(
        "SELECT source_ref FROM inventories WHERE source_ref IN "
        "(SELECT value FROM json_each(:refs))"
    ),
    postgres=(
        "SELECT source_ref FROM inventories WHERE source_ref IN "
        "(SELECT json_array_elements_text(%(refs)s::json))"
    ),
)
# `held` and `sold` are changes to add; `version` is the new one.
ADD_TIER_COUNTS = update(TierRow, ("id",), held="old.held + new.held", sold="old.sold + new.sold")
SET_VERSIONS = update(
    InventoryRow, ("id",), version="new.version", activity_hash="new.activity_hash"
)
SET_ON_SALE = update(InventoryRow, ("id",), on_sale="new.on_sale")
# Another import may be about to commit the same source: it is waited for, and left alone.
INSERT_INVENTORIES = insert(InventoryRow, unless="ON CONFLICT (source_ref) DO NOTHING")
INSERTED = select(
    InventoryRow,
    ("id",),
    sqlite="WHERE id IN (SELECT value FROM json_each(:ids))",
    postgres="WHERE id = ANY(%(ids)s::uuid[])",
)
INSERT_LEGS = insert(LegRow)
INSERT_TIERS = insert(TierRow)
INSERT_SEATS = insert(SeatRow)


def lock_head(connection: Connection, inventory_id: str) -> Inventory | None:
    """An inventory's head, locked, in a transaction of `unit_of_work.writing`."""
    is_postgres = connection.dialect.name == "postgresql"
    ids = f"{{{inventory_id}}}" if is_postgres else f'["{inventory_id}"]'
    rows = PooledReader(connection).query(LOCK_INVENTORIES, ids=ids).rows()
    return head_of(rows[0]) if rows else None


def resize_tier(connection: Connection, inventory_id: str, tier_id: str, capacity: int) -> None:
    """Give a tier of counted places another size; the inventory's lock is held."""
    tiers, heads = table_of(TierRow), table_of(InventoryRow)
    before = sa.select(tiers.c.capacity).where(tiers.c.id == tier_id).scalar_subquery()
    connection.execute(
        heads.update()
        .where(heads.c.id == inventory_id)
        .values(
            capacity=heads.c.capacity - before + capacity,
            layout_version=heads.c.layout_version + 1,
        )
    )
    connection.execute(tiers.update().where(tiers.c.id == tier_id).values(capacity=capacity))


def head_of(row: Sequence[Any]) -> Inventory:
    """From the columns of `locks.INVENTORY_HEAD`, in their order."""
    (
        inventory_id,
        name,
        kind,
        starts_at,
        on_sale,
        is_cancelled,
        version,
        layout_version,
        hold_seconds,
        longest_hold_seconds,
        customer_limit,
        refunds,
        orphan_rule,
        activity_hash,
        waiters,
    ) = row
    return Inventory(
        id=inventory_id,
        name=name,
        kind=Kind(kind),
        starts_at=starts_at,
        on_sale=bool(on_sale),
        is_cancelled=bool(is_cancelled),
        version=version,
        layout_version=layout_version,
        holds=HoldPolicy(
            timedelta(seconds=hold_seconds),
            timedelta(seconds=longest_hold_seconds),
            customer_limit,
        ),
        refunds=RefundPolicy.from_pairs(refunds),
        orphan_rule=OrphanRule(orphan_rule),
        activity_hash=activity_hash,
        waiters=waiters,
    )


@dataclass(frozen=True, slots=True)
class InventoryRows:
    """An inventory as rows of each table, ready to insert in this order."""

    inventory: Row
    legs: list[Row]
    tiers: list[Row]
    seats: list[Row]


def rows_of(draft: InventoryDraft, now: datetime) -> InventoryRows:
    """New rows, with fresh ids. A seated tier's capacity is its seats × legs."""
    inventory_id = new_id()
    tier_ids = {tier.name: new_id() for tier in draft.tiers}
    seats = [
        {
            "id": new_id(),
            "inventory_id": inventory_id,
            "tier_id": tier_ids[seat.tier],
            "ordinal": ordinal,
            "section": seat.section,
            "row": seat.row,
            "number": seat.number,
            "position": seat.position,
            "type": seat.type,
        }
        for ordinal, seat in enumerate(draft.seats)
    ]
    tiers = _tier_rows(draft, inventory_id, tier_ids, seats)
    capacity = len(seats) or sum(tier["capacity"] for tier in tiers)
    return InventoryRows(
        _inventory_row(draft, inventory_id, capacity, now),
        [_leg_row(leg, inventory_id) for leg in draft.legs],
        tiers,
        seats,
    )


def insert_one(connection: Connection, rows: InventoryRows) -> None:
    """One inventory, whole, in a transaction of `unit_of_work.writing`."""
    for model, new in (
        (InventoryRow, [rows.inventory]),
        (LegRow, rows.legs),
        (TierRow, rows.tiers),
        (SeatRow, rows.seats),
    ):
        if new:
            connection.execute(table_of(model).insert(), new)


def _inventory_row(draft: InventoryDraft, inventory_id: str, capacity: int, now: datetime) -> Row:
    return {
        "id": inventory_id,
        "name": draft.name,
        "kind": draft.kind.value,
        "starts_at": draft.starts_at.astimezone(UTC),
        "ends_at": None if draft.ends_at is None else draft.ends_at.astimezone(UTC),
        "time_zone": draft.time_zone,
        "currency": draft.currency,
        "on_sale": draft.on_sale,
        "is_cancelled": False,
        "version": 0,
        "activity_hash": None,
        "layout_version": 1,
        "capacity": capacity,
        "hold_seconds": int(draft.holds.duration.total_seconds()),
        "longest_hold_seconds": int(draft.holds.longest.total_seconds()),
        "customer_limit": draft.holds.customer_limit,
        "orphan_rule": draft.orphan_rule.value,
        "refunds": draft.refunds.as_pairs(),
        "source_ref": draft.source_ref,
        "created_at": now,
        "waiters": 0,
    }


def _tier_rows(
    draft: InventoryDraft, inventory_id: str, tier_ids: dict[str, str], seats: list[Row]
) -> list[Row]:
    legs = max(len(draft.legs), 1)
    seats_per_tier: dict[str, int] = {}
    for seat in seats:
        seats_per_tier[seat["tier_id"]] = seats_per_tier.get(seat["tier_id"], 0) + 1
    return [
        {
            "id": tier_ids[tier.name],
            "inventory_id": inventory_id,
            "position": position,
            "name": tier.name,
            "price": tier.price,
            "capacity": seats_per_tier.get(tier_ids[tier.name], 0) * legs
            if seats
            else tier.capacity,
            "held": 0,
            "sold": 0,
        }
        for position, tier in enumerate(draft.tiers)
    ]


def _leg_row(leg: Leg, inventory_id: str) -> Row:
    return {
        "inventory_id": inventory_id,
        "number": leg.number,
        "origin": leg.origin,
        "destination": leg.destination,
        "departs_at": leg.departs_at.astimezone(UTC),
        "arrives_at": leg.arrives_at.astimezone(UTC),
        "distance_m": leg.distance_m,
    }
