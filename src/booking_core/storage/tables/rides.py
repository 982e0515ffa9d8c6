"""Rides, who was asked to drive them, and what riders and drivers were told."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.domain.fares import VehicleType
from booking_core.domain.ride_messages import Channel, MessageKind
from booking_core.domain.rides import OfferState, Party, RideState
from booking_core.storage.tables.types import UPDATED_IN_PLACE, Id, is_one_of, one_of

_ACTIVE = sa.text("state IN ('accepted', 'arrived', 'on_trip')")
_OPEN = sa.text("state IN ('pending', 'accepted', 'arrived', 'on_trip')")
_PENDING = sa.text("state = 'pending'")
_ACCEPTED = sa.text("state = 'accepted'")
_OFFERED = sa.text("state = 'offered'")


class RideRow(SQLModel, table=True):
    """A ride. `number` is the contract's `booking_id`; `cell` is the H3 cell of the pickup that
    demand is counted by; `terms` are what the fare is reckoned by.

    A driver has one active ride and a rider one open one, whatever the rules overlook. No code is
    in here: `otp_issue` says which one counts.
    """

    __tablename__: ClassVar[Any] = "rides"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_rides"),
        sa.UniqueConstraint("number", name="uq_rides_number"),
        sa.ForeignKeyConstraint(["rider_id"], ["users.id"], name="fk_rides_rider"),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.user_id"], name="fk_rides_driver"),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name="fk_rides_area"),
        is_one_of("vehicle_type", VehicleType, "ck_rides_vehicle_type"),
        is_one_of("state", RideState, "ck_rides_state"),
        is_one_of("closed_by", Party, "ck_rides_closed_by"),
        sa.CheckConstraint(
            "CASE WHEN state IN ('pending', 'expired') THEN driver_id IS NULL "
            "WHEN state = 'cancelled' THEN 1 = 1 ELSE driver_id IS NOT NULL END",
            name="ck_rides_driver",
        ),
        sa.CheckConstraint(
            "estimate >= 0 AND fare >= 0 AND cancellation_fee >= 0", name="ck_rides_money"
        ),
        sa.CheckConstraint("otp_tries >= 0 AND otp_issue >= 0", name="ck_rides_otp"),
        sa.CheckConstraint("stars >= 1 AND stars <= 5", name="ck_rides_stars"),
        sa.Index(
            "uq_rides_active_driver",
            "driver_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        sa.Index(
            "uq_rides_open_rider",
            "rider_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        sa.Index("ix_rides_rider", "rider_id", "number"),
        sa.Index("ix_rides_driver", "driver_id", "number"),
        sa.Index("ix_rides_due", "next_wave_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        sa.Index("ix_rides_cell", "cell", sqlite_where=_PENDING, postgresql_where=_PENDING),
        UPDATED_IN_PLACE,
    )

    id: str = Field(sa_type=Id)
    number: int = Field(sa_type=sa.BigInteger)
    rider_id: str = Field(sa_type=Id)
    driver_id: str | None = Field(default=None, sa_type=Id)
    area_id: str = Field(sa_type=Id)
    vehicle_type: VehicleType = Field(sa_type=one_of(VehicleType))
    state: RideState = Field(sa_type=one_of(RideState))
    pickup_name: str
    pickup_lat: float
    pickup_lng: float
    dropoff_name: str
    dropoff_lat: float
    dropoff_lng: float
    cell: int = Field(sa_type=sa.BigInteger)
    distance_m: int
    duration_s: int
    terms: dict[str, Any] = Field(sa_type=sa.JSON)
    estimate: int = Field(sa_type=sa.BigInteger)
    currency: str = Field(sa_type=sa.String(3))
    fare: int | None = Field(default=None, sa_type=sa.BigInteger)
    cancellation_fee: int | None = Field(default=None, sa_type=sa.BigInteger)
    requested_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    arrived_at: datetime | None = None
    started_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: Party | None = Field(default=None, sa_type=one_of(Party))
    reason: str | None = None
    wave: int
    next_wave_at: datetime | None = None
    otp_issue: int
    otp_issued_at: datetime | None = None
    otp_tries: int
    stars: int | None = None
    comment: str | None = None


class RideOfferRow(SQLModel, table=True):
    """A driver who was asked for a ride, or took it unasked, and what came of it last.

    Of one ride at most one driver has accepted, whatever the rules overlook.
    """

    __tablename__: ClassVar[Any] = "ride_offers"
    __table_args__ = (
        sa.PrimaryKeyConstraint("ride_id", "driver_id", name="pk_ride_offers"),
        sa.ForeignKeyConstraint(["ride_id"], ["rides.id"], name="fk_ride_offers_ride"),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.user_id"], name="fk_ride_offers_driver"),
        is_one_of("state", OfferState, "ck_ride_offers_state"),
        sa.Index(
            "uq_ride_offers_winner",
            "ride_id",
            unique=True,
            sqlite_where=_ACCEPTED,
            postgresql_where=_ACCEPTED,
        ),
        sa.Index(
            "ix_ride_offers_driver", "driver_id", sqlite_where=_OFFERED, postgresql_where=_OFFERED
        ),
    )

    ride_id: str = Field(sa_type=Id)
    driver_id: str = Field(sa_type=Id)
    wave: int
    state: OfferState = Field(sa_type=one_of(OfferState))
    expires_at: datetime
    updated_at: datetime


class RideStreamRow(SQLModel, table=True):
    """The number of the last message of a recipient on a channel."""

    __tablename__: ClassVar[Any] = "ride_streams"
    __table_args__ = (
        sa.PrimaryKeyConstraint("recipient_id", "channel", name="pk_ride_streams"),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name="fk_ride_streams_recipient"),
        is_one_of("channel", Channel, "ck_ride_streams_channel"),
        UPDATED_IN_PLACE,
    )

    recipient_id: str = Field(sa_type=Id)
    channel: Channel = Field(sa_type=one_of(Channel))
    seq: int = Field(sa_type=sa.BigInteger)


class RideMessageRow(SQLModel, table=True):
    """What a recipient was told; `seq` is dense per recipient and channel. A code is not in here,
    only which issue it is of."""

    __tablename__: ClassVar[Any] = "ride_messages"
    __table_args__ = (
        sa.PrimaryKeyConstraint("recipient_id", "channel", "seq", name="pk_ride_messages"),
        sa.ForeignKeyConstraint(
            ["recipient_id", "channel"],
            ["ride_streams.recipient_id", "ride_streams.channel"],
            name="fk_ride_messages_stream",
        ),
        is_one_of("kind", MessageKind, "ck_ride_messages_kind"),
    )

    recipient_id: str = Field(sa_type=Id)
    channel: Channel = Field(sa_type=one_of(Channel))
    seq: int = Field(sa_type=sa.BigInteger)
    kind: MessageKind = Field(sa_type=one_of(MessageKind))
    payload: dict[str, Any] = Field(sa_type=sa.JSON)
    at: datetime
