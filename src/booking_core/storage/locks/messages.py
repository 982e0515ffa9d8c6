"""Of messages that are due."""

from booking_core.storage.statements import select
from booking_core.storage.tables.messages import OutboxMessageRow

MESSAGE = (
    "id",
    "kind",
    "user_id",
    "subject_id",
    "details",
    "state",
    "tries",
    "next_try_at",
    "created_at",
    "sent_at",
    "failure",
)

# Whoever sends messages locks these and nothing else, and passes over those that another has.
LOCK_DUE_MESSAGES = select(
    OutboxMessageRow,
    MESSAGE,
    sqlite="WHERE state = 'waiting' AND next_try_at <= :now ORDER BY next_try_at LIMIT :most",
    postgres=(
        "WHERE state = 'waiting' AND next_try_at <= %(now)s::timestamptz "
        "ORDER BY next_try_at LIMIT %(most)s FOR UPDATE SKIP LOCKED"
    ),
)
