"""What happened: the activity log, the outbox, and the answers given under idempotency keys."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.storage.tables.types import Id


class ActivityRow(SQLModel, table=True):
    """Who did what to which booking, and what it was before and after."""

    __tablename__: ClassVar[Any] = "activity_log"
    __table_args__ = (
        sa.PrimaryKeyConstraint("inventory_id", "seq", name="pk_activity_log"),
        sa.Index("ix_activity_log_booking", "booking_id"),
    )

    inventory_id: str = Field(sa_type=Id)
    seq: int = Field(sa_type=sa.BigInteger)
    at: datetime
    actor: str
    action: str
    booking_id: str = Field(sa_type=Id)
    before: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    after: dict[str, Any] = Field(sa_type=sa.JSON)


class OutboxRow(SQLModel, table=True):
    """An event to publish. `seq` is the inventory's version: dense and in commit order."""

    __tablename__: ClassVar[Any] = "outbox"
    __table_args__ = (sa.PrimaryKeyConstraint("inventory_id", "seq", name="pk_outbox"),)

    inventory_id: str = Field(sa_type=Id)
    seq: int = Field(sa_type=sa.BigInteger)
    at: datetime
    kind: str
    payload: dict[str, Any] = Field(sa_type=sa.JSON)


class IdempotencyRow(SQLModel, table=True):
    """The answer given to a principal's key, and a digest of what was asked."""

    __tablename__: ClassVar[Any] = "idempotency_records"
    __table_args__ = (
        sa.PrimaryKeyConstraint("principal", "key", name="pk_idempotency_records"),
        sa.Index("ix_idempotency_records_at", "at"),
    )

    principal: str
    key: str
    fingerprint: str
    answer: dict[str, Any] = Field(sa_type=sa.JSON)
    at: datetime
