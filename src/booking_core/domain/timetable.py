"""The bus trade's timetable: routes, buses, and schedules, the departures of a bus on a route."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise

from booking_core.domain.inventory import InventoryDraft, Layout, Leg, Seat
from booking_core.domain.pricing import journey_price
from booking_core.domain.seat_map import SeatMap, SeatStatus


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a route calls; `distance_m` from its first stop."""

    city: str
    distance_m: int


@dataclass(frozen=True, slots=True)
class RouteDraft:
    """A line of stops, both ends included. `source_ref` names where it came from: an import that
    finds it there takes that one."""

    stops: tuple[Stop, ...]
    source_ref: str | None = None

    @classmethod
    def between(
        cls, origin_city: str, destination_city: str, distance_m: int, via: Sequence[Stop] = ()
    ) -> "RouteDraft":
        """From one city to another by way of the stops between them."""
        return cls((Stop(origin_city, 0), *via, Stop(destination_city, distance_m)))


@dataclass(frozen=True, slots=True)
class Route:
    """A line of stops, both ends included."""

    id: str
    stops: tuple[Stop, ...]
    created_at: datetime

    @property
    def origin_city(self) -> str:
        return self.stops[0].city

    @property
    def destination_city(self) -> str:
        return self.stops[-1].city

    @property
    def distance_m(self) -> int:
        return self.stops[-1].distance_m

    @property
    def via(self) -> tuple[Stop, ...]:
        """The stops between the ends."""
        return self.stops[1:-1]


@dataclass(frozen=True, slots=True)
class BusDraft:
    """A vehicle to be put into service. Its number is its own."""

    bus_number: str
    bus_type: str
    total_seats: int


@dataclass(frozen=True, slots=True)
class Bus:
    """A vehicle."""

    id: str
    bus_number: str
    bus_type: str
    total_seats: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """One departure of a bus on a route. `number` is the trip contract's name for it;
    `base_price` is for the whole route, in minor units; `total_seats` are those on sale."""

    id: str
    number: int
    inventory_id: str
    route_id: str
    origin_city: str
    destination_city: str
    distance_m: int
    departs_at: datetime
    arrives_at: datetime
    base_price: int
    currency: str
    time_zone: str
    on_sale: bool
    total_seats: int
    bus: Bus


@dataclass(frozen=True, slots=True)
class Journey:
    """The part of a departure that one travels, on legs `from_leg … to_leg - 1`.

    `price` is one seat's, in minor units; `available` counts the seats free on all these legs;
    legs of unknown length add nothing to `distance_m`.
    """

    schedule: Schedule
    from_leg: int
    to_leg: int
    origin_city: str
    destination_city: str
    distance_m: int
    departs_at: datetime
    arrives_at: datetime
    price: int
    available: int

    @classmethod
    def on(
        cls, schedule: Schedule, legs: Sequence[Leg], span: tuple[int, int], available: int
    ) -> "Journey":
        first, last = legs[span[0]], legs[span[1] - 1]
        return cls(
            schedule=schedule,
            from_leg=span[0],
            to_leg=span[1],
            origin_city=first.origin,
            destination_city=last.destination,
            distance_m=sum(leg.distance_m or 0 for leg in legs[span[0] : span[1]]),
            departs_at=first.departs_at,
            arrives_at=last.arrives_at,
            price=journey_price(schedule.base_price, legs, *span),
            available=available,
        )


@dataclass(frozen=True)
class JourneySeats:
    """A journey with the seats to choose from."""

    journey: Journey
    seat_map: SeatMap

    def __iter__(self) -> Iterator[tuple[Seat, SeatStatus, int]]:
        """Each seat, its status, and its price for the journey in minor units."""
        for seat, status in self.seat_map:
            yield seat, status, self._prices[seat.tier_id]

    @cached_property
    def _prices(self) -> dict[str, int]:
        layout: Layout = self.seat_map.layout
        span = (self.journey.from_leg, self.journey.to_leg)
        return {
            tier.id: journey_price(tier.price, layout.legs, *span) for tier in layout.tiers.values()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureDraft(InventoryDraft):
    """An inventory that is a departure: created together with its schedule, and with its route
    and its bus where these are not there yet."""

    route: RouteDraft
    bus: BusDraft

    @property
    def base_price(self) -> int:
        """Of the whole route in the first tier, in minor units."""
        return self.tiers[0].price


def legs_on(stops: Sequence[Stop], departs_at: datetime, arrives_at: datetime) -> tuple[Leg, ...]:
    """The legs between consecutive stops, without a stay at any."""
    times = times_at(stops, departs_at, arrives_at)
    return tuple(
        Leg(
            number,
            here.city,
            there.city,
            departs_at=times[number],
            arrives_at=times[number + 1],
            distance_m=there.distance_m - here.distance_m,
        )
        for number, (here, there) in enumerate(pairwise(stops))
    )


def times_at(
    stops: Sequence[Stop], departs_at: datetime, arrives_at: datetime
) -> tuple[datetime, ...]:
    """When a bus is at each stop, at the same speed all the way; to the whole minute between the
    two ends."""
    way, minutes = stops[-1].distance_m, (arrives_at - departs_at) / timedelta(minutes=1)
    between = (
        departs_at + timedelta(minutes=round(minutes * stop.distance_m / way))
        for stop in stops[1:-1]
    )
    return (departs_at, *(min(time, arrives_at) for time in between), arrives_at)
