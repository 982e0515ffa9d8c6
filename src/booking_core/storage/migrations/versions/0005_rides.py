"""Rides: drivers and where they are, service areas and tariffs, rides, offers, messages"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.String(36).with_variant(sa.UUID(as_uuid=False), "postgresql")
TIME = UTCDateTime()


def upgrade() -> None:
    _create_areas()
    _create_drivers()
    _create_rides()
    _create_messages()


def _create_areas() -> None:
    op.create_table(
        "service_areas",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lng", sa.Float(), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("auto_approve", sa.Boolean(), nullable=False),
        sa.CheckConstraint("radius_m > 0", name="ck_service_areas_radius"),
        sa.PrimaryKeyConstraint("id", name="pk_service_areas"),
        sa.UniqueConstraint("name", name="uq_service_areas_name"),
    )
    op.create_table(
        "tariffs",
        sa.Column("area_id", ID, nullable=False),
        sa.Column("vehicle_type", sa.String(16), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("per_km", sa.BigInteger(), nullable=False),
        sa.Column("per_minute", sa.BigInteger(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("cancellation_fee", sa.BigInteger(), nullable=False),
        sa.Column("night_percent", sa.Integer(), nullable=False),
        sa.Column("speed_kmh", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "vehicle_type IN ('economy', 'premium', 'van')", name="ck_tariffs_vehicle_type"
        ),
        sa.CheckConstraint(
            "base >= 0 AND per_km >= 0 AND per_minute >= 0 AND minimum >= 0 "
            "AND cancellation_fee >= 0",
            name="ck_tariffs_prices",
        ),
        sa.CheckConstraint("night_percent >= 100 AND speed_kmh > 0", name="ck_tariffs_factors"),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name="fk_tariffs_area"),
        sa.PrimaryKeyConstraint("area_id", "vehicle_type", name="pk_tariffs"),
    )


def _create_drivers() -> None:
    op.create_table(
        "drivers",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("vehicle_type", sa.String(16), nullable=False),
        sa.Column("plate_number", sa.String(), nullable=False),
        sa.Column("license_number", sa.String(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("registered_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("ratings", sa.Integer(), nullable=False),
        sa.CheckConstraint("state = 'approved' OR NOT online", name="ck_drivers_online"),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'suspended')", name="ck_drivers_state"
        ),
        sa.CheckConstraint(
            "vehicle_type IN ('economy', 'premium', 'van')", name="ck_drivers_vehicle_type"
        ),
        sa.CheckConstraint("ratings >= 0 AND stars >= ratings", name="ck_drivers_ratings"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_drivers_user"),
        sa.PrimaryKeyConstraint("user_id", name="pk_drivers"),
        sa.UniqueConstraint("license_number", name="uq_drivers_license_number"),
        sa.UniqueConstraint("plate_number", name="uq_drivers_plate_number"),
    )
    op.create_table(
        "driver_positions",
        sa.Column("driver_id", ID, nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lng", sa.Float(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["driver_id"], ["drivers.user_id"], name="fk_driver_positions_driver"
        ),
        sa.PrimaryKeyConstraint("driver_id", name="pk_driver_positions"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("ix_driver_positions_revision", "driver_positions", ["revision"], unique=False)


def _create_rides() -> None:
    op.create_table(
        "rides",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("rider_id", ID, nullable=False),
        sa.Column("driver_id", ID, nullable=True),
        sa.Column("area_id", ID, nullable=False),
        sa.Column("vehicle_type", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("pickup_name", sa.String(), nullable=False),
        sa.Column("pickup_lat", sa.Float(), nullable=False),
        sa.Column("pickup_lng", sa.Float(), nullable=False),
        sa.Column("dropoff_name", sa.String(), nullable=False),
        sa.Column("dropoff_lat", sa.Float(), nullable=False),
        sa.Column("dropoff_lng", sa.Float(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=False),
        sa.Column("duration_s", sa.Integer(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("estimate", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fare", sa.BigInteger(), nullable=True),
        sa.Column("cancellation_fee", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("accepted_at", TIME, nullable=True),
        sa.Column("arrived_at", TIME, nullable=True),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("closed_by", sa.String(16), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("next_wave_at", TIME, nullable=True),
        sa.Column("otp_issue", sa.Integer(), nullable=False),
        sa.Column("otp_issued_at", TIME, nullable=True),
        sa.Column("otp_tries", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN state IN ('pending', 'expired') THEN driver_id IS NULL "
            "WHEN state = 'cancelled' THEN 1 = 1 ELSE driver_id IS NOT NULL END",
            name="ck_rides_driver",
        ),
        sa.CheckConstraint(
            "closed_by IN ('rider', 'driver', 'operator')", name="ck_rides_closed_by"
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'accepted', 'arrived', 'on_trip', 'completed', 'cancelled', "
            "'expired')",
            name="ck_rides_state",
        ),
        sa.CheckConstraint(
            "vehicle_type IN ('economy', 'premium', 'van')", name="ck_rides_vehicle_type"
        ),
        sa.CheckConstraint(
            "estimate >= 0 AND fare >= 0 AND cancellation_fee >= 0", name="ck_rides_money"
        ),
        sa.CheckConstraint("otp_tries >= 0 AND otp_issue >= 0", name="ck_rides_otp"),
        sa.CheckConstraint("stars >= 1 AND stars <= 5", name="ck_rides_stars"),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name="fk_rides_area"),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.user_id"], name="fk_rides_driver"),
        sa.ForeignKeyConstraint(["rider_id"], ["users.id"], name="fk_rides_rider"),
        sa.PrimaryKeyConstraint("id", name="pk_rides"),
        sa.UniqueConstraint("number", name="uq_rides_number"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "ix_rides_cell",
        "rides",
        ["cell"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_rides_driver", "rides", ["driver_id", "number"], unique=False)
    op.create_index(
        "ix_rides_due",
        "rides",
        ["next_wave_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_rides_rider", "rides", ["rider_id", "number"], unique=False)
    op.create_index(
        "uq_rides_active_driver",
        "rides",
        ["driver_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('accepted', 'arrived', 'on_trip')"),
        postgresql_where=sa.text("state IN ('accepted', 'arrived', 'on_trip')"),
    )
    op.create_index(
        "uq_rides_open_rider",
        "rides",
        ["rider_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'accepted', 'arrived', 'on_trip')"),
        postgresql_where=sa.text("state IN ('pending', 'accepted', 'arrived', 'on_trip')"),
    )
    op.create_table(
        "ride_offers",
        sa.Column("ride_id", ID, nullable=False),
        sa.Column("driver_id", ID, nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint(
            "state IN ('offered', 'accepted', 'declined', 'timed_out', 'withdrawn', 'dropped')",
            name="ck_ride_offers_state",
        ),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.user_id"], name="fk_ride_offers_driver"),
        sa.ForeignKeyConstraint(["ride_id"], ["rides.id"], name="fk_ride_offers_ride"),
        sa.PrimaryKeyConstraint("ride_id", "driver_id", name="pk_ride_offers"),
    )
    op.create_index(
        "ix_ride_offers_driver",
        "ride_offers",
        ["driver_id"],
        unique=False,
        sqlite_where=sa.text("state = 'offered'"),
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index(
        "uq_ride_offers_winner",
        "ride_offers",
        ["ride_id"],
        unique=True,
        sqlite_where=sa.text("state = 'accepted'"),
        postgresql_where=sa.text("state = 'accepted'"),
    )


def _create_messages() -> None:
    op.create_table(
        "ride_streams",
        sa.Column("recipient_id", ID, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('rider', 'driver', 'available')", name="ck_ride_streams_channel"
        ),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name="fk_ride_streams_recipient"),
        sa.PrimaryKeyConstraint("recipient_id", "channel", name="pk_ride_streams"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "ride_messages",
        sa.Column("recipient_id", ID, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint(
            "kind IN ('status', 'otp', 'available', 'withdrawn')", name="ck_ride_messages_kind"
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id", "channel"],
            ["ride_streams.recipient_id", "ride_streams.channel"],
            name="fk_ride_messages_stream",
        ),
        sa.PrimaryKeyConstraint("recipient_id", "channel", "seq", name="pk_ride_messages"),
    )
