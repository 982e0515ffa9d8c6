"""A ride as its rider sees it: with the code to tell, and with who comes, in what, from where."""

from dataclasses import dataclass

from booking_core.domain.drivers import Driver, Position
from booking_core.domain.otp import is_good
from booking_core.domain.rides import ACTIVE, Ride
from booking_core.engine.rides.equipment import find_ride, ride_not_found
from booking_core.engine.rides.riders import RiderRides
from booking_core.storage.repositories import accounts, drivers


@dataclass(frozen=True, slots=True)
class Coming:
    """The driver of a ride that is not over; `position` where one was heard of."""

    name: str
    driver: Driver
    position: Position | None


@dataclass(frozen=True, slots=True)
class SeenRide:
    """`otp` while it would start the ride, `coming` while there is a driver."""

    ride: Ride
    otp: str | None
    coming: Coming | None


class RiderViews(RiderRides):
    """Reads for riders."""

    def seen(self, number: int, rider_id: str) -> SeenRide:
        """One's own ride. Raises RideNotFound."""
        now = self.now()
        with self._database.connect() as connection:
            ride = find_ride(connection, number)
            if ride.rider_id != rider_id:
                raise ride_not_found(number)
            driver = user = None
            if ride.driver_id is not None and ride.state in ACTIVE:
                driver = drivers.get(connection, ride.driver_id)
                user = accounts.by_id(connection, ride.driver_id)
        coming = None
        if driver is not None and user is not None:
            self._positions.catch_up(now)
            position = self._positions.get(driver.user_id)
            coming = Coming(user.first_name, driver, position)
        otp = self._code(ride) if is_good(ride, now, self._policy.code) else None
        return SeenRide(ride.as_of(now), otp, coming)
