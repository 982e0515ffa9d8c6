"""The outbox of messages to people, and what they tell."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.messages import Message, MessageState
from booking_core.domain.notices import CancelledPart, Notice, Recipient
from booking_core.storage.locks.messages import LOCK_DUE_MESSAGES, MESSAGE
from booking_core.storage.repositories import bookings
from booking_core.storage.repositories.occasions import occasion_of
from booking_core.storage.statements import table_of
from booking_core.storage.tables.accounts import UserRow
from booking_core.storage.tables.messages import OutboxMessageRow
from booking_core.storage.tables.tickets import CancellationRow
from booking_core.storage.wire import PooledReader

_TABLE = table_of(OutboxMessageRow)
_COLUMNS = [_TABLE.c[name] for name in MESSAGE]
_CANCELLATIONS = table_of(CancellationRow)


def add_message(connection: Connection, message: Message) -> None:
    values = {name: getattr(message, name) for name in MESSAGE}
    connection.execute(_TABLE.insert().values(**values))


def has_user(connection: Connection, user_id: str) -> bool:
    """Whether there is somebody to write to."""
    users = table_of(UserRow).c
    return connection.execute(sa.select(users.id).where(users.id == user_id)).first() is not None


def has_due(connection: Connection, now: datetime) -> bool:
    """Whether a message waits to be sent; locks nothing."""
    due = sa.select(_TABLE.c.id).where(_is_waiting(), _TABLE.c.next_try_at <= now).limit(1)
    return connection.execute(due).first() is not None


def lease_due(connection: Connection, now: datetime, until: datetime, most: int) -> list[Message]:
    """Take up to `most` due messages, the longest due first, so that nobody else does before
    `until`. Each counts as tried once more."""
    rows = PooledReader(connection).query(LOCK_DUE_MESSAGES, now=now, most=most).rows()
    messages = [replace(found, tries=found.tries + 1) for found in map(_message_of, rows)]
    connection.execute(
        _TABLE.update()
        .where(_TABLE.c.id.in_([message.id for message in messages]))
        .values(tries=_TABLE.c.tries + 1, next_try_at=until)
    )
    return messages


def give_back(connection: Connection, message_ids: Sequence[str], until: datetime) -> None:
    """Messages of a lease that were not tried are due as before."""
    connection.execute(
        _TABLE.update()
        .where(_TABLE.c.id.in_(message_ids), _is_leased(until))
        .values(tries=_TABLE.c.tries - 1, next_try_at=_TABLE.c.created_at)
    )


def mark_sent(connection: Connection, message_id: str, now: datetime) -> None:
    """Also where the lease has ended meanwhile: it was sent."""
    connection.execute(
        _TABLE.update()
        .where(_TABLE.c.id == message_id)
        .values(state=MessageState.SENT, sent_at=now, failure=None)
    )


def mark_failed(
    connection: Connection,
    message_id: str,
    until: datetime,
    failure: str,
    next_try_at: datetime | None,
) -> None:
    """To be tried again, or dead without `next_try_at`; unless another has taken it since."""
    changes: dict[str, Any] = {"failure": failure}
    if next_try_at is None:
        changes["state"] = MessageState.DEAD
    else:
        changes["next_try_at"] = next_try_at
    connection.execute(
        _TABLE.update().where(_TABLE.c.id == message_id, _is_leased(until)).values(**changes)
    )


def revive(connection: Connection, now: datetime, message_id: str | None = None) -> int:
    """Let a dead message, or all of them, be tried anew at once; how many it were."""
    dead = _TABLE.c.state == MessageState.DEAD
    wanted = dead if message_id is None else dead & (_TABLE.c.id == message_id)
    revived = connection.execute(
        _TABLE.update()
        .where(wanted)
        .values(state=MessageState.WAITING, tries=0, next_try_at=now)
        .returning(_TABLE.c.id)
    )
    return len(revived.all())


def message_by_id(connection: Connection, message_id: str) -> Message | None:
    found = connection.execute(sa.select(*_COLUMNS).where(_TABLE.c.id == message_id)).first()
    return None if found is None else _message_of(found)


def newest_messages(
    connection: Connection, state: MessageState | None, *, limit: int, offset: int
) -> list[Message]:
    statement = sa.select(*_COLUMNS).order_by(_TABLE.c.id.desc()).limit(limit).offset(offset)
    if state is not None:
        statement = statement.where(_TABLE.c.state == state)
    return [_message_of(row) for row in connection.execute(statement)]


def recipient_of(connection: Connection, message: Message) -> Recipient | None:
    users = table_of(UserRow).c
    statement = sa.select(users.email, users.first_name, users.is_active)
    found = connection.execute(statement.where(users.id == message.user_id)).first()
    return None if found is None else Recipient(*found)


def notice_of(connection: Connection, message: Message) -> Notice | None:
    """What the booking is that a message speaks of; None where there is no such booking."""
    booking = bookings.get(connection, message.subject_id)
    if booking is None:
        return None
    return Notice(booking, occasion_of(connection, booking), _cancelled_part(connection, message))


def _cancelled_part(connection: Connection, message: Message) -> CancelledPart | None:
    """The cancellation that a message was written with; a booking may have had several."""
    columns = _CANCELLATIONS.c
    found = connection.execute(
        sa.select(columns["items"], columns.refund_amount)
        .where(columns.booking_id == message.subject_id, columns.at <= message.created_at)
        .order_by(columns.at.desc(), columns.id.desc())
        .limit(1)
    ).first()
    return None if found is None else CancelledPart(bookings.items_of(found[0]), found[1])


def _is_waiting() -> sa.ColumnElement[bool]:
    return _TABLE.c.state == MessageState.WAITING


def _is_leased(until: datetime) -> sa.ColumnElement[bool]:
    """Whether a message is still ours: the end of a lease is its mark."""
    return _is_waiting() & (_TABLE.c.next_try_at == until)


def _message_of(row: Sequence[Any]) -> Message:
    values = list(row)
    values[5] = MessageState(values[5])
    return Message(*values)
