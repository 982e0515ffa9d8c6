"""The bus trade's timetable: routes, buses, and schedules that own inventories."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.storage.tables.types import Id


class RouteRow(SQLModel, table=True):
    """A line of stops. `distance_m` is from the first to the last."""

    __tablename__: ClassVar[Any] = "routes"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_routes"),
        sa.UniqueConstraint("source_ref", name="uq_routes_source_ref"),
        sa.CheckConstraint("distance_m >= 0", name="ck_routes_distance"),
    )

    id: str = Field(sa_type=Id)
    origin_city: str
    destination_city: str
    distance_m: int
    source_ref: str | None = None
    created_at: datetime


class RouteStopRow(SQLModel, table=True):
    """A stop of a route, its two ends included. `city_key` is the city's name for looking it up;
    `distance_m` counts from the first stop."""

    __tablename__: ClassVar[Any] = "route_stops"
    __table_args__ = (
        sa.PrimaryKeyConstraint("route_id", "position", name="pk_route_stops"),
        sa.ForeignKeyConstraint(
            ["route_id"], ["routes.id"], name="fk_route_stops_route", ondelete="CASCADE"
        ),
        sa.CheckConstraint("position >= 0 AND distance_m >= 0", name="ck_route_stops_distance"),
        sa.Index("ix_route_stops_city", "city_key"),
    )

    route_id: str = Field(sa_type=Id)
    position: int = Field(sa_type=sa.SmallInteger)
    city: str
    city_key: str
    distance_m: int


class BusRow(SQLModel, table=True):
    """A vehicle."""

    __tablename__: ClassVar[Any] = "buses"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_buses"),
        sa.UniqueConstraint("bus_number", name="uq_buses_bus_number"),
        sa.CheckConstraint("total_seats > 0", name="ck_buses_total_seats"),
    )

    id: str = Field(sa_type=Id)
    bus_number: str
    bus_type: str
    total_seats: int
    created_at: datetime


class ScheduleRow(SQLModel, table=True):
    """One departure of a bus on a route. `number` is what the trip contract calls it by;
    `base_price` is for the whole route, in minor units."""

    __tablename__: ClassVar[Any] = "schedules"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("number", name="uq_schedules_number"),
        sa.UniqueConstraint("inventory_id", name="uq_schedules_inventory"),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name="fk_schedules_route"),
        sa.ForeignKeyConstraint(["bus_id"], ["buses.id"], name="fk_schedules_bus"),
        sa.ForeignKeyConstraint(
            ["inventory_id"], ["inventories.id"], name="fk_schedules_inventory"
        ),
        sa.CheckConstraint("arrives_at >= departs_at", name="ck_schedules_times"),
        sa.CheckConstraint("base_price >= 0", name="ck_schedules_base_price"),
        sa.Index("ix_schedules_route", "route_id", "departs_at"),
        sa.Index("ix_schedules_bus", "bus_id", "departs_at"),
    )

    id: str = Field(sa_type=Id)
    number: int = Field(sa_type=sa.BigInteger)
    route_id: str = Field(sa_type=Id)
    bus_id: str = Field(sa_type=Id)
    inventory_id: str = Field(sa_type=Id)
    departs_at: datetime
    arrives_at: datetime
    base_price: int = Field(sa_type=sa.BigInteger)
    currency: str = Field(sa_type=sa.String(3))
    created_at: datetime
