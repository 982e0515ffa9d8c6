"""What riders do: ask what a ride costs, ask for one, cancel it, rate it."""

from booking_core.domain.fares import Quote, VehicleType
from booking_core.domain.geo import Place
from booking_core.domain.rides import Ride
from booking_core.engine.rides.desk import Desk


class RiderRides(Desk):
    """The rider's part of the façade. `rider_id` is an account's id; a ride of somebody else is
    not there for it. `actor` is the rider where none is given."""

    def quote(
        self, pickup: Place, dropoff: Place, vehicle_type: VehicleType = VehicleType.ECONOMY
    ) -> Quote:
        """What a ride would cost if it were asked for now; nothing is written.

        Make places by `domain.geo.Place(name, checked_point(lat, lng, "pickup_"))`. Raises
        OutsideServiceArea, InvalidRequest naming the field.
        """
        raise NotImplementedError

    def request(
        self,
        rider_id: str,
        pickup: Place,
        dropoff: Place,
        vehicle_type: VehicleType = VehicleType.ECONOMY,
        *,
        actor: str | None = None,
        origin: str | None = None,
    ) -> Ride:
        """Ask for a ride: it is pending, and the nearest free drivers have been asked.

        Raises OutsideServiceArea, RideInProgress, UserNotFound, InvalidRequest naming the field.
        """
        raise NotImplementedError

    def cancel(
        self,
        number: int,
        rider_id: str,
        *,
        reason: str | None = None,
        origin: str | None = None,
    ) -> Ride:
        """Cancel one's ride; `cancellation_fee` says what it costs. Raises RideNotFound,
        IllegalTransition (the trip is under way or over)."""
        raise NotImplementedError

    def issue_otp(self, number: int, rider_id: str, *, origin: str | None = None) -> str:
        """Make a new code, which the rider is also sent; the one before counts no longer, and all
        tries are there again. Raises RideNotFound, IllegalTransition."""
        raise NotImplementedError

    def otp_for(self, number: int, rider_id: str) -> str | None:
        """The code to show to the rider; None where none would start the ride now. Raises
        RideNotFound."""
        raise NotImplementedError

    def rate(
        self,
        number: int,
        rider_id: str,
        stars: int,
        comment: str | None = None,
        *,
        origin: str | None = None,
    ) -> Ride:
        """Rate the driver of a completed ride, or rate anew. Raises RideNotFound, InvalidRequest,
        IllegalTransition."""
        raise NotImplementedError
