"""Where things are in a city, and how fast its time goes by."""

import asyncio
import math
import random
from dataclasses import dataclass
from time import monotonic

from booking_core.domain.geo import Point, haversine_m

# A degree of latitude, in metres.
_DEGREE_M = 111_195.0
_NEAR_M = 30.0


@dataclass(frozen=True, slots=True)
class City:
    """A circle in which everything takes place."""

    centre: Point
    radius_m: float

    def anywhere(self, chance: random.Random) -> Point:
        """A place in it, all as likely."""
        distance = self.radius_m * math.sqrt(chance.random())
        return moved(self.centre, chance.uniform(0, math.tau), distance)


# Where `booking seed rides` offers rides.
MUMBAI = City(Point(19.0760, 72.8777), 4_000.0)


class Pace:
    """The city's time: `speed` of its seconds go by in one."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._began = monotonic()

    def restart(self) -> None:
        """It is the beginning now."""
        self._began = monotonic()

    def now(self) -> float:
        """City seconds since the beginning."""
        return (monotonic() - self._began) * self.speed

    async def sleep(self, city_seconds: float) -> None:
        await asyncio.sleep(city_seconds / self.speed)


def moved(place: Point, bearing: float, metres: float) -> Point:
    """Good enough for the size of a city."""
    lat = place.lat + metres * math.cos(bearing) / _DEGREE_M
    narrowing = math.cos(math.radians(place.lat))
    return Point(lat, place.lng + metres * math.sin(bearing) / (_DEGREE_M * narrowing))


def towards(here: Point, there: Point, metres: float) -> Point:
    """As far on the way as `metres` go."""
    distance = haversine_m(here, there)
    if distance <= metres:
        return there
    share = metres / distance
    return Point(
        here.lat + (there.lat - here.lat) * share, here.lng + (there.lng - here.lng) * share
    )


def is_at(here: Point, there: Point) -> bool:
    return haversine_m(here, there) <= _NEAR_M
