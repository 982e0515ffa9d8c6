"""Messages to people that wait to be sent."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.domain.messages import MessageState
from booking_core.storage.tables.types import Id, is_one_of, one_of

_WAITING = sa.text("state = 'waiting'")


class OutboxMessageRow(SQLModel, table=True):
    """A message to a user, written with the change it tells of. `subject_id` is the booking (or
    whatever else `kind` speaks of)."""

    __tablename__: ClassVar[Any] = "outbox_messages"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_outbox_messages"),
        is_one_of("state", MessageState, "ck_outbox_messages_state"),
        sa.Index(
            "ix_outbox_messages_due",
            "next_try_at",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        sa.Index("ix_outbox_messages_subject", "subject_id"),
    )

    id: str = Field(sa_type=Id)
    kind: str
    user_id: str = Field(sa_type=Id)
    subject_id: str = Field(sa_type=Id)
    details: dict[str, Any] = Field(sa_type=sa.JSON)
    state: MessageState = Field(sa_type=one_of(MessageState))
    tries: int = 0
    next_try_at: datetime
    created_at: datetime
    sent_at: datetime | None = None
    failure: str | None = None
