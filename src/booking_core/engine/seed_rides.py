"""A service area to begin with, and its tariffs."""

from booking_core.domain.areas import ServiceArea
from booking_core.domain.geo import Point
from booking_core.engine.claiming import OPERATOR
from booking_core.engine.system import BookingSystem
from booking_core.ids import new_id
from booking_core.trades import rides

_NAME = "Mumbai"
_CENTRE = Point(19.0760, 72.8777)
_RADIUS_M = 30_000
_TIME_ZONE = "Asia/Kolkata"
_CURRENCY = "INR"


def seed_rides(
    system: BookingSystem,
    *,
    auto_approve: bool = False,
    actor: str = OPERATOR,
    origin: str | None = None,
) -> bool:
    """Put a service area of 30 km around Mumbai with tariffs for all vehicle types into a database
    that has none; whether it had none. With `auto_approve` drivers are approved as they register.
    """
    area = ServiceArea(
        id=new_id(),
        name=_NAME,
        centre=_CENTRE,
        radius_m=_RADIUS_M,
        time_zone=_TIME_ZONE,
        currency=_CURRENCY,
        auto_approve=auto_approve,
    )
    return system.rides.open_area(area, rides.TARIFFS, actor=actor, origin=origin)
