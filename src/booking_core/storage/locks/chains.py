"""Of the activity log's chains."""

from booking_core.storage.statements import select
from booking_core.storage.tables.journal import ActivityChainRow

# Where a chain ends; the next act is put behind it.
LOCK_CHAIN = select(
    ActivityChainRow,
    ("seq", "hash"),
    sqlite="WHERE id = :id",
    postgres="WHERE id = %(id)s::uuid FOR UPDATE",
)
