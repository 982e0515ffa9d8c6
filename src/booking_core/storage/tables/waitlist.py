"""The waitlist, and vouchers."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.domain.vouchers import VoucherKind
from booking_core.domain.waitlist import WaitlistState
from booking_core.storage.tables.types import Id, is_one_of, one_of

_LIVE = sa.text("state IN ('waiting', 'offered')")
_OFFERED_ONCE = sa.text("booking_id IS NOT NULL")


class WaitlistEntryRow(SQLModel, table=True):
    """One customer's wait for `quantity` places of a tier, or of any.

    `seq` is the order of joining; `booking_id` the hold that was offered, one per entry.
    """

    __tablename__: ClassVar[Any] = "waitlist_entries"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_waitlist_entries"),
        sa.ForeignKeyConstraint(
            ["inventory_id"], ["inventories.id"], name="fk_waitlist_entries_inventory"
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name="fk_waitlist_entries_tier"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_waitlist_entries_booking"
        ),
        sa.UniqueConstraint("inventory_id", "seq", name="uq_waitlist_entries_seq"),
        is_one_of("state", WaitlistState, "ck_waitlist_entries_state"),
        sa.CheckConstraint("quantity > 0 AND seq > 0", name="ck_waitlist_entries_quantity"),
        sa.CheckConstraint(
            "(booking_id IS NULL) = (offered_at IS NULL) "
            "AND (booking_id IS NULL) = (offer_expires_at IS NULL)",
            name="ck_waitlist_entries_offer",
        ),
        sa.CheckConstraint(
            "state <> 'offered' OR booking_id IS NOT NULL", name="ck_waitlist_entries_offered"
        ),
        sa.Index(
            "uq_waitlist_entries_live",
            "customer_id",
            "inventory_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        sa.Index(
            "uq_waitlist_entries_booking",
            "booking_id",
            unique=True,
            sqlite_where=_OFFERED_ONCE,
            postgresql_where=_OFFERED_ONCE,
        ),
        # For who is next, and for one's position.
        sa.Index(
            "ix_waitlist_entries_live",
            "inventory_id",
            "seq",
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        sa.Index("ix_waitlist_entries_customer", "customer_id", "id"),
    )

    id: str = Field(sa_type=Id)
    inventory_id: str = Field(sa_type=Id)
    customer_id: str
    tier_id: str | None = Field(default=None, sa_type=Id)
    quantity: int
    preferences: dict[str, Any] = Field(sa_type=sa.JSON)
    state: WaitlistState = Field(sa_type=one_of(WaitlistState))
    seq: int
    joined_at: datetime
    booking_id: str | None = Field(default=None, sa_type=Id)
    offered_at: datetime | None = None
    offer_expires_at: datetime | None = None
    closed_at: datetime | None = None


class VoucherRow(SQLModel, table=True):
    """What a code takes off. `code_key` is the code in capitals; `value` is whole percent or
    minor units."""

    __tablename__: ClassVar[Any] = "vouchers"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_vouchers"),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_vouchers_inventory"),
        sa.UniqueConstraint("code_key", name="uq_vouchers_code"),
        is_one_of("kind", VoucherKind, "ck_vouchers_kind"),
        sa.CheckConstraint(
            "value > 0 AND (kind <> 'percent' OR value <= 100)", name="ck_vouchers_value"
        ),
        sa.CheckConstraint(
            "(kind = 'amount') = (currency IS NOT NULL)", name="ck_vouchers_currency"
        ),
        sa.CheckConstraint("max_uses > 0", name="ck_vouchers_max_uses"),
    )

    id: str = Field(sa_type=Id)
    code: str
    code_key: str
    kind: VoucherKind = Field(sa_type=one_of(VoucherKind))
    value: int = Field(sa_type=sa.BigInteger)
    currency: str | None = Field(default=None, sa_type=sa.String(3))
    inventory_id: str | None = Field(default=None, sa_type=Id)
    max_uses: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    is_active: bool
    created_at: datetime
    created_by: str


class VoucherUseRow(SQLModel, table=True):
    """Which voucher a booking was held with, and what it took off, in minor units. It counts
    while the booking is held or confirmed."""

    __tablename__: ClassVar[Any] = "voucher_uses"
    __table_args__ = (
        sa.PrimaryKeyConstraint("booking_id", name="pk_voucher_uses"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_voucher_uses_booking"),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name="fk_voucher_uses_voucher"),
        sa.CheckConstraint("discount >= 0", name="ck_voucher_uses_discount"),
        sa.Index("ix_voucher_uses_voucher", "voucher_id"),
    )

    booking_id: str = Field(sa_type=Id)
    voucher_id: str = Field(sa_type=Id)
    discount: int = Field(sa_type=sa.BigInteger)
