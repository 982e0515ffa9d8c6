"""Of inventories: whoever changes what is claimed of one holds its lock."""

from booking_core.storage.statements import Query, select
from booking_core.storage.tables.inventories import InventoryRow

INVENTORY_HEAD = (
    "id",
    "name",
    "kind",
    "starts_at",
    "on_sale",
    "is_cancelled",
    "version",
    "layout_version",
    "hold_seconds",
    "longest_hold_seconds",
    "customer_limit",
    "refunds",
    "orphan_rule",
    "activity_hash",
    "waiters",
)

LOCK_INVENTORIES = select(
    InventoryRow,
    INVENTORY_HEAD,
    sqlite="WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id",
    postgres="WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE",
)

# The same heads without their locks, to decide upon before these are had and compared.
INVENTORY_HEADS = select(
    InventoryRow,
    INVENTORY_HEAD,
    sqlite="WHERE id IN (SELECT value FROM json_each(:ids))",
    postgres="WHERE id = ANY(%(ids)s::uuid[])",
)

# The sweeper passes over inventories that a writer or another sweeper is busy with.
LOCK_IDLE_INVENTORIES = Query(
    LOCK_INVENTORIES.sqlite,
    LOCK_INVENTORIES.postgres + " SKIP LOCKED",
    times=LOCK_INVENTORIES.times,
    documents=LOCK_INVENTORIES.documents,
)

# An admission waits for a cancellation under way, and a cancellation for an admission.
LOCK_INVENTORY_OF_BOOKING = Query(
    sqlite="SELECT inventory_id FROM bookings WHERE id = :id",
    postgres="""
        SELECT id FROM inventories
        WHERE id = (SELECT inventory_id FROM bookings WHERE id = %(id)s::uuid) FOR UPDATE""",
)
