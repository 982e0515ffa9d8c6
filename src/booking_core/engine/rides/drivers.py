"""What drivers do with rides: take one, and drive it from the pickup to its end."""

from sqlalchemy.engine import Connection

from booking_core.domain.drivers import Driver, driver_not_found
from booking_core.domain.geo import haversine_m
from booking_core.domain.otp import guessed
from booking_core.domain.ride_messages import Draft, status_to_driver, status_to_rider
from booking_core.domain.rides import (
    ACTIVE,
    OfferState,
    Party,
    Ride,
    RideState,
    accepted,
    arrived,
    checked_text,
    completed,
)
from booking_core.engine.rides.closing import Closing
from booking_core.engine.rides.equipment import Deed, ride_not_found
from booking_core.engine.rides.waves import ask_drivers
from booking_core.errors import IllegalTransition, OtpExhausted, OutOfReach
from booking_core.ids import is_id
from booking_core.storage.repositories import ride_offers


class DriverRides(Closing):
    """The driver's part of the façade. `driver_id` is the account's id. A ride of another driver is
    not there for it, but by `accept`, which says that it is taken."""

    def accept(self, number: int, driver_id: str, *, origin: str | None = None) -> Ride:
        """Take a pending ride; of any number of drivers one gets it. Repeated by the winner it
        gives the same.

        Raises RideNotFound, RideTaken, IllegalTransition (cancelled, expired), DriverNotFound,
        DriverNotApproved, DriverOffline, DriverBusy, OutOfReach (too far, another vehicle type,
        or not heard of lately, and not asked either), OtpExhausted (had it before, and has used
        up all tries).
        """
        if not is_id(driver_id):
            raise driver_not_found(driver_id)
        self._positions.catch_up(self.now())
        with self._writing() as connection:
            ride = self._locked(connection, number)
            if ride.driver_id == driver_id and ride.state in ACTIVE:
                return ride
            # Whether it can be had at all is said first, to whomever asks.
            accepted(ride, driver_id, self.now())
            driver = self._working(connection, driver_id)
            offer = ride_offers.states(connection, ride.id).get(driver_id)
            self._require_in_reach(ride, driver, offer)
            again = offer is OfferState.DROPPED
            if again:
                self._require_tries_left(ride)
            deed = Deed("accepted", driver_id, origin)
            return self._give(connection, ride, driver_id, deed, again=again)

    def decline(self, number: int, driver_id: str, *, origin: str | None = None) -> None:
        """Say no to an offer; where nobody else is being asked, others are at once. An offer that
        is over stays as it is. Raises RideNotFound where there was none, IllegalTransition for
        who has taken the ride."""
        with self._writing() as connection:
            ride = self._locked(connection, number)
            offer = ride_offers.states(connection, ride.id).get(driver_id)
            if offer is None:
                raise ride_not_found(number)
            if offer is OfferState.ACCEPTED:
                raise IllegalTransition("You have accepted this ride; it can only be given back.")
            if offer is not OfferState.OFFERED:
                return
            now = self.now()
            ride_offers.mark(connection, ride.id, driver_id, OfferState.DECLINED, now)
            after, drafts = ride, list[Draft]()
            if ride.expires_at > now and not ride_offers.is_any_open(connection, ride.id, now):
                asked = ask_drivers(connection, self._positions, ride, self._policy, now)
                after, drafts = asked.ride, asked.drafts
            deed = Deed("declined", driver_id, origin)
            self._save(connection, ride, after, deed, drafts, at=now)

    def arrived(self, number: int, driver_id: str, *, origin: str | None = None) -> Ride:
        """The driver waits at the pickup. Raises RideNotFound, IllegalTransition."""
        with self._writing() as connection:
            ride = self._own(connection, number, driver_id)
            after = arrived(ride, self.now())
            return self._go_on(connection, ride, after, Deed("arrived", driver_id, origin))

    def start(self, number: int, driver_id: str, otp: str, *, origin: str | None = None) -> Ride:
        """Begin the trip with the rider's code.

        Raises RideNotFound, IllegalTransition, InvalidRequest (no six digits), OtpInvalid with
        `attempts_left` among its details, OtpExhausted after five of these, OtpExpired.
        """
        # Asked for first: making it may need a transaction of its own.
        key = self._code_key
        with self._writing() as connection:
            ride = self._own(connection, number, driver_id)
            now = self.now()
            after, refusal = guessed(ride, otp, key, now, self._policy.code)
            # A wrong guess is committed as well, or it would not count.
            if refusal is None:
                self._go_on(connection, ride, after, Deed("started", driver_id, origin))
            else:
                self._save(connection, ride, after, Deed("otp_refused", driver_id, origin), at=now)
        if refusal is not None:
            raise refusal
        return after

    def complete(self, number: int, driver_id: str, *, origin: str | None = None) -> Ride:
        """They are there; `fare` is what it cost. Raises RideNotFound, IllegalTransition."""
        with self._writing() as connection:
            ride = self._own(connection, number, driver_id)
            after = completed(ride, self._policy.fares, self.now())
            return self._go_on(connection, ride, after, Deed("completed", driver_id, origin))

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
        with self._writing() as connection:
            ride = self._own(connection, number, driver_id)
            reason = checked_text("reason", reason)
            waited = ride.arrived_at is not None and (
                self.now() - ride.arrived_at >= self._policy.fares.no_show
            )
            if waited or ride.state is RideState.ON_TRIP:
                deed = Deed("cancelled", driver_id, origin)
                return self._cancelled(connection, ride, Party.DRIVER, reason, deed)
            deed = Deed("given_back", driver_id, origin)
            return self._take_away(connection, ride, deed)

    def _own(self, connection: Connection, number: int, driver_id: str) -> Ride:
        """Raises RideNotFound where it is not this driver's."""
        ride = self._locked(connection, number)
        if ride.driver_id != driver_id:
            raise ride_not_found(number)
        return ride

    def _go_on(self, connection: Connection, ride: Ride, after: Ride, deed: Deed) -> Ride:
        """Save the next step of a trip, and tell both."""
        drafts = [status_to_rider(after)]
        if after.driver_id is not None:
            drafts.append(status_to_driver(after, after.driver_id))
        self._save(connection, ride, after, deed, drafts, at=self.now())
        return after

    def _require_tries_left(self, ride: Ride) -> None:
        """Giving a ride back and taking it again must not buy tries. Raises OtpExhausted."""
        if ride.otp_tries >= self._policy.code.tries:
            raise OtpExhausted(
                f"The code was guessed wrong {ride.otp_tries} times; this ride is for others.",
                attempts_left=0,
            )

    def _require_in_reach(self, ride: Ride, driver: Driver, offer: OfferState | None) -> None:
        """A driver who was asked is; others by their vehicle and where they are. Raises
        OutOfReach."""
        if offer is not None and offer is not OfferState.DROPPED:
            return
        position = self._positions.get(driver.user_id)
        if (
            driver.vehicle_type is not ride.vehicle_type
            or position is None
            or position.at <= self.now() - self._policy.presence.vanished
            or haversine_m(position.point, ride.pickup.point) > self._policy.offers.reach_m
        ):
            raise OutOfReach(
                "This ride is out of reach, for another type of vehicle, or the driver was not "
                "heard of lately: PUT /driver/location."
            )
