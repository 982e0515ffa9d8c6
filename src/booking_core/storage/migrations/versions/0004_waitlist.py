"""The waitlist, and vouchers"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")
TIME = UTCDateTime()
LIVE = sa.text("state IN ('waiting', 'offered')")
OFFERED_ONCE = sa.text("booking_id IS NOT NULL")


def upgrade() -> None:
    # In one statement: to add the check later SQLite would make the table anew, which the rows
    # that refer to it do not allow.
    op.execute(
        "ALTER TABLE inventories ADD COLUMN waiters INTEGER DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_inventories_waiters CHECK (waiters >= 0)"
    )
    _create_waitlist()
    _create_vouchers()


def _create_waitlist() -> None:
    op.create_table(
        "waitlist_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("tier_id", ID, nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("joined_at", TIME, nullable=False),
        sa.Column("booking_id", ID, nullable=True),
        sa.Column("offered_at", TIME, nullable=True),
        sa.Column("offer_expires_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'accepted', 'declined', 'expired', 'left')",
            name="ck_waitlist_entries_state",
        ),
        sa.CheckConstraint("quantity > 0 AND seq > 0", name="ck_waitlist_entries_quantity"),
        sa.CheckConstraint(
            "(booking_id IS NULL) = (offered_at IS NULL) "
            "AND (booking_id IS NULL) = (offer_expires_at IS NULL)",
            name="ck_waitlist_entries_offer",
        ),
        sa.CheckConstraint(
            "state <> 'offered' OR booking_id IS NOT NULL", name="ck_waitlist_entries_offered"
        ),
        sa.ForeignKeyConstraint(
            ["inventory_id"], ["inventories.id"], name="fk_waitlist_entries_inventory"
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name="fk_waitlist_entries_tier"),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name="fk_waitlist_entries_booking"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_waitlist_entries"),
        sa.UniqueConstraint("inventory_id", "seq", name="uq_waitlist_entries_seq"),
    )
    op.create_index(
        "uq_waitlist_entries_live",
        "waitlist_entries",
        ["customer_id", "inventory_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "uq_waitlist_entries_booking",
        "waitlist_entries",
        ["booking_id"],
        unique=True,
        sqlite_where=OFFERED_ONCE,
        postgresql_where=OFFERED_ONCE,
    )
    op.create_index(
        "ix_waitlist_entries_live",
        "waitlist_entries",
        ["inventory_id", "seq"],
        unique=False,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_waitlist_entries_customer", "waitlist_entries", ["customer_id", "id"], unique=False
    )


def _create_vouchers() -> None:
    op.create_table(
        "vouchers",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("code_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("inventory_id", ID, nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("valid_from", TIME, nullable=True),
        sa.Column("valid_until", TIME, nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('percent', 'amount')", name="ck_vouchers_kind"),
        sa.CheckConstraint(
            "value > 0 AND (kind <> 'percent' OR value <= 100)", name="ck_vouchers_value"
        ),
        sa.CheckConstraint(
            "(kind = 'amount') = (currency IS NOT NULL)", name="ck_vouchers_currency"
        ),
        sa.CheckConstraint("max_uses > 0", name="ck_vouchers_max_uses"),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_vouchers_inventory"),
        sa.PrimaryKeyConstraint("id", name="pk_vouchers"),
        sa.UniqueConstraint("code_key", name="uq_vouchers_code"),
    )
    op.create_table(
        "voucher_uses",
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("voucher_id", ID, nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("discount >= 0", name="ck_voucher_uses_discount"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_voucher_uses_booking"),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name="fk_voucher_uses_voucher"),
        sa.PrimaryKeyConstraint("booking_id", name="pk_voucher_uses"),
    )
    op.create_index("ix_voucher_uses_voucher", "voucher_uses", ["voucher_id"], unique=False)
