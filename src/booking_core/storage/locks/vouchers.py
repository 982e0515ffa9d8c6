"""Of vouchers, whose uses are counted."""

from booking_core.storage.statements import select
from booking_core.storage.tables.waitlist import VoucherRow

VOUCHER = (
    "id",
    "code",
    "kind",
    "value",
    "currency",
    "inventory_id",
    "max_uses",
    "valid_from",
    "valid_until",
    "is_active",
    "created_at",
    "created_by",
)

# The vouchers of codes that are named, and those of bookings that may count among their uses anew.
LOCK_VOUCHERS = select(
    VoucherRow,
    VOUCHER,
    sqlite="""WHERE id IN (
        SELECT id FROM vouchers WHERE code_key IN (SELECT value FROM json_each(:keys))
        UNION SELECT voucher_id FROM voucher_uses
        WHERE booking_id IN (SELECT value FROM json_each(:bookings))) ORDER BY id""",
    # Arrays have no order that walking a whole index could give.
    postgres="""WHERE id = ANY (ARRAY (
        SELECT id FROM vouchers WHERE code_key = ANY(%(keys)s::text[])
        UNION ALL SELECT voucher_id FROM voucher_uses
        WHERE booking_id = ANY(%(bookings)s::uuid[]))) ORDER BY id FOR UPDATE""",
)
