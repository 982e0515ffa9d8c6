"""Tickets and cancellations of bookings."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.storage.tables.types import Id


class TicketRow(SQLModel, table=True):
    """One seat's or place's ticket. Whether it is valid is its booking's to say: a row cannot
    be forgotten when a booking is cancelled."""

    __tablename__: ClassVar[Any] = "tickets"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.UniqueConstraint("number", name="uq_tickets_number"),
        sa.UniqueConstraint("booking_id", "position", name="uq_tickets_position"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_tickets_booking"),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name="fk_tickets_seat"),
    )

    id: str = Field(sa_type=Id)
    number: str
    booking_id: str = Field(sa_type=Id)
    position: int
    seat_id: str | None = Field(default=None, sa_type=Id)
    label: str
    issued_at: datetime
    admitted_at: datetime | None = None
    admitted_by: str | None = None


class CancellationRow(SQLModel, table=True):
    """What was taken out of a confirmed booking: all of it, or some seats. `items` as they were
    sold, `amount` their price, `refund_amount` what of it goes back, in minor units."""

    __tablename__: ClassVar[Any] = "cancellations"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_cancellations"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_cancellations_booking"),
        sa.CheckConstraint(
            "refund_amount >= 0 AND refund_amount <= amount", name="ck_cancellations_refund"
        ),
        sa.Index("ix_cancellations_booking", "booking_id"),
    )

    id: str = Field(sa_type=Id)
    booking_id: str = Field(sa_type=Id)
    actor: str
    reason: str | None = None
    items: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    amount: int = Field(sa_type=sa.BigInteger)
    refund_amount: int = Field(sa_type=sa.BigInteger)
    currency: str = Field(sa_type=sa.String(3))
    at: datetime
