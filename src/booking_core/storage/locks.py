"""Every locking statement, and the one order in which locks are taken.

Order: inventories by ascending id, and nothing else. Whoever changes bookings, claims or tiers
holds the lock of their inventory; no other row is ever locked first. On SQLite the transaction
itself, begun IMMEDIATE, is the lock.
"""

from booking_core.storage.statements import Query, select
from booking_core.storage.tables import InventoryRow

INVENTORY_HEAD = (
    "id",
    "name",
    "kind",
    "starts_at",
    "on_sale",
    "version",
    "layout_version",
    "hold_seconds",
    "longest_hold_seconds",
    "customer_limit",
    "refunds",
    "orphan_rule",
    "activity_hash",
)

LOCK_INVENTORIES = select(
    InventoryRow,
    INVENTORY_HEAD,
    sqlite="WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id",
    postgres="WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE",
)

# The sweeper passes over inventories that a writer or another sweeper is busy with.
LOCK_IDLE_INVENTORIES = Query(
    LOCK_INVENTORIES.sqlite,
    LOCK_INVENTORIES.postgres + " SKIP LOCKED",
    times=LOCK_INVENTORIES.times,
    documents=LOCK_INVENTORIES.documents,
)
