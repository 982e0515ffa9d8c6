"""From one departure of a GTFS feed to the inventory that sells it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from booking_core.domain.inventory import InventoryDraft, Kind, Leg, TierDraft
from booking_core.engine.importers.bus_layouts import BusLayouts
from booking_core.engine.importers.gtfs_tables import Trip
from booking_core.engine.importers.gtfs_times import Call, distance_m
from booking_core.trades.bus import REFUNDS as BUS_REFUNDS

TIER = "Standard"


@dataclass(frozen=True, slots=True)
class Departure:
    """One run of a trip; `start` is when it leaves its first stop, in seconds of its day.

    The calls of a trip that runs `by_frequency` say how long it takes, not when it leaves.
    """

    trip: Trip
    calls: tuple[Call, ...]
    start: int
    by_frequency: bool


@dataclass(frozen=True, slots=True)
class DraftTerms:
    """What all drafts of one import share; `day` is the date they run on."""

    day: date
    now: datetime
    currency: str
    base_price: int
    layouts: BusLayouts


def draft_of(departure: Departure, terms: DraftTerms) -> InventoryDraft:
    """The inventory of a departure, with a leg from each stop to the next."""
    agency = departure.trip.route.agency
    legs = _legs(departure, service_day_origin(terms.day, agency.zone))
    return InventoryDraft(
        name=_name(departure),
        kind=Kind.SEATED,
        starts_at=legs[0].departs_at,
        ends_at=legs[-1].arrives_at,
        time_zone=agency.zone.key,
        currency=terms.currency,
        tiers=(TierDraft(TIER, terms.base_price),),
        seats=terms.layouts(departure.trip.route.type).seats(TIER),
        legs=legs,
        source_ref=_source_ref(departure, terms.day),
        on_sale=legs[0].departs_at > terms.now,
        refunds=BUS_REFUNDS,
    )


def service_day_origin(day: date, zone: ZoneInfo) -> datetime:
    """The moment GTFS times count from: noon of the day in `zone` minus 12 hours, in UTC.

    It is midnight, but for the two days a year on which the clocks are changed.
    """
    return datetime.combine(day, time(12), zone).astimezone(UTC) - timedelta(hours=12)


def _legs(departure: Departure, origin: datetime) -> tuple[Leg, ...]:
    shift = departure.start - departure.calls[0].departure
    return tuple(
        Leg(
            number,
            here.stop.name,
            there.stop.name,
            departs_at=origin + timedelta(seconds=shift + here.departure),
            arrives_at=origin + timedelta(seconds=shift + there.arrival),
            distance_m=distance_m(here.stop, there.stop),
        )
        for number, (here, there) in enumerate(pairwise(departure.calls))
    )


def _name(departure: Departure) -> str:
    """Short and long name of the route; the headsign, or else the two ends, for want of a long."""
    trip, calls = departure.trip, departure.calls
    long_name = trip.route.long_name or trip.headsign
    long_name = long_name or f"{calls[0].stop.name} to {calls[-1].stop.name}"
    return f"{trip.route.short_name} {long_name}".strip()


def _source_ref(departure: Departure, day: date) -> str:
    """The same whenever the same feed is seeded for the same day."""
    agency = departure.trip.route.agency
    parts = ["gtfs", agency.key, departure.trip.id, day.isoformat()]
    if departure.by_frequency:
        minutes, seconds = divmod(departure.start, 60)
        parts.append(f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}")
    return ":".join(parts)
