"""Changing and calling off one event: its row, its inventory and its tiers in one transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection

from booking_core.domain.inventory import Inventory, Kind
from booking_core.domain.programme import Event, EventChanges, EventState, TierOffer
from booking_core.domain.programme_rules import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    require_event_times,
    require_fits,
    require_reason,
    require_storable,
    require_within,
)
from booking_core.domain.timetable_rules import require_text
from booking_core.engine.heads import record_on_head
from booking_core.engine.venues import find_venue
from booking_core.errors import (
    EventCancelled,
    EventNotFound,
    InvalidRequest,
    PlacesInUse,
    TierNotFound,
)
from booking_core.ids import is_id
from booking_core.storage.database import Database
from booking_core.storage.repositories import inventories, programme, venues
from booking_core.storage.unit_of_work import writing
from booking_core.storage.wire import PooledReader, PooledWriter


def update_event(
    database: Database,
    event_id: str,
    changes: EventChanges,
    now: datetime,
    *,
    actor: str,
    origin: str | None,
) -> Event:
    """See `Events.update`; the event as it was before."""
    with writing(database) as connection:
        before, head = lock_event(connection, event_id)
        if before.state is EventState.CANCELLED:
            raise EventCancelled(f"{before.name} was cancelled, for good.", field="event_id")
        sizes = _resized(connection, before, changes.tier_capacities)
        after = _changed(connection, before, changes, now)
        _require_ceiling(connection, after, sizes)
        if after == replace(before, updated_at=now) and not sizes:
            return before
        for tier, capacity in sizes.items():
            inventories.resize_tier(connection, before.inventory_id, tier.id, capacity)
        programme.change(connection, after)
        _record(
            connection,
            head,
            after,
            at=now,
            actor=actor,
            origin=origin,
            action="event_updated",
            before={**logged(before), "tiers": {one.tier: one.capacity for one in sizes}},
            after={**logged(after), "tiers": {one.tier: size for one, size in sizes.items()}},
            taken=sum(one.capacity - size for one, size in sizes.items()),
        )
    return before


def cancel_event(
    database: Database,
    event_id: str,
    reason: str | None,
    now: datetime,
    *,
    actor: str,
    origin: str | None,
) -> None:
    """See `Events.cancel`."""
    require_reason(reason)
    with writing(database) as connection:
        before, head = lock_event(connection, event_id)
        if before.state is EventState.CANCELLED:
            return
        after = replace(
            before,
            state=EventState.CANCELLED,
            on_sale=False,
            updated_at=now,
            cancelled_at=now,
            cancel_reason=reason,
        )
        programme.change(connection, after)
        _record(
            connection,
            head,
            after,
            at=now,
            actor=actor,
            origin=origin,
            action="event_cancelled",
            before={"state": before.state.value},
            after={"state": after.state.value, "reason": reason},
        )


def event_not_found(event_id: str) -> EventNotFound:
    """The same for an event that is absent and for a draft that is not to be seen."""
    return EventNotFound(
        f"There is no event {event_id}. List the events to find its id.", field="event_id"
    )


def lock_event(connection: Connection, event_id: str) -> tuple[Event, Inventory]:
    """An event and its inventory's head under the inventory's lock. Raises EventNotFound."""
    known = programme.inventory_ids(connection, [event_id]) if is_id(event_id) else {}
    if event_id not in known:
        raise event_not_found(event_id)
    head = inventories.lock_head(connection, known[event_id])
    event = programme.get(connection, event_id)
    if head is None or event is None:
        raise event_not_found(event_id)
    return event, head


def logged(event: Event) -> dict[str, Any]:
    """What the activity log keeps of it: the fields that can change."""
    return {
        "name": event.name,
        "description": event.description,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "capacity": event.capacity,
        "state": event.state.value,
    }


def _changed(connection: Connection, before: Event, changes: EventChanges, now: datetime) -> Event:
    is_published = before.state is EventState.DRAFT and changes.publish
    after = replace(
        before,
        name=before.name if changes.name is None else changes.name.strip(),
        description=before.description if changes.description is None else changes.description,
        starts_at=(changes.starts_at or before.starts_at),
        ends_at=(changes.ends_at or before.ends_at),
        capacity=before.capacity if changes.capacity is None else changes.capacity,
        state=EventState.PUBLISHED if is_published else before.state,
        on_sale=before.on_sale or is_published,
        updated_at=now,
    )
    require_text("name", after.name, LONGEST_NAME)
    require_storable("description", after.description, LONGEST_DESCRIPTION)
    require_event_times(after.starts_at, after.ends_at)
    if changes.capacity is not None:
        venues.lock(PooledReader(connection), before.venue.id)
        require_fits(after.capacity, find_venue(connection, before.venue.id))
    return replace(
        after,
        starts_at=after.starts_at.astimezone(UTC),
        ends_at=after.ends_at.astimezone(UTC),
    )


def _resized(
    connection: Connection, event: Event, capacities: Mapping[str, int]
) -> dict[TierOffer, int]:
    """The tiers that get another size, with it."""
    if not capacities:
        return {}
    if event.kind is not Kind.COUNTED:
        raise InvalidRequest(
            "Numbered seats do not change while they are sold; only counted places do.",
            field="price_tiers",
        )
    # By the counters alone: what overdue holds still count is in use until they are swept.
    tiers = {tier.tier: tier for tier in _tiers(connection, event)}
    for name, capacity in capacities.items():
        if name not in tiers:
            raise TierNotFound(
                f"There is no tier {name} here; there are: {', '.join(tiers)}.", field="price_tiers"
            )
        used = tiers[name].capacity - tiers[name].available
        if capacity < max(used, 1):
            raise PlacesInUse(
                f"{used} places of {name} are sold or held: it cannot get smaller than that.",
                field="price_tiers",
                in_use=used,
            )
    return {
        tiers[name]: capacity
        for name, capacity in capacities.items()
        if capacity != tiers[name].capacity
    }


def _tiers(connection: Connection, event: Event) -> tuple[TierOffer, ...]:
    return programme.tiers(connection, [event.inventory_id], _BEFORE_ANY_HOLD)[event.inventory_id]


_BEFORE_ANY_HOLD = datetime(1970, 1, 1, tzinfo=UTC)


def _require_ceiling(connection: Connection, event: Event, sizes: Mapping[TierOffer, int]) -> None:
    places = sum(sizes.get(tier, tier.capacity) for tier in _tiers(connection, event))
    require_within(places, event.capacity, "price_tiers" if sizes else "capacity")


def _record(
    connection: Connection,
    head: Inventory,
    event: Event,
    *,
    at: datetime,
    actor: str,
    origin: str | None,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    taken: int = 0,
) -> None:
    record_on_head(
        PooledWriter(connection),
        head,
        at=at,
        actor=actor,
        origin=origin,
        action=action,
        before=before,
        after=after,
        on_sale=event.on_sale,
        taken=taken,
        entity=("event", event.id),
    )
