"""Points on the earth, and how far apart they are."""

import math
from dataclasses import dataclass

from booking_core.errors import InvalidRequest

# The mean radius of the earth (IUGG), in metres.
EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees north and east (WGS 84)."""

    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Place:
    """A point and what people call it."""

    name: str
    point: Point


def checked_point(lat: float, lng: float, prefix: str = "") -> Point:
    """A point of finite degrees in their ranges. Raises InvalidRequest naming `{prefix}lat` or
    `{prefix}lng`."""
    for name, value, most in (("lat", lat, 90), ("lng", lng, 180)):
        # Not a number compares as false.
        if isinstance(value, bool) or not -most <= value <= most:
            raise InvalidRequest(
                f"{prefix}{name} is in degrees, from -{most} to {most}.", field=f"{prefix}{name}"
            )
    return Point(float(lat), float(lng))


def haversine_m(a: Point, b: Point) -> float:
    """Metres along the great circle (R. W. Sinnott, Virtues of the Haversine, Sky and Telescope
    68 (1984) 159): `2 r asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2))`."""
    phi_a, phi_b = math.radians(a.lat), math.radians(b.lat)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = math.radians(b.lng - a.lng) / 2
    square = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * (
        math.sin(half_lambda) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(square)))
