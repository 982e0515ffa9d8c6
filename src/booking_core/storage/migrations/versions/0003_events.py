"""Venues and events; inventories that were called off; indexes for what was sold"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")
TIME = UTCDateTime()
_IS_OFF_SALE = "NOT (is_cancelled AND on_sale)"


def upgrade() -> None:
    _create_venues()
    _create_events()
    _mark_what_is_cancelled()
    _index_what_was_sold()


def _create_venues() -> None:
    op.create_table(
        "venues",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("postal_code", sa.String(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("layout_config", sa.JSON(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("capacity > 0", name="ck_venues_capacity"),
        sa.PrimaryKeyConstraint("id", name="pk_venues"),
        sa.UniqueConstraint("source_ref", name="uq_venues_source_ref"),
    )
    op.create_index("ix_venues_name", "venues", ["name", "id"], unique=False)


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, nullable=False),
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("venue_id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("cancelled_at", TIME, nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'published', 'cancelled')", name="ck_events_state"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_events_times"),
        sa.CheckConstraint("capacity > 0", name="ck_events_capacity"),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="ck_events_cancelled"
        ),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_events_inventory"),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_events_venue"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("inventory_id", name="uq_events_inventory"),
    )
    op.create_index("ix_events_starts_at", "events", ["starts_at", "id", "state"], unique=False)
    op.create_index("ix_events_venue", "events", ["venue_id", "starts_at", "id"], unique=False)
    op.create_index("ix_events_state", "events", ["state", "starts_at", "id"], unique=False)


def _mark_what_is_cancelled() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # Together: SQLite adds a constraint to a table only with a column.
        op.execute(
            "ALTER TABLE inventories ADD COLUMN is_cancelled BOOLEAN DEFAULT 0 NOT NULL "
            f"CONSTRAINT ck_inventories_cancelled CHECK ({_IS_OFF_SALE})"
        )
        return
    op.add_column(
        "inventories",
        sa.Column("is_cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_check_constraint("ck_inventories_cancelled", "inventories", _IS_OFF_SALE)


def _index_what_was_sold() -> None:
    confirmed, cancelled = sa.text("state = 'confirmed'"), sa.text("state = 'cancelled'")
    closed = sa.text("state <> 'held'")
    for name, columns, condition in (
        ("ix_bookings_confirmed_inventory", ["inventory_id", "id"], confirmed),
        ("ix_bookings_cancelled_inventory", ["inventory_id", "closed_at"], cancelled),
        ("ix_bookings_confirmed_at", ["confirmed_at", "id"], confirmed),
        ("ix_bookings_closed_customer", ["customer_id", "id"], closed),
    ):
        op.create_index(
            name,
            "bookings",
            columns,
            unique=False,
            sqlite_where=condition,
            postgresql_where=condition,
        )
