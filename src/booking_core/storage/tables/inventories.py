"""Inventories with their legs, tiers and seats."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.domain.inventory import Kind, OrphanRule
from booking_core.storage.tables.types import UPDATED_IN_PLACE, Id, is_one_of, one_of


class InventoryRow(SQLModel, table=True):
    """The head of an inventory; its row lock serialises all writes to it.

    `version` advances by one per event, `activity_hash` is the hash of its last act;
    `layout_version` advances when tiers, seats or legs change; `waiters` counts the entries of its
    waitlist that wait or have an offer.
    Durations are whole seconds.
    """

    __tablename__: ClassVar[Any] = "inventories"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_inventories"),
        sa.UniqueConstraint("source_ref", name="uq_inventories_source_ref"),
        is_one_of("kind", Kind, "ck_inventories_kind"),
        is_one_of("orphan_rule", OrphanRule, "ck_inventories_orphan_rule"),
        sa.CheckConstraint("version >= 0 AND layout_version >= 1", name="ck_inventories_versions"),
        sa.CheckConstraint(
            "hold_seconds > 0 AND longest_hold_seconds >= hold_seconds AND customer_limit > 0",
            name="ck_inventories_hold_policy",
        ),
        sa.CheckConstraint("waiters >= 0", name="ck_inventories_waiters"),
        sa.Index("ix_inventories_starts_at", "starts_at", "id"),
        UPDATED_IN_PLACE,
    )

    id: str = Field(sa_type=Id)
    name: str
    kind: Kind = Field(sa_type=one_of(Kind))
    starts_at: datetime
    ends_at: datetime | None = None
    time_zone: str
    currency: str = Field(sa_type=sa.String(3))
    on_sale: bool
    version: int = Field(default=0, sa_type=sa.BigInteger)
    activity_hash: str | None = None
    layout_version: int = 1
    capacity: int
    hold_seconds: int
    longest_hold_seconds: int
    customer_limit: int
    orphan_rule: OrphanRule = Field(sa_type=one_of(OrphanRule))
    refunds: list[list[int]] = Field(sa_type=sa.JSON)
    source_ref: str | None = None
    created_at: datetime
    waiters: int = Field(default=0, sa_column_kwargs={"server_default": sa.text("0")})


class LegRow(SQLModel, table=True):
    """One stop-to-stop piece of a departure; events have none."""

    __tablename__: ClassVar[Any] = "legs"
    __table_args__ = (
        sa.PrimaryKeyConstraint("inventory_id", "number", name="pk_legs"),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_legs_inventory"),
        sa.CheckConstraint("arrives_at >= departs_at", name="ck_legs_times"),
    )

    inventory_id: str = Field(sa_type=Id)
    number: int = Field(sa_type=sa.SmallInteger)
    origin: str
    destination: str
    departs_at: datetime
    arrives_at: datetime
    distance_m: int | None = None


class TierRow(SQLModel, table=True):
    """A price category and its counters. `price` is for the whole trip, in minor units.

    `capacity`, `held` and `sold` count places; of numbered seats, seats × legs.
    """

    __tablename__: ClassVar[Any] = "tiers"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_tiers"),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_tiers_inventory"),
        sa.UniqueConstraint("inventory_id", "name", name="uq_tiers_name"),
        sa.CheckConstraint(
            "held >= 0 AND sold >= 0 AND held + sold <= capacity", name="ck_tiers_capacity"
        ),
        sa.CheckConstraint("price >= 0", name="ck_tiers_price"),
        UPDATED_IN_PLACE,
    )

    id: str = Field(sa_type=Id)
    inventory_id: str = Field(sa_type=Id)
    position: int
    name: str
    price: int = Field(sa_type=sa.BigInteger)
    capacity: int
    held: int = 0
    sold: int = 0


class SeatRow(SQLModel, table=True):
    """A numbered seat, static while it is sold. `ordinal` orders the layout, best first."""

    __tablename__: ClassVar[Any] = "seats"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_seats"),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_seats_inventory"),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name="fk_seats_tier"),
        sa.UniqueConstraint("inventory_id", "section", "row", "number", name="uq_seats_label"),
    )

    id: str = Field(sa_type=Id)
    inventory_id: str = Field(sa_type=Id)
    tier_id: str = Field(sa_type=Id)
    ordinal: int
    section: str
    row: str
    number: str
    position: int
    type: str
