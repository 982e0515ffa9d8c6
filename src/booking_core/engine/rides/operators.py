"""What operators do with rides."""

from booking_core.domain.rides import Ride
from booking_core.engine.rides.desk import Desk


class OperatorRides(Desk):
    """The operator's part of the façade; `actor` says who it is."""

    def override_cancel(
        self, number: int, *, actor: str, reason: str | None = None, origin: str | None = None
    ) -> Ride:
        """Cancel a ride that is not over, also during the trip, without a fee. Raises RideNotFound,
        IllegalTransition."""
        raise NotImplementedError

    def reassign(
        self,
        number: int,
        *,
        actor: str,
        driver_id: str | None = None,
        origin: str | None = None,
    ) -> Ride:
        """Take a ride that has not begun from its driver, if it has one, and ask others; with
        `driver_id` give it to that driver, wherever it is.

        Raises RideNotFound, IllegalTransition, DriverNotFound, DriverNotApproved, DriverOffline,
        DriverBusy.
        """
        raise NotImplementedError
