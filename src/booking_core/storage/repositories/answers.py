"""Answers under idempotency keys that are kept beside the writer, each in the transaction of the
change itself. All on a connection of the caller's."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.storage.statements import table_of
from booking_core.storage.tables.journal import IdempotencyRow

_ANSWERS = table_of(IdempotencyRow)


def answer_to(
    connection: Connection, principal: str, key: str, since: datetime
) -> tuple[str, dict[str, Any]] | None:
    """(fingerprint, answer) kept under a key since then."""
    row = connection.execute(
        sa.select(_ANSWERS.c.fingerprint, _ANSWERS.c.answer).where(
            _ANSWERS.c.principal == principal, _ANSWERS.c.key == key, _ANSWERS.c.at > since
        )
    ).first()
    return None if row is None else (row.fingerprint, row.answer)


def keep_answer(
    connection: Connection,
    principal: str,
    key: str,
    *,
    fingerprint: str,
    answer: dict[str, Any],
    at: datetime,
    kept_for: timedelta,
) -> None:
    """Under a key whose last answer, if there was any, is older than `kept_for`."""
    own = (_ANSWERS.c.principal == principal, _ANSWERS.c.key == key)
    connection.execute(_ANSWERS.delete().where(*own, _ANSWERS.c.at <= at - kept_for))
    connection.execute(
        _ANSWERS.insert().values(
            principal=principal, key=key, fingerprint=fingerprint, answer=answer, at=at
        )
    )
