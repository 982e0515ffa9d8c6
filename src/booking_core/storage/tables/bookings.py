"""Bookings and the claims they hold."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.domain.bookings import BookingState
from booking_core.storage.tables.types import UPDATED_IN_PLACE, Id, is_one_of, one_of

_REFERRED_TO = sa.text("reference IS NOT NULL")
_WHILE_HELD = sa.text("state = 'held'")
_CONFIRMED = sa.text("state = 'confirmed'")
_CANCELLED = sa.text("state = 'cancelled'")
_CLOSED = sa.text("state <> 'held'")


class BookingRow(SQLModel, table=True):
    """One customer's purchase. `items` is the price snapshot; amounts are minor units.

    `places` counts seats or counted places, never seats × legs. `reference` is given with the
    hold or on confirmation; customers and clerks call the booking by it.
    """

    __tablename__: ClassVar[Any] = "bookings"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
        sa.Index(
            "uq_bookings_reference",
            "reference",
            unique=True,
            sqlite_where=_REFERRED_TO,
            postgresql_where=_REFERRED_TO,
        ),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_bookings_inventory"),
        is_one_of("state", BookingState, "ck_bookings_state"),
        sa.CheckConstraint("places > 0 AND amount >= 0", name="ck_bookings_amounts"),
        sa.CheckConstraint("to_leg > from_leg AND from_leg >= 0", name="ck_bookings_legs"),
        sa.CheckConstraint(
            "refunded IS NULL OR (refunded >= 0 AND refunded <= amount)",
            name="ck_bookings_refunded",
        ),
        # For the sweeper and for counting what expired holds still occupy.
        sa.Index(
            "ix_bookings_held_expiry",
            "expires_at",
            "inventory_id",
            sqlite_where=_WHILE_HELD,
            postgresql_where=_WHILE_HELD,
        ),
        # For the cap on what one customer may hold.
        sa.Index(
            "ix_bookings_held_customer",
            "customer_id",
            "inventory_id",
            sqlite_where=_WHILE_HELD,
            postgresql_where=_WHILE_HELD,
        ),
        # For what was sold of an event, and in a time; for what a customer has booked. None of
        # them is written to by a hold.
        sa.Index(
            "ix_bookings_confirmed_inventory",
            "inventory_id",
            "id",
            sqlite_where=_CONFIRMED,
            postgresql_where=_CONFIRMED,
        ),
        sa.Index(
            "ix_bookings_cancelled_inventory",
            "inventory_id",
            "closed_at",
            sqlite_where=_CANCELLED,
            postgresql_where=_CANCELLED,
        ),
        sa.Index(
            "ix_bookings_confirmed_at",
            "confirmed_at",
            "id",
            sqlite_where=_CONFIRMED,
            postgresql_where=_CONFIRMED,
        ),
        sa.Index(
            "ix_bookings_closed_customer",
            "customer_id",
            "id",
            sqlite_where=_CLOSED,
            postgresql_where=_CLOSED,
        ),
    )

    id: str = Field(sa_type=Id)
    inventory_id: str = Field(sa_type=Id)
    customer_id: str
    reference: str | None = None
    state: BookingState = Field(sa_type=one_of(BookingState))
    items: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    places: int
    from_leg: int = Field(sa_type=sa.SmallInteger)
    to_leg: int = Field(sa_type=sa.SmallInteger)
    amount: int = Field(sa_type=sa.BigInteger)
    currency: str = Field(sa_type=sa.String(3))
    held_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None = None
    closed_at: datetime | None = None
    refunds: list[list[int]] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    refunded: int | None = Field(default=None, sa_type=sa.BigInteger)


class ClaimRow(SQLModel, table=True):
    """(seat, leg) held until `expires_at`, or sold where that is null.

    The primary key is why a seat cannot be sold twice. No index covers a column that changes,
    so that PostgreSQL can update a claim in place (HOT).
    """

    __tablename__: ClassVar[Any] = "claims"
    __table_args__ = (
        sa.PrimaryKeyConstraint("seat_id", "leg", name="pk_claims"),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name="fk_claims_seat"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_claims_booking"),
        sa.Index("ix_claims_inventory", "inventory_id"),
        UPDATED_IN_PLACE,
    )

    seat_id: str = Field(sa_type=Id)
    leg: int = Field(sa_type=sa.SmallInteger)
    inventory_id: str = Field(sa_type=Id)
    booking_id: str = Field(sa_type=Id)
    expires_at: datetime | None = None
