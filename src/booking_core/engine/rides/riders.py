"""What riders do: ask what a ride costs, ask for one, cancel it, rate it."""

from sqlalchemy.engine import Connection

from booking_core.domain.accounts import user_not_found
from booking_core.domain.areas import area_of
from booking_core.domain.fares import Quote, VehicleType
from booking_core.domain.geo import Place
from booking_core.domain.otp import code_of, is_good
from booking_core.domain.ride_messages import code_to_rider, status_to_rider
from booking_core.domain.rides import Party, Ride, RideState, code_issued, rated
from booking_core.engine.cells import demand_cell
from booking_core.engine.rides.closing import Closing
from booking_core.engine.rides.equipment import Deed, find_ride, ride_not_found
from booking_core.engine.rides.quoting import Quoting, checked_place
from booking_core.engine.rides.repeats import Repeatable
from booking_core.engine.rides.waves import ask_drivers
from booking_core.errors import RideInProgress
from booking_core.ids import is_id, new_id
from booking_core.storage.repositories import accounts, areas, drivers, rides


class RiderRides(Quoting, Closing):
    """The rider's part of the façade. `rider_id` is an account's id; a ride of somebody else is
    not there for it. `actor` is the rider where none is given."""

    def request(
        self,
        rider_id: str,
        pickup: Place,
        dropoff: Place,
        vehicle_type: VehicleType = VehicleType.ECONOMY,
        *,
        idempotency_key: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
    ) -> Ride:
        """Ask for a ride: it is pending, and the nearest free drivers have been asked. Repeated
        under its key within 24 hours it gives the same ride, as it stands by then.

        Raises OutsideServiceArea, RideInProgress, UserNotFound, IdempotencyKeyReused,
        InvalidRequest naming the field.
        """
        pickup, dropoff = checked_place(pickup, "pickup"), checked_place(dropoff, "dropoff")
        if not is_id(rider_id):
            raise user_not_found(rider_id)
        self._positions.catch_up(self.now())
        self._close_overdue(rider_id)
        repeatable = Repeatable(rider_id, idempotency_key, (pickup, dropoff, vehicle_type))
        with self._writing() as connection:
            known = repeatable.known(connection, self.now())
            if known is not None:
                return find_ride(connection, known).as_of(self.now())
            self._require_no_other(connection, rider_id)
            area = area_of(areas.everywhere(connection), pickup.point)
            quote = self._quoted(connection, area, (pickup, dropoff), vehicle_type)
            new = self._new_ride(connection, rider_id, (pickup, dropoff), area.id, quote)
            now = new.requested_at
            asked = ask_drivers(connection, self._positions, new, self._policy, now)
            rides.update(connection, asked.ride)
            repeatable.keep(connection, new.number, now)
            deed = Deed("requested", actor or rider_id, origin)
            drafts = [status_to_rider(new), *asked.drafts]
            self._tell(connection, asked.ride, deed, drafts, before=None, at=now)
            return asked.ride

    def cancel(
        self, number: int, rider_id: str, *, reason: str | None = None, origin: str | None = None
    ) -> Ride:
        """Cancel one's ride; `cancellation_fee` says what it costs. Raises RideNotFound,
        IllegalTransition (the trip is under way or over)."""
        deed = Deed("cancelled", rider_id, origin)
        with self._writing() as connection:
            ride = self._of_rider(connection, number, rider_id)
            return self._cancelled(connection, ride, Party.RIDER, reason, deed)

    def issue_otp(self, number: int, rider_id: str, *, origin: str | None = None) -> str:
        """Make a new code, which the rider is also sent; the one before counts no longer, and all
        tries are there again. Raises RideNotFound, IllegalTransition."""
        with self._writing() as connection:
            ride = self._of_rider(connection, number, rider_id)
            now = self.now()
            after = code_issued(ride, now)
            deed = Deed("otp_issued", rider_id, origin)
            self._save(connection, ride, after, deed, [code_to_rider(after, anew=True)], at=now)
        return self._code(after)

    def otp_for(self, number: int, rider_id: str) -> str | None:
        """The code to show to the rider; None where none would start the ride now. Raises
        RideNotFound."""
        with self._database.connect() as connection:
            ride = find_ride(connection, number)
        if ride.rider_id != rider_id:
            raise ride_not_found(number)
        if not is_good(ride, self.now(), self._policy.code):
            return None
        return self._code(ride)

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
        with self._writing() as connection:
            ride = self._of_rider(connection, number, rider_id)
            after = rated(ride, stars, comment)
            if ride.driver_id is not None:
                first = ride.stars is None
                drivers.add_rating(
                    connection, ride.driver_id, stars - (ride.stars or 0), 1 if first else 0
                )
            self._save(connection, ride, after, Deed("rated", rider_id, origin), at=self.now())
            return after

    def _code(self, ride: Ride) -> str:
        return code_of(self._code_key, ride.number, ride.otp_issue)

    def _of_rider(self, connection: Connection, number: int, rider_id: str) -> Ride:
        ride = self._locked(connection, number)
        if ride.rider_id != rider_id:
            raise ride_not_found(number)
        return ride

    def _require_no_other(self, connection: Connection, rider_id: str) -> None:
        """Raises UserNotFound, RideInProgress. Of two requests at once, one waits for the other."""
        if accounts.locked(connection, rider_id) is None:
            raise user_not_found(rider_id)
        other = rides.open_of(connection, rider_id)
        if other is not None:
            raise RideInProgress(f"Ride {other.number} is not over yet.", booking_id=other.number)

    def _close_overdue(self, rider_id: str) -> None:
        """A request past its end is over, whether or not anybody has noted it."""
        with self._database.connect() as connection:
            other = rides.open_of(connection, rider_id)
        if other is not None and other.as_of(self.now()).state is RideState.EXPIRED:
            with self._writing() as connection:
                self._expire(connection, self._locked(connection, other.number))

    def _new_ride(
        self,
        connection: Connection,
        rider_id: str,
        places: tuple[Place, Place],
        area_id: str,
        quote: Quote,
    ) -> Ride:
        now = self.now()
        ride = Ride(
            id=new_id(),
            number=rides.next_number(connection),
            rider_id=rider_id,
            area_id=area_id,
            vehicle_type=quote.vehicle_type,
            state=RideState.PENDING,
            pickup=places[0],
            dropoff=places[1],
            distance_m=quote.distance_m,
            duration_s=quote.duration_s,
            terms=quote.terms,
            estimate=quote.estimate,
            currency=quote.currency,
            requested_at=now,
            expires_at=now + self._policy.offers.unserved,
            next_wave_at=now,
        )
        rides.insert(connection, ride, demand_cell(places[0].point))
        return ride
