"""The timetable: schedules on routes with buses, and finding what leads where."""

from collections.abc import Sequence
from datetime import date, datetime

from booking_core.clock import SystemClock
from booking_core.domain.cities import city_key, shortest_part
from booking_core.domain.inventory import Leg
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.timetable import Journey, JourneySeats, Schedule
from booking_core.engine.buses import Buses
from booking_core.engine.catalogue import Catalogue
from booking_core.engine.routes import Routes
from booking_core.engine.scheduling import ScheduleDraft, create_schedule
from booking_core.engine.search import search
from booking_core.errors import ScheduleNotFound, UnknownStop
from booking_core.ids import is_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import schedules
from booking_core.storage.wire import PooledReader
from booking_core.trades import bus

DEFAULT_CURRENCY = "INR"
DEFAULT_ZONE = "UTC"


class Timetable:
    """Schedules, and the `routes` and `buses` they are made of. Thread-safe."""

    def __init__(self, database: Database, catalogue: Catalogue, clock: Clock | None) -> None:
        self._database = database
        self._catalogue = catalogue
        self._clock = clock
        self.routes = Routes(database, clock)
        self.buses = Buses(database, clock)

    def create(
        self,
        route_id: str,
        bus_id: str,
        departs_at: datetime,
        arrives_at: datetime,
        base_price: int,
        *,
        currency: str = DEFAULT_CURRENCY,
        time_zone: str = DEFAULT_ZONE,
        holds: HoldPolicy = bus.HOLDS,
        on_sale: bool = True,
        actor: str,
        origin: str | None = None,
    ) -> Schedule:
        """Put a departure into the timetable, with every seat of its bus for sale.

        `base_price` is for the whole route, in minor units; times between the ends follow from
        the distances. A departure in the past comes closed for sale. Raises RouteNotFound,
        BusNotFound, BusNotFree where the bus is on another departure, InvalidRequest.
        """
        now = (self._clock or SystemClock()).now()
        draft = ScheduleDraft(
            route_id=route_id,
            bus_id=bus_id,
            departs_at=departs_at,
            arrives_at=arrives_at,
            base_price=base_price,
            currency=currency,
            time_zone=time_zone,
            holds=holds,
            on_sale=on_sale,
        )
        return create_schedule(self._database, draft, now, actor=actor, origin=origin)

    def get(self, schedule_id: str) -> Schedule:
        """Raises ScheduleNotFound."""
        found = None
        if is_id(schedule_id):
            with self._database.connect() as connection:
                found = schedules.by_id(PooledReader(connection), schedule_id)
        if found is None:
            raise schedule_not_found(schedule_id, "schedule_id")
        return found

    def by_number(self, number: int) -> Schedule:
        """By the trip contract's number. Raises ScheduleNotFound."""
        found = None
        if 0 < number < 2**63:
            with self._database.connect() as connection:
                found = schedules.by_number(PooledReader(connection), number)
        if found is None:
            raise schedule_not_found(number, "trip_id")
        return found

    def by_inventory(self, inventory_ids: Sequence[str]) -> dict[str, Schedule]:
        """The schedules that own inventories, by the inventory's id; none for one of another
        trade."""
        ids = [one for one in inventory_ids if is_id(one)]
        with self._database.connect() as connection:
            return schedules.by_inventories(PooledReader(connection), ids)

    def search(
        self,
        origin_city: str,
        destination_city: str,
        day: date,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Journey]:
        """Departures that call at both cities in this order, and leave the first of them on this
        day by the clocks there; by time.

        Case and accents of the cities do not matter. What has left, and what is not on sale, is
        left out.
        """
        return search(
            self._database,
            self._now(),
            origin_city,
            destination_city,
            day,
            limit=limit,
            offset=offset,
        )

    def span(
        self,
        schedule: Schedule,
        origin_city: str | None = None,
        destination_city: str | None = None,
    ) -> tuple[int, int]:
        """(from_leg, to_leg) of a part of the journey, as a hold takes it; the ends of the line
        by default.

        Where a city is called at twice it is the shortest ride, as `search` shows it. Raises
        UnknownStop, which names the field.
        """
        legs = self._catalogue.layout(schedule.inventory_id).legs
        return span_of(legs, origin_city, destination_city)

    def seats(
        self,
        schedule: Schedule,
        origin_city: str | None = None,
        destination_city: str | None = None,
    ) -> JourneySeats:
        """A journey with its seats: status and price of each, at least as new as any change
        acknowledged before. Raises UnknownStop."""
        from_leg, to_leg = self.span(schedule, origin_city, destination_city)
        seat_map = self._catalogue.seat_map(schedule.inventory_id, from_leg, to_leg)
        legs = seat_map.layout.legs
        journey = Journey.on(schedule, legs, (from_leg, to_leg), seat_map.available)
        return JourneySeats(journey, seat_map)

    def details(
        self,
        key: str | int,
        origin_city: str | None = None,
        destination_city: str | None = None,
    ) -> JourneySeats:
        """Schedule, journey and seats in one, by id or by number.

        Raises ScheduleNotFound, UnknownStop.
        """
        schedule = self.by_number(key) if isinstance(key, int) else self.get(key)
        return self.seats(schedule, origin_city, destination_city)

    def generate_seats(self, schedule_id: str) -> tuple[Schedule, int]:
        """The schedule, and how many seats were added: none, for a schedule is created together
        with the seats of its bus, and these do not change while they are sold.

        Raises ScheduleNotFound.
        """
        return self.get(schedule_id), 0

    def _now(self) -> datetime | None:
        return None if self._clock is None else self._clock.now()


def span_of(
    legs: Sequence[Leg], origin_city: str | None, destination_city: str | None
) -> tuple[int, int]:
    """The legs from one city to another. Raises UnknownStop."""
    keys = [city_key(leg.origin) for leg in legs] + [city_key(legs[-1].destination)]
    asked = {"origin_city": origin_city, "destination_city": destination_city}
    wanted = {field: None if city is None else city_key(city) for field, city in asked.items()}
    for field, key in wanted.items():
        if key is not None and key not in keys:
            raise UnknownStop(f"This departure does not call at {asked[field]}.", field=field)
    found = shortest_part(keys, wanted["origin_city"], wanted["destination_city"])
    if found is None:
        field = "origin_city" if destination_city is None else "destination_city"
        raise UnknownStop(
            "This departure does not go from the one city to the other, in this order.",
            field=field,
        )
    return found


def schedule_not_found(key: str | int, field: str) -> ScheduleNotFound:
    """For an id or number that is no schedule's; `field` is what named it."""
    return ScheduleNotFound(f"There is no schedule {key}. Search for one.", field=field)
