"""Putting a departure into the timetable: its schedule and its inventory in one transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from booking_core.domain.inventory import InventoryDraft, Kind, TierDraft
from booking_core.domain.inventory_rules import require_consistent
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.timetable import Bus, Route, Schedule, legs_on
from booking_core.domain.timetable_rules import require_price, require_times
from booking_core.engine.buses import find_bus
from booking_core.engine.importers.bus_layouts import seats_of_bus
from booking_core.engine.importers.gtfs_drafts import TIER
from booking_core.engine.recording import record_change
from booking_core.engine.routes import find_route
from booking_core.errors import BusNotFree, InvalidRequest
from booking_core.ids import new_id
from booking_core.storage.database import Database
from booking_core.storage.repositories import inventories, schedules
from booking_core.storage.unit_of_work import writing
from booking_core.trades import bus as bus_trade


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDraft:
    """A departure to be created; `base_price` in minor units."""

    route_id: str
    bus_id: str
    departs_at: datetime
    arrives_at: datetime
    base_price: int
    currency: str
    time_zone: str
    holds: HoldPolicy
    on_sale: bool


def create_schedule(
    database: Database, draft: ScheduleDraft, now: datetime, *, actor: str, origin: str | None
) -> Schedule:
    """See `Timetable.create`."""
    require_times(draft.departs_at, draft.arrives_at)
    require_price(draft.base_price)
    _require_zone(draft.time_zone)
    with writing(database) as connection:
        # First of all, so that what is looked at below stays so.
        number = schedules.next_number(connection)
        route = find_route(connection, draft.route_id)
        bus = find_bus(connection, draft.bus_id)
        _require_free(connection, bus, draft)
        inventory = _inventory(draft, route, bus, now)
        rows = inventories.rows_of(inventory, now)
        inventories.insert_one(connection, rows)
        schedule = _schedule(draft, route, bus, number, rows.inventory)
        schedules.insert(connection, schedules.row_of(schedule, now))
        record_change(connection, None, schedule, at=now, actor=actor, origin=origin)
    return schedule


def _require_zone(time_zone: str) -> None:
    try:
        ZoneInfo(time_zone)
    except (LookupError, ValueError, OSError):
        raise InvalidRequest(
            f"There is no time zone {time_zone}. Write for example Europe/Berlin.",
            field="time_zone",
        ) from None


def _require_free(connection: Connection, bus: Bus, draft: ScheduleDraft) -> None:
    busy = schedules.number_overlapping(connection, bus.id, draft.departs_at, draft.arrives_at)
    if busy is not None:
        raise BusNotFree(
            f"Bus {bus.bus_number} is on the road then, on departure {busy}. "
            "Take another bus or another time.",
            field="bus_id",
        )


def _inventory(draft: ScheduleDraft, route: Route, bus: Bus, now: datetime) -> InventoryDraft:
    legs = legs_on(route.stops, draft.departs_at.astimezone(UTC), draft.arrives_at.astimezone(UTC))
    inventory = InventoryDraft(
        name=f"{route.origin_city} – {route.destination_city}",
        kind=Kind.SEATED,
        starts_at=legs[0].departs_at,
        ends_at=legs[-1].arrives_at,
        time_zone=draft.time_zone,
        currency=draft.currency,
        tiers=(TierDraft(TIER, draft.base_price),),
        seats=seats_of_bus(bus.bus_type, bus.total_seats, TIER),
        legs=legs,
        on_sale=draft.on_sale and legs[0].departs_at > now,
        holds=draft.holds,
        refunds=bus_trade.REFUNDS,
    )
    require_consistent(inventory)
    return inventory


def _schedule(
    draft: ScheduleDraft, route: Route, bus: Bus, number: int, inventory: dict[str, object]
) -> Schedule:
    return Schedule(
        id=new_id(),
        number=number,
        inventory_id=str(inventory["id"]),
        route_id=route.id,
        origin_city=route.origin_city,
        destination_city=route.destination_city,
        distance_m=route.distance_m,
        bus=bus,
        departs_at=draft.departs_at.astimezone(UTC),
        arrives_at=draft.arrives_at.astimezone(UTC),
        base_price=draft.base_price,
        currency=draft.currency,
        time_zone=draft.time_zone,
        on_sale=bool(inventory["on_sale"]),
        total_seats=bus.total_seats,
    )
