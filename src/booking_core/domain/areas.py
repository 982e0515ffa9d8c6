"""Service areas: where rides are offered."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from booking_core.domain.geo import Point, haversine_m
from booking_core.errors import OutsideServiceArea


@dataclass(frozen=True, slots=True)
class ServiceArea:
    """A circle whose rides have one currency and one local time. Where one has `auto_approve`, as
    in a demo, drivers are approved as they register."""

    id: str
    name: str
    centre: Point
    radius_m: int
    time_zone: str
    currency: str
    auto_approve: bool = False

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "id": self.id,
            "name": self.name,
            "lat": self.centre.lat,
            "lng": self.centre.lng,
            "radius_m": self.radius_m,
            "time_zone": self.time_zone,
            "currency": self.currency,
            "auto_approve": self.auto_approve,
        }


def area_of(areas: Iterable[ServiceArea], pickup: Point) -> ServiceArea:
    """The area a ride begins in; where areas overlap, the one whose centre is nearest.

    Raises OutsideServiceArea.
    """
    distances = [(haversine_m(area.centre, pickup), area) for area in areas]
    covering = [(far, area) for far, area in distances if far <= area.radius_m]
    if not covering:
        raise OutsideServiceArea("No rides are offered at this pickup.", field="pickup_lat")
    return min(covering, key=lambda one: (one[0], one[1].id))[1]
