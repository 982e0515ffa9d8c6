"""The event trade's programme: venues, and events that own inventories."""

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from booking_core.domain.programme import EventState
from booking_core.storage.tables.types import Id, is_one_of, one_of


class VenueRow(SQLModel, table=True):
    """Where events take place. `search_key` is name and city for looking it up."""

    __tablename__: ClassVar[Any] = "venues"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_venues"),
        sa.UniqueConstraint("source_ref", name="uq_venues_source_ref"),
        sa.CheckConstraint("capacity > 0", name="ck_venues_capacity"),
        sa.Index("ix_venues_name", "name", "id"),
    )

    id: str = Field(sa_type=Id)
    name: str
    address: str
    city: str
    state: str
    country: str
    postal_code: str
    capacity: int
    layout_config: dict[str, Any] = Field(sa_type=sa.JSON)
    time_zone: str
    search_key: str
    source_ref: str | None = None
    created_at: datetime


class EventRow(SQLModel, table=True):
    """One performance at a venue. `capacity` is the ceiling of what may be on sale; `search_key`
    is name and description for looking it up. Name and times are its inventory's, too."""

    __tablename__: ClassVar[Any] = "events"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("inventory_id", name="uq_events_inventory"),
        sa.ForeignKeyConstraint(["inventory_id"], ["inventories.id"], name="fk_events_inventory"),
        sa.ForeignKeyConstraint(["venue_id"], ["venues.id"], name="fk_events_venue"),
        is_one_of("state", EventState, "ck_events_state"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_events_times"),
        sa.CheckConstraint("capacity > 0", name="ck_events_capacity"),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="ck_events_cancelled"
        ),
        # With the state, so that drafts are passed over without looking at their rows.
        sa.Index("ix_events_starts_at", "starts_at", "id", "state"),
        sa.Index("ix_events_venue", "venue_id", "starts_at", "id"),
        sa.Index("ix_events_state", "state", "starts_at", "id"),
    )

    id: str = Field(sa_type=Id)
    inventory_id: str = Field(sa_type=Id)
    venue_id: str = Field(sa_type=Id)
    name: str
    description: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    state: EventState = Field(sa_type=one_of(EventState))
    search_key: str
    created_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
