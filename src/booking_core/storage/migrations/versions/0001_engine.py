"""The engine: inventories, bookings, claims and their journal"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")
TIME = UTCDateTime()


def upgrade() -> None:
    op.create_table(
        "activity_log",
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("inventory_id", "seq", name="pk_activity_log"),
    )
    op.create_index("ix_activity_log_booking", "activity_log", ["booking_id"], unique=False)

    op.create_table(
        "idempotency_records",
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name="pk_idempotency_records"),
    )
    op.create_index("ix_idempotency_records_at", "idempotency_records", ["at"], unique=False)

    op.create_table(
        "inventories",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("layout_version", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("hold_seconds", sa.Integer(), nullable=False),
        sa.Column("longest_hold_seconds", sa.Integer(), nullable=False),
        sa.Column("customer_limit", sa.Integer(), nullable=False),
        sa.Column("orphan_rule", sa.String(16), nullable=False),
        sa.Column("refunds", sa.JSON(), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('seated', 'counted')", name="ck_inventories_kind"),
        sa.CheckConstraint(
            "orphan_rule IN ('off', 'prefer', 'enforce')", name="ck_inventories_orphan_rule"
        ),
        sa.CheckConstraint(
            "hold_seconds > 0 AND longest_hold_seconds >= hold_seconds AND customer_limit > 0",
            name="ck_inventories_hold_policy",
        ),
        sa.CheckConstraint("version >= 0 AND layout_version >= 1", name="ck_inventories_versions"),
        sa.PrimaryKeyConstraint("id", name="pk_inventories"),
        sa.UniqueConstraint("source_ref", name="uq_inventories_source_ref"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("ix_inventories_starts_at", "inventories", ["starts_at", "id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("inventory_id", "seq", name="pk_outbox"),
    )
    op.create_table(
        "bookings",
        sa.Column("id", ID, nullable=False),
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("from_leg", sa.SmallInteger(), nullable=False),
        sa.Column("to_leg", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("held_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("refunds", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("refunded", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'confirmed', 'cancelled', 'expired', 'released')",
            name="ck_bookings_state",
        ),
        sa.CheckConstraint("places > 0 AND amount >= 0", name="ck_bookings_amounts"),
        sa.CheckConstraint(
            "refunded IS NULL OR (refunded >= 0 AND refunded <= amount)",
            name="ck_bookings_refunded",
        ),
        sa.CheckConstraint("to_leg > from_leg AND from_leg >= 0", name="ck_bookings_legs"),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_bookings_inventory"),
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
    )
    op.create_index(
        "ix_bookings_held_customer",
        "bookings",
        ["customer_id", "inventory_id"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_bookings_held_expiry",
        "bookings",
        ["expires_at", "inventory_id"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )

    op.create_table(
        "legs",
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("departs_at", TIME, nullable=False),
        sa.Column("arrives_at", TIME, nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.CheckConstraint("arrives_at >= departs_at", name="ck_legs_times"),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_legs_inventory"),
        sa.PrimaryKeyConstraint("inventory_id", "number", name="pk_legs"),
    )
    op.create_table(
        "tiers",
        sa.Column("id", ID, nullable=False),
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("sold", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "held >= 0 AND sold >= 0 AND held + sold <= capacity", name="ck_tiers_capacity"
        ),
        sa.CheckConstraint("price >= 0", name="ck_tiers_price"),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_tiers_inventory"),
        sa.PrimaryKeyConstraint("id", name="pk_tiers"),
        sa.UniqueConstraint("inventory_id", "name", name="uq_tiers_name"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "seats",
        sa.Column("id", ID, nullable=False),
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("tier_id", ID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("row", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_seats_inventory"),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name="fk_seats_tier"),
        sa.PrimaryKeyConstraint("id", name="pk_seats"),
        sa.UniqueConstraint("inventory_id", "section", "row", "number", name="uq_seats_label"),
    )
    op.create_table(
        "claims",
        sa.Column("seat_id", ID, nullable=False),
        sa.Column("leg", sa.SmallInteger(), nullable=False),
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_claims_booking"),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name="fk_claims_seat"),
        sa.PrimaryKeyConstraint("seat_id", "leg", name="pk_claims"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("ix_claims_inventory", "claims", ["inventory_id"], unique=False)
