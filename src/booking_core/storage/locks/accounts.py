"""Of users and their logins."""

from booking_core.storage.statements import Query, select
from booking_core.storage.tables.accounts import UserRow

USER = (
    "id",
    "email",
    "first_name",
    "last_name",
    "phone_number",
    "role",
    "is_active",
    "created_at",
    "updated_at",
    "password_hash",
)

LOCK_USER = select(
    UserRow,
    USER,
    sqlite="WHERE id = :id",
    postgres="WHERE id = %(id)s::uuid FOR NO KEY UPDATE",
)

# Failed logins are counted and added to under it; there is no row that could be locked.
LOCK_ATTEMPTS = Query(
    sqlite="SELECT 1",
    postgres="SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))",
)
