"""Payments, refunds, and what providers told us."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.domain.payments import PaymentState, RefundState
from booking_core.storage.tables.types import Id, is_one_of, one_of

_OPEN = sa.text("state IN ('initiated', 'requires_action', 'pending')")
_SUCCEEDED = sa.text("state = 'succeeded'")
_DUE = sa.text("state = 'pending'")


class PaymentRow(SQLModel, table=True):
    """An attempt to pay for one booking; amounts are minor units. At most one succeeds."""

    __tablename__: ClassVar[Any] = "payments"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_payments_booking"),
        sa.UniqueConstraint("gateway", "gateway_ref", name="uq_payments_gateway_ref"),
        is_one_of("state", PaymentState, "ck_payments_state"),
        sa.CheckConstraint("amount >= 0", name="ck_payments_amount"),
        sa.Index("ix_payments_booking", "booking_id"),
        sa.Index(
            "uq_payments_succeeded",
            "booking_id",
            unique=True,
            sqlite_where=_SUCCEEDED,
            postgresql_where=_SUCCEEDED,
        ),
        # For the reconciler.
        sa.Index("ix_payments_open", "updated_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: str = Field(sa_type=Id)
    booking_id: str = Field(sa_type=Id)
    customer_id: str
    amount: int = Field(sa_type=sa.BigInteger)
    currency: str = Field(sa_type=sa.String(3))
    method: str
    gateway: str
    gateway_ref: str | None = None
    state: PaymentState = Field(sa_type=one_of(PaymentState))
    failure: str | None = None
    created_at: datetime
    updated_at: datetime


class RefundRow(SQLModel, table=True):
    """Money on its way back, by a cancellation or because there was nothing to confirm."""

    __tablename__: ClassVar[Any] = "refunds"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_refunds_payment"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_refunds_booking"),
        sa.ForeignKeyConstraint(
            ["cancellation_id"], ["cancellations.id"], name="fk_refunds_cancellation"
        ),
        is_one_of("state", RefundState, "ck_refunds_state"),
        sa.CheckConstraint("amount > 0", name="ck_refunds_amount"),
        sa.Index("ix_refunds_payment", "payment_id"),
        sa.Index("ix_refunds_booking", "booking_id"),
        sa.Index("ix_refunds_due", "next_try_at", sqlite_where=_DUE, postgresql_where=_DUE),
    )

    id: str = Field(sa_type=Id)
    payment_id: str = Field(sa_type=Id)
    booking_id: str = Field(sa_type=Id)
    cancellation_id: str | None = Field(default=None, sa_type=Id)
    amount: int = Field(sa_type=sa.BigInteger)
    currency: str = Field(sa_type=sa.String(3))
    state: RefundState = Field(sa_type=one_of(RefundState))
    tries: int = 0
    next_try_at: datetime
    failure: str | None = None
    created_at: datetime
    completed_at: datetime | None = None


class ProviderEventRow(SQLModel, table=True):
    """A provider's event; its key is why it is applied once."""

    __tablename__: ClassVar[Any] = "provider_events"
    __table_args__ = (
        sa.PrimaryKeyConstraint("gateway", "event_id", name="pk_provider_events"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_provider_events_payment"),
        sa.Index("ix_provider_events_payment", "payment_id"),
    )

    gateway: str
    event_id: str
    payment_id: str = Field(sa_type=Id)
    type: str
    at: datetime
