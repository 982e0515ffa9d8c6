"""Accounts, the timetable, payments, tickets, messages; a sealed activity log"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from booking_core.domain.activity import HOUSE_CHAIN, Act

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")
TIME = UTCDateTime()


def upgrade() -> None:
    op.create_table(
        "activity_chains",
        sa.Column("id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_activity_chains"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "api_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
    op.create_table(
        "buses",
        sa.Column("id", ID, nullable=False),
        sa.Column("bus_number", sa.String(), nullable=False),
        sa.Column("bus_type", sa.String(), nullable=False),
        sa.Column("total_seats", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("total_seats > 0", name="ck_buses_total_seats"),
        sa.PrimaryKeyConstraint("id", name="pk_buses"),
        sa.UniqueConstraint("bus_number", name="uq_buses_bus_number"),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.create_table(
        "idempotent_requests",
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("principal", "route", "key", name="pk_idempotent_requests"),
    )
    op.create_index("ix_idempotent_requests_at", "idempotent_requests", ["at"], unique=False)
    op.create_table(
        "installation",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_installation"),
    )
    op.create_table(
        "login_failures",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_failures"),
    )
    op.create_index(
        "ix_login_failures_account", "login_failures", ["email", "origin", "at"], unique=False
    )
    op.create_index("ix_login_failures_at", "login_failures", ["at"], unique=False)
    op.create_table(
        "outbox_messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dead')", name="ck_outbox_messages_state"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_messages"),
    )
    op.create_index(
        "ix_outbox_messages_due",
        "outbox_messages",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_outbox_messages_subject", "outbox_messages", ["subject_id"], unique=False)
    op.create_table(
        "routes",
        sa.Column("id", ID, nullable=False),
        sa.Column("origin_city", sa.String(), nullable=False),
        sa.Column("destination_city", sa.String(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("distance_m >= 0", name="ck_routes_distance"),
        sa.PrimaryKeyConstraint("id", name="pk_routes"),
        sa.UniqueConstraint("source_ref", name="uq_routes_source_ref"),
    )
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("phone_number", sa.String(), nullable=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint("role IN ('customer', 'driver', 'admin')", name="ck_users_role"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "route_stops",
        sa.Column("route_id", ID, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("city_key", sa.String(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=False),
        sa.CheckConstraint("position >= 0 AND distance_m >= 0", name="ck_route_stops_distance"),
        sa.ForeignKeyConstraint(
            ["route_id"], ["routes.id"], name="fk_route_stops_route", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("route_id", "position", name="pk_route_stops"),
    )
    op.create_index("ix_route_stops_city", "route_stops", ["city_key"], unique=False)
    op.create_table(
        "schedules",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("route_id", ID, nullable=False),
        sa.Column("bus_id", ID, nullable=False),
        sa.Column("inventory_id", ID, nullable=False),
        sa.Column("departs_at", TIME, nullable=False),
        sa.Column("arrives_at", TIME, nullable=False),
        sa.Column("base_price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.CheckConstraint("arrives_at >= departs_at", name="ck_schedules_times"),
        sa.CheckConstraint("base_price >= 0", name="ck_schedules_base_price"),
        sa.ForeignKeyConstraint(["bus_id"], ["buses.id"], name="fk_schedules_bus"),
        sa.ForeignKeyConstraint(
            ["inventory_id"], ["inventories.id"], name="fk_schedules_inventory"
        ),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name="fk_schedules_route"),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("inventory_id", name="uq_schedules_inventory"),
        sa.UniqueConstraint("number", name="uq_schedules_number"),
    )
    op.create_index("ix_schedules_bus", "schedules", ["bus_id", "departs_at"], unique=False)
    op.create_index("ix_schedules_route", "schedules", ["route_id", "departs_at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"], unique=False)
    op.create_index("ix_sessions_user", "sessions", ["user_id"], unique=False)
    op.create_table(
        "cancellations",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("refund_amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint(
            "refund_amount >= 0 AND refund_amount <= amount", name="ck_cancellations_refund"
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_cancellations_booking"),
        sa.PrimaryKeyConstraint("id", name="pk_cancellations"),
    )
    op.create_index("ix_cancellations_booking", "cancellations", ["booking_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_ref", sa.String(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint(
            "state IN ('initiated', 'requires_action', 'pending', 'succeeded', 'failed', "
            "'refunded')",
            name="ck_payments_state",
        ),
        sa.CheckConstraint("amount >= 0", name="ck_payments_amount"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_payments_booking"),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("gateway", "gateway_ref", name="uq_payments_gateway_ref"),
    )
    op.create_index("ix_payments_booking", "payments", ["booking_id"], unique=False)
    op.create_index(
        "ix_payments_open",
        "payments",
        ["updated_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('initiated', 'requires_action', 'pending')"),
        postgresql_where=sa.text("state IN ('initiated', 'requires_action', 'pending')"),
    )
    op.create_index(
        "uq_payments_succeeded",
        "payments",
        ["booking_id"],
        unique=True,
        sqlite_where=sa.text("state = 'succeeded'"),
        postgresql_where=sa.text("state = 'succeeded'"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_refresh_tokens_session", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_refresh_tokens"),
    )
    op.create_index("ix_refresh_tokens_session", "refresh_tokens", ["session_id"], unique=False)
    op.create_table(
        "provider_events",
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_provider_events_payment"),
        sa.PrimaryKeyConstraint("gateway", "event_id", name="pk_provider_events"),
    )
    op.create_index("ix_provider_events_payment", "provider_events", ["payment_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", ID, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("cancellation_id", ID, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("completed_at", TIME, nullable=True),
        sa.CheckConstraint("state IN ('pending', 'succeeded', 'failed')", name="ck_refunds_state"),
        sa.CheckConstraint("amount > 0", name="ck_refunds_amount"),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_refunds_booking"),
        sa.ForeignKeyConstraint(
            ["cancellation_id"], ["cancellations.id"], name="fk_refunds_cancellation"
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_refunds_payment"),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
    )
    op.create_index("ix_refunds_booking", "refunds", ["booking_id"], unique=False)
    op.create_index(
        "ix_refunds_due",
        "refunds",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_refunds_payment", "refunds", ["payment_id"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seat_id", ID, nullable=True),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("admitted_at", TIME, nullable=True),
        sa.Column("admitted_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name="fk_tickets_booking"),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name="fk_tickets_seat"),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.UniqueConstraint("booking_id", "position", name="uq_tickets_position"),
        sa.UniqueConstraint("number", name="uq_tickets_number"),
    )

    op.add_column("bookings", sa.Column("reference", sa.String(), nullable=True))
    op.create_index(
        "uq_bookings_reference",
        "bookings",
        ["reference"],
        unique=True,
        sqlite_where=sa.text("reference IS NOT NULL"),
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    op.add_column("inventories", sa.Column("activity_hash", sa.String(), nullable=True))
    _widen_activity_log()
    _seal_acts()
    op.execute(
        sa.text("INSERT INTO activity_chains (id, seq) VALUES (:id, 0)").bindparams(
            sa.bindparam("id", HOUSE_CHAIN, ID)
        )
    )


def _widen_activity_log() -> None:
    """Acts about anything, not bookings alone; what is there is about bookings."""
    op.drop_index("ix_activity_log_booking", table_name="activity_log")
    with op.batch_alter_table("activity_log") as table:
        table.add_column(sa.Column("entity", sa.String(), nullable=True))
        table.add_column(sa.Column("origin", sa.String(), nullable=True))
        table.add_column(sa.Column("hash", sa.String(), nullable=True))
        table.alter_column("booking_id", new_column_name="entity_id", existing_type=ID)
    op.execute("UPDATE activity_log SET entity = 'booking', hash = ''")
    with op.batch_alter_table("activity_log") as table:
        table.alter_column("entity", existing_type=sa.String(), nullable=False)
        table.alter_column("hash", existing_type=sa.String(), nullable=False)
    op.create_index(
        "ix_activity_log_at", "activity_log", ["at"], unique=False, postgresql_using="brin"
    )
    op.create_index("ix_activity_log_entity", "activity_log", ["entity_id"], unique=False)


_LOG = sa.table(
    "activity_log",
    sa.column("inventory_id", ID),
    sa.column("seq", sa.BigInteger()),
    sa.column("at", TIME),
    sa.column("actor", sa.String()),
    sa.column("action", sa.String()),
    sa.column("entity", sa.String()),
    sa.column("entity_id", ID),
    sa.column("origin", sa.String()),
    sa.column("before", sa.JSON(none_as_null=True)),
    sa.column("after", sa.JSON()),
    sa.column("hash", sa.String()),
)
_INVENTORIES = sa.table("inventories", sa.column("id", ID), sa.column("activity_hash", sa.String()))


def _seal_acts() -> None:
    """Give every act its hash, inventory by inventory."""
    connection = op.get_bind()
    columns = [column for column in _LOG.c if column.name != "hash"]
    ids = connection.execute(sa.select(_LOG.c.inventory_id).distinct()).scalars().all()
    for inventory_id in ids:
        last: str | None = None
        acts = connection.execute(
            sa.select(*columns).where(_LOG.c.inventory_id == inventory_id).order_by(_LOG.c.seq)
        ).all()
        sealed: list[dict[str, Any]] = []
        for row in acts:
            last = Act(*row).sealed(last)
            sealed.append({"chain": inventory_id, "number": row.seq, "sealed": last})
        connection.execute(
            sa.update(_LOG)
            .where(
                _LOG.c.inventory_id == sa.bindparam("chain"),
                _LOG.c.seq == sa.bindparam("number"),
            )
            .values(hash=sa.bindparam("sealed")),
            sealed,
        )
        connection.execute(
            sa.update(_INVENTORIES)
            .where(_INVENTORIES.c.id == inventory_id)
            .values(activity_hash=last)
        )
