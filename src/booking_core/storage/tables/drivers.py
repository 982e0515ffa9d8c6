"""Who drives and where, the areas that are served, and what a ride costs there."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.domain.drivers import DriverState
from booking_core.domain.fares import VehicleType
from booking_core.storage.tables.types import UPDATED_IN_PLACE, Id, is_one_of, one_of


class DriverRow(SQLModel, table=True):
    """A driver with one vehicle. `stars` are the sum of `ratings` ratings."""

    __tablename__: ClassVar[Any] = "drivers"
    __table_args__ = (
        sa.PrimaryKeyConstraint("user_id", name="pk_drivers"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_drivers_user"),
        sa.UniqueConstraint("plate_number", name="uq_drivers_plate_number"),
        sa.UniqueConstraint("license_number", name="uq_drivers_license_number"),
        is_one_of("vehicle_type", VehicleType, "ck_drivers_vehicle_type"),
        is_one_of("state", DriverState, "ck_drivers_state"),
        sa.CheckConstraint("state = 'approved' OR NOT online", name="ck_drivers_online"),
        sa.CheckConstraint("ratings >= 0 AND stars >= ratings", name="ck_drivers_ratings"),
    )

    user_id: str = Field(sa_type=Id)
    vehicle_type: VehicleType = Field(sa_type=one_of(VehicleType))
    plate_number: str
    license_number: str
    state: DriverState = Field(sa_type=one_of(DriverState))
    online: bool
    registered_at: datetime
    updated_at: datetime
    stars: int
    ratings: int


class DriverPositionRow(SQLModel, table=True):
    """Where a driver was last heard of. `revision` counts the batches that were written, in the
    order of their commits: whoever has seen one asks for what came after it."""

    __tablename__: ClassVar[Any] = "driver_positions"
    __table_args__ = (
        sa.PrimaryKeyConstraint("driver_id", name="pk_driver_positions"),
        sa.ForeignKeyConstraint(
            ["driver_id"], ["drivers.user_id"], name="fk_driver_positions_driver"
        ),
        sa.Index("ix_driver_positions_revision", "revision"),
        UPDATED_IN_PLACE,
    )

    driver_id: str = Field(sa_type=Id)
    lat: float
    lng: float
    at: datetime
    revision: int = Field(sa_type=sa.BigInteger)


class ServiceAreaRow(SQLModel, table=True):
    """A circle in which rides begin."""

    __tablename__: ClassVar[Any] = "service_areas"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_service_areas"),
        sa.UniqueConstraint("name", name="uq_service_areas_name"),
        sa.CheckConstraint("radius_m > 0", name="ck_service_areas_radius"),
    )

    id: str = Field(sa_type=Id)
    name: str
    lat: float
    lng: float
    radius_m: int
    time_zone: str
    currency: str = Field(sa_type=sa.String(3))
    auto_approve: bool


class TariffRow(SQLModel, table=True):
    """What a vehicle type costs in an area, in minor units."""

    __tablename__: ClassVar[Any] = "tariffs"
    __table_args__ = (
        sa.PrimaryKeyConstraint("area_id", "vehicle_type", name="pk_tariffs"),
        sa.ForeignKeyConstraint(["area_id"], ["service_areas.id"], name="fk_tariffs_area"),
        is_one_of("vehicle_type", VehicleType, "ck_tariffs_vehicle_type"),
        sa.CheckConstraint(
            "base >= 0 AND per_km >= 0 AND per_minute >= 0 AND minimum >= 0 "
            "AND cancellation_fee >= 0",
            name="ck_tariffs_prices",
        ),
        sa.CheckConstraint("night_percent >= 100 AND speed_kmh > 0", name="ck_tariffs_factors"),
    )

    area_id: str = Field(sa_type=Id)
    vehicle_type: VehicleType = Field(sa_type=one_of(VehicleType))
    base: int = Field(sa_type=sa.BigInteger)
    per_km: int = Field(sa_type=sa.BigInteger)
    per_minute: int = Field(sa_type=sa.BigInteger)
    minimum: int = Field(sa_type=sa.BigInteger)
    cancellation_fee: int = Field(sa_type=sa.BigInteger)
    night_percent: int
    speed_kmh: int
