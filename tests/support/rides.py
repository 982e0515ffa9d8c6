"""A town with riders and drivers: short ways to make them, and to drive."""

from collections.abc import Sequence
from itertools import count

from booking_core import BookingSystem
from booking_core.domain.accounts import Role
from booking_core.domain.drivers import Driver
from booking_core.domain.fares import VehicleType
from booking_core.domain.geo import Place, Point
from booking_core.domain.ride_messages import Channel, RideMessage
from booking_core.domain.rides import Ride
from booking_core.engine.seed_rides import seed_rides
from tests.support.people import register

STATION = Place("Central Station", Point(19.0760, 72.8777))
HARBOUR = Place("Harbour", Point(19.0330, 72.8570))
# About a kilometre north or south.
A_KILOMETRE = 0.009

_numbers = count(1)


def north_of(place: Place, kilometres: float) -> Point:
    """A point so far from a place."""
    return Point(place.point.lat + kilometres * A_KILOMETRE, place.point.lng)


def open_town(system: BookingSystem) -> BookingSystem:
    """A service area whose drivers are approved at once."""
    seed_rides(system, auto_approve=True)
    return system


def a_rider(system: BookingSystem) -> str:
    """A new customer's id."""
    return register(system, f"rider{next(_numbers)}@example.org").id


def a_driver(
    system: BookingSystem,
    at: Point | None = STATION.point,
    vehicle_type: VehicleType = VehicleType.ECONOMY,
    *,
    online: bool = True,
) -> str:
    """A new driver's id: approved, online and at a point, unless told otherwise."""
    number = next(_numbers)
    user = register(system, f"driver{number}@example.org")
    system.drivers.register(user.id, vehicle_type, f"MH 01 {number}", f"DL {number}")
    if online:
        system.drivers.set_online(user.id, True)
    if at is not None:
        system.drivers.locate(user.id, at.lat, at.lng)
    return user.id


def a_ride(
    system: BookingSystem, rider: str | None = None, pickup: Place = STATION, **options: VehicleType
) -> Ride:
    """A ride to the harbour, just asked for."""
    return system.rides.request(rider or a_rider(system), pickup, HARBOUR, **options)


def under_way(system: BookingSystem, ride: Ride, driver: str) -> Ride:
    """A pending ride, taken by a driver who has started the trip."""
    system.rides.accept(ride.number, driver)
    return system.rides.start(ride.number, driver, code_of(system, ride))


def code_of(system: BookingSystem, ride: Ride) -> str:
    """The code that its rider sees."""
    code = system.rides.otp_for(ride.number, ride.rider_id)
    assert code is not None
    return code


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def told(system: BookingSystem, who: str, channel: Channel, after: int = 0) -> list[RideMessage]:
    """What somebody was sent."""
    return system.rides.messages_after(who, channel, after)


def brief(messages: Sequence[RideMessage]) -> list[str]:
    """The state or kind of each message."""
    return [str(one.payload.get("status", one.kind)) for one in messages]


def is_driver(system: BookingSystem, driver: Driver) -> bool:
    """Whether the account may do what drivers do."""
    return system.accounts.get(driver.user_id).role is Role.DRIVER
