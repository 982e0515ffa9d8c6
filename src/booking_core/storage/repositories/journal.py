"""What the write path writes beside bookings: acts, events, answers under idempotency keys."""

from booking_core.domain.activity import Act
from booking_core.storage.statements import Query, Row, Write, insert
from booking_core.storage.tables.journal import ActivityRow, IdempotencyRow, OutboxRow

INSERT_ACTIVITY = insert(ActivityRow)
INSERT_OUTBOX = insert(OutboxRow)
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
