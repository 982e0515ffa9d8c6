"""What drivers do with rides: take one, and drive it from the pickup to its end."""

from booking_core.domain.rides import Ride
from booking_core.engine.rides.desk import Desk


class DriverRides(Desk):
    """The driver's part of the façade. `driver_id` is the account's id. A ride of another driver is
    not there for it, but by `accept`, which says that it is taken."""

    def accept(self, number: int, driver_id: str, *, origin: str | None = None) -> Ride:
        """Take a pending ride; of any number of drivers one gets it. Repeated by the winner it
        gives the same.

        Raises RideNotFound, RideTaken, IllegalTransition (cancelled, expired), DriverNotFound,
        DriverNotApproved, DriverOffline, DriverBusy, OutOfReach (too far, another vehicle type,
        or not heard of lately, and not asked either).
        """
        raise NotImplementedError

    def decline(self, number: int, driver_id: str, *, origin: str | None = None) -> None:
        """Say no to an offer; where nobody else is being asked, others are at once. An offer that
        is over stays as it is. Raises RideNotFound where there was none."""
        raise NotImplementedError

    def arrived(self, number: int, driver_id: str, *, origin: str | None = None) -> Ride:
        """The driver waits at the pickup. Raises RideNotFound, IllegalTransition."""
        raise NotImplementedError

    def start(self, number: int, driver_id: str, otp: str, *, origin: str | None = None) -> Ride:
        """Begin the trip with the rider's code.

        Raises RideNotFound, IllegalTransition, InvalidRequest (no six digits), OtpInvalid with
        `attempts_left` among its details, OtpExhausted after five of these, OtpExpired.
        """
        raise NotImplementedError

    def complete(self, number: int, driver_id: str, *, origin: str | None = None) -> Ride:
        """They are there; `fare` is what it cost. Raises RideNotFound, IllegalTransition."""
        raise NotImplementedError

    def driver_cancel(
        self,
        number: int,
        driver_id: str,
        *,
        reason: str | None = None,
        origin: str | None = None,
    ) -> Ride:
        """Give a ride back before it began: it is pending again and others are asked. A driver who
        has waited for the rider long enough cancels it instead, with the fee.

        Raises RideNotFound, IllegalTransition.
        """
        raise NotImplementedError
