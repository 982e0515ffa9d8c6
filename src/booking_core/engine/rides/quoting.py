"""What a ride would cost."""

from datetime import datetime

from sqlalchemy.engine import Connection

from booking_core.domain.areas import ServiceArea, area_of
from booking_core.domain.fares import (
    Quote,
    VehicleType,
    duration_s,
    fare,
    is_night,
    road_distance_m,
    surge_percent,
    terms_of,
)
from booking_core.domain.geo import Place, Point, checked_point
from booking_core.domain.rides import checked_place_name
from booking_core.engine.cells import demand_cell
from booking_core.engine.rides.equipment import Equipped
from booking_core.engine.rides.waves import free_near
from booking_core.errors import InvalidRequest, OutsideServiceArea
from booking_core.storage.repositories import areas, rides


class Quoting(Equipped):
    """Estimates by tariff, time of day and demand."""

    def quote(
        self, pickup: Place, dropoff: Place, vehicle_type: VehicleType = VehicleType.ECONOMY
    ) -> Quote:
        """What a ride would cost if it were asked for now; nothing is written.

        Raises OutsideServiceArea, InvalidRequest naming the field.
        """
        pickup, dropoff = checked_place(pickup, "pickup"), checked_place(dropoff, "dropoff")
        self._positions.catch_up(self.now())
        with self._database.connect() as connection:
            area = area_of(areas.everywhere(connection), pickup.point)
            return self._quoted(connection, area, (pickup, dropoff), vehicle_type)

    def _quoted(
        self,
        connection: Connection,
        area: ServiceArea,
        places: tuple[Place, Place],
        vehicle_type: VehicleType,
    ) -> Quote:
        now = self.now()
        pickup, dropoff = (place.point for place in places)
        policy = self._policy.fares
        tariff = areas.tariff(connection, area.id, vehicle_type)
        if tariff is None:
            raise OutsideServiceArea(f"There is no {vehicle_type} here.", field="vehicle_type")
        distance_m = road_distance_m(pickup, dropoff, policy)
        if distance_m > policy.longest_m:
            raise InvalidRequest(
                f"A ride is up to {policy.longest_m // 1000} km long.", field="dropoff_lat"
            )
        surge = self._surge(connection, pickup, vehicle_type, now)
        terms = terms_of(tariff, night=is_night(now, area.time_zone, policy), surge=surge)
        takes_s = duration_s(distance_m, tariff.speed_kmh)
        estimate = fare(terms, distance_m, takes_s)
        return Quote(vehicle_type, distance_m, takes_s, estimate, area.currency, terms)

    def _surge(
        self, connection: Connection, pickup: Point, vehicle_type: VehicleType, now: datetime
    ) -> int:
        """By the open requests of the cell, this one included, and the free drivers around."""
        policy = self._policy.surge
        requests = rides.count_pending(connection, demand_cell(pickup), now) + 1
        if requests < policy.least_requests:
            return surge_percent(requests, 0, policy)
        free = free_near(
            connection,
            self._positions,
            pickup,
            vehicle_type,
            radius_m=self._policy.offers.radius_m(1),
            wanted=requests,
            heard_after=now - self._policy.presence.vanished,
        )
        return surge_percent(requests, len(free), policy)


def checked_place(place: Place, end: str) -> Place:
    """Raises InvalidRequest naming the field, as `pickup_lat`."""
    return Place(
        checked_place_name(f"{end}_location", place.name),
        checked_point(place.point.lat, place.point.lng, f"{end}_"),
    )
