"""From one departure of a GTFS feed to the inventory that sells it, with its route and bus."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson

from booking_core.domain.inventory import Kind, Leg, TierDraft
from booking_core.domain.timetable import BusDraft, DepartureDraft, RouteDraft
from booking_core.domain.timetable import Stop as RouteStop
from booking_core.engine.importers.bus_layouts import BusLayout, BusLayouts
from booking_core.engine.importers.gtfs_tables import Agency, Stop, Trip
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


class DraftMaker:
    """Makes the drafts of one import; what many departures have in common is made once."""

    def __init__(self, terms: DraftTerms) -> None:
        self._terms = terms
        self._patterns: dict[tuple[str, tuple[Stop, ...]], Pattern] = {}

    def draft_of(self, departure: Departure) -> DepartureDraft:
        """The inventory of a departure, with a leg from each stop to the next; its route is that
        of all departures of the agency that call at the same stops."""
        terms, route = self._terms, departure.trip.route
        pattern = self._pattern(departure)
        origin = service_day_origin(terms.day, route.agency.zone)
        legs = _legs(departure, pattern.distances, origin)
        layout = terms.layouts(route.type)
        return DepartureDraft(
            name=_name(departure),
            kind=Kind.SEATED,
            starts_at=legs[0].departs_at,
            ends_at=legs[-1].arrives_at,
            time_zone=route.agency.zone.key,
            currency=terms.currency,
            tiers=(TierDraft(TIER, terms.base_price),),
            seats=layout.seats(TIER),
            legs=legs,
            source_ref=_source_ref(departure, terms.day),
            on_sale=legs[0].departs_at > terms.now,
            refunds=BUS_REFUNDS,
            route=pattern.route,
            bus=_bus(route.agency, layout),
        )

    def _pattern(self, departure: Departure) -> "Pattern":
        key = (departure.trip.route.agency.key, tuple(call.stop for call in departure.calls))
        if key not in self._patterns:
            self._patterns[key] = _pattern(*key)
        return self._patterns[key]


class Pattern(NamedTuple):
    """A sequence of stops as a route, and the metres from each stop to the next where known."""

    route: RouteDraft
    distances: tuple[int | None, ...]


def _pattern(agency: str, stops: tuple[Stop, ...]) -> Pattern:
    distances = tuple(distance_m(here, there) for here, there in pairwise(stops))
    # An unknown distance adds nothing; fares go by legs then.
    so_far = accumulate((distance or 0 for distance in distances), initial=0)
    digest = sha256(orjson.dumps([[stop.name, stop.coordinates] for stop in stops])).hexdigest()
    route = RouteDraft(
        tuple(map(RouteStop, (stop.name for stop in stops), so_far)),
        f"gtfs:{agency}:stops:{digest[:32]}",
    )
    return Pattern(route, distances)


def _bus(agency: Agency, layout: BusLayout) -> BusDraft:
    """A feed names no vehicles: one stands for all of a kind."""
    number = f"{agency.key}-{layout.name}-{layout.capacity}".upper()
    return BusDraft(number, layout.name, layout.capacity)


def service_day_origin(day: date, zone: ZoneInfo) -> datetime:
    """The moment GTFS times count from: noon of the day in `zone` minus 12 hours, in UTC.

    It is midnight, but for the two days a year on which the clocks are changed.
    """
    return datetime.combine(day, time(12), zone).astimezone(UTC) - timedelta(hours=12)


def _legs(
    departure: Departure, distances: tuple[int | None, ...], origin: datetime
) -> tuple[Leg, ...]:
    shift = departure.start - departure.calls[0].departure
    return tuple(
        Leg(
            number,
            here.stop.name,
            there.stop.name,
            departs_at=origin + timedelta(seconds=shift + here.departure),
            arrives_at=origin + timedelta(seconds=shift + there.arrival),
            distance_m=distances[number],
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
