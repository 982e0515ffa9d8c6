"""What happened: the activity log, the outbox, and the answers given under idempotency keys."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.storage.tables.types import UPDATED_IN_PLACE, Id


class ActivityRow(SQLModel, table=True):
    """Who did what to which thing, from where, and what it was before and after.

    `seq` is dense per chain: an inventory's version, or a number of the chain of acts that
    concern no inventory (`HOUSE_CHAIN`). `hash` covers the row and the hash before it.
    """

    __tablename__: ClassVar[Any] = "activity_log"
    __table_args__ = (
        sa.PrimaryKeyConstraint("inventory_id", "seq", name="pk_activity_log"),
        sa.Index("ix_activity_log_entity", "entity_id"),
        # Rows come in by time, so a summary of each range of pages is enough where it is known.
        sa.Index("ix_activity_log_at", "at", postgresql_using="brin"),
    )

    inventory_id: str = Field(sa_type=Id)
    seq: int = Field(sa_type=sa.BigInteger)
    at: datetime
    actor: str
    action: str
    entity: str
    entity_id: str = Field(sa_type=Id)
    origin: str | None = None
    before: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    after: dict[str, Any] = Field(sa_type=sa.JSON)
    hash: str


class ActivityChainRow(SQLModel, table=True):
    """The end of a chain of acts: how many there are, and the hash of the last."""

    __tablename__: ClassVar[Any] = "activity_chains"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_activity_chains"),
        UPDATED_IN_PLACE,
    )

    id: str = Field(sa_type=Id)
    seq: int = Field(sa_type=sa.BigInteger)
    hash: str | None = None


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


class RequestRow(SQLModel, table=True):
    """A write of the HTTP interface under an Idempotency-Key: what was asked, and the answer to
    replay byte for byte. Without a status it is in flight since `at`."""

    __tablename__: ClassVar[Any] = "idempotent_requests"
    __table_args__ = (
        sa.PrimaryKeyConstraint("principal", "route", "key", name="pk_idempotent_requests"),
        sa.Index("ix_idempotent_requests_at", "at"),
    )

    principal: str
    route: str
    key: str
    fingerprint: str
    status: int | None = None
    headers: list[list[str]] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    body: bytes | None = None
    at: datetime
