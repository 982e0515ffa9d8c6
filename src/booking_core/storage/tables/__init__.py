"""The schema. Importing this package registers every table."""

from booking_core.storage.tables.bookings import BookingRow, ClaimRow
from booking_core.storage.tables.inventories import InventoryRow, LegRow, SeatRow, TierRow
from booking_core.storage.tables.journal import ActivityRow, IdempotencyRow, OutboxRow

__all__ = [
    "ActivityRow",
    "BookingRow",
    "ClaimRow",
    "IdempotencyRow",
    "InventoryRow",
    "LegRow",
    "OutboxRow",
    "SeatRow",
    "TierRow",
]
