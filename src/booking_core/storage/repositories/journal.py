"""The activity log, the outbox and the idempotency records."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel import select as select_rows

from booking_core.domain.activity import Act
from booking_core.storage.database import Database
from booking_core.storage.statements import Query, Row, Write, insert, select, table_of
from booking_core.storage.tables import ActivityRow, IdempotencyRow, OutboxRow

INSERT_ACTIVITY = insert(ActivityRow)
INSERT_OUTBOX = insert(OutboxRow)
EVENTS_AFTER = select(
    OutboxRow,
    ("seq", "payload"),
    sqlite="WHERE inventory_id = :inventory_id AND seq > :after ORDER BY seq",
    postgres="WHERE inventory_id = %(inventory_id)s::uuid AND seq > %(after)s ORDER BY seq",
)
# `pairs` is a JSON list of [principal, key].
ANSWERS_BY_KEY = Query(
    sqlite="""
        SELECT r.principal, r.key, r.fingerprint, r.answer, r.at
        FROM json_each(:pairs) AS pair
        JOIN idempotency_records AS r ON r.principal = pair.value ->> 0
            AND r.key = pair.value ->> 1""",
    postgres="""
        SELECT r.principal, r.key, r.fingerprint, r.answer, r.at
        FROM json_array_elements(%(pairs)s::json) AS pair
        JOIN idempotency_records AS r ON r.principal = pair.value ->> 0
            AND r.key = pair.value ->> 1
        WHERE r.principal = ANY (
            ARRAY (SELECT value ->> 0 FROM json_array_elements(%(pairs)s::json)))""",
    times=(4,),
    documents=(3,),
)
# A key may be used again only after its answer has been forgotten, at `now`.
# A key may be used again only after its answer has been forgotten.
PUT_ANSWERS = insert(
    IdempotencyRow,
    unless="""
        ON CONFLICT (principal, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, answer = excluded.answer, at = excluded.at
        WHERE idempotency_records.at <= {now}""",
)
OUTLIVED_ANSWER = Query(
    sqlite="SELECT 1 FROM idempotency_records WHERE at <= :until LIMIT 1",
    postgres=(
        "SELECT 1 FROM idempotency_records "
        "WHERE at <= coalesce(%(until)s::timestamptz, statement_timestamp() - interval '24 hours') "
        "LIMIT 1"
    ),
)
FORGET_ANSWERS = Write(
    sqlite="DELETE FROM idempotency_records WHERE at <= :at",
    postgres="""
        DELETE FROM idempotency_records USING json_to_recordset(%(rows)s::json)
            AS new (at timestamptz)
        WHERE idempotency_records.at <= new.at""",
    times=("at",),
)


def row_of(act: Act, sealed: str) -> Row:
    """An act as a row, under its hash."""
    return {
        "inventory_id": act.chain_id,
        "seq": act.seq,
        "at": act.at,
        "actor": act.actor,
        "action": act.action,
        "entity": act.entity,
        "entity_id": act.entity_id,
        "origin": act.origin,
        "before": act.before,
        "after": act.after,
        "hash": sealed,
    }


class JournalRepository:
    """Reads of the activity log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_booking(self, booking_id: str) -> list[dict[str, Any]]:
        """What happened to a booking, oldest first: `at, actor, action, before, after`."""
        statement = (
            select_rows(ActivityRow)
            .where(col(ActivityRow.entity_id) == booking_id)
            .order_by(sa.asc(col(ActivityRow.seq)))
        )
        names = ("at", "actor", "action", "before", "after")
        table = table_of(ActivityRow).c
        with self._database.connect() as connection:
            rows = connection.execute(statement.with_only_columns(*(table[n] for n in names)))
            return [dict(row._mapping) for row in rows]
