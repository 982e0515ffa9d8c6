"""One ride, and the states it goes through."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from booking_core.domain.fares import Terms, VehicleType, cancellation_fee, final_fare
from booking_core.domain.geo import Place
from booking_core.domain.policies.rides import FarePolicy
from booking_core.domain.transitions import TransitionTable
from booking_core.errors import IllegalTransition, InvalidRequest, OutOfReach, RideTaken
from booking_core.ids import is_storable

LONGEST_TEXT = 500
MOST_STARS = 5


class RideState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    ARRIVED = "arrived"
    ON_TRIP = "on_trip"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class OfferState(StrEnum):
    """`offered` to a driver until it ends; `withdrawn`: another took the ride, or it is no more;
    `dropped`: accepted, and given up again."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"
    DROPPED = "dropped"


class Party(StrEnum):
    """Who may cancel a ride."""

    RIDER = "rider"
    DRIVER = "driver"
    OPERATOR = "operator"


# A driver who has one of these has no time for another.
ACTIVE = frozenset({RideState.ACCEPTED, RideState.ARRIVED, RideState.ON_TRIP})
# A rider who has one of these asks for no other.
OPEN = ACTIVE | {RideState.PENDING}

# A ride that loses its driver before it began is offered anew.
RIDE_TRANSITIONS = TransitionTable(
    "ride",
    {
        RideState.PENDING: frozenset({RideState.ACCEPTED, RideState.CANCELLED, RideState.EXPIRED}),
        RideState.ACCEPTED: frozenset(
            {RideState.ARRIVED, RideState.ON_TRIP, RideState.CANCELLED, RideState.PENDING}
        ),
        RideState.ARRIVED: frozenset({RideState.ON_TRIP, RideState.CANCELLED, RideState.PENDING}),
        RideState.ON_TRIP: frozenset({RideState.COMPLETED, RideState.CANCELLED}),
    },
)


@dataclass(frozen=True, slots=True)
class Ride:
    """A ride; `number` is the contract's `booking_id`. Times are aware UTC, money whole minor
    units. The code that starts it is not in here: `otp_issue` says which one counts, `otp_tries`
    how often it was guessed wrong. `closed_by` says who cancelled it.
    """

    id: str
    number: int
    rider_id: str
    area_id: str
    vehicle_type: VehicleType
    state: RideState
    pickup: Place
    dropoff: Place
    distance_m: int
    duration_s: int
    terms: Terms
    estimate: int
    currency: str
    requested_at: datetime
    expires_at: datetime
    driver_id: str | None = None
    fare: int | None = None
    cancellation_fee: int | None = None
    accepted_at: datetime | None = None
    arrived_at: datetime | None = None
    started_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: Party | None = None
    reason: str | None = None
    wave: int = 0
    next_wave_at: datetime | None = None
    otp_issue: int = 0
    otp_issued_at: datetime | None = None
    otp_tries: int = 0
    stars: int | None = None
    comment: str | None = None

    def as_of(self, now: datetime) -> "Ride":
        """As it stands at a time: a request past its end has expired, whether or not that was
        noted."""
        if self.state is RideState.PENDING and self.expires_at <= now:
            return replace(self, state=RideState.EXPIRED)
        return self

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        times = {
            name: found.isoformat() if (found := getattr(self, name)) else None for name in _TIMES
        }
        return {
            "id": self.id,
            "number": self.number,
            "rider_id": self.rider_id,
            "driver_id": self.driver_id,
            "area_id": self.area_id,
            "vehicle_type": str(self.vehicle_type),
            "state": str(self.state),
            "pickup": _place(self.pickup),
            "dropoff": _place(self.dropoff),
            "distance_m": self.distance_m,
            "duration_s": self.duration_s,
            "estimate": self.estimate,
            "fare": self.fare,
            "cancellation_fee": self.cancellation_fee,
            "currency": self.currency,
            **times,
            "closed_by": None if self.closed_by is None else str(self.closed_by),
            "reason": self.reason,
            "wave": self.wave,
            "stars": self.stars,
            "comment": self.comment,
        }


_TIMES = (
    "requested_at",
    "expires_at",
    "accepted_at",
    "arrived_at",
    "started_at",
    "closed_at",
)


def _place(place: Place) -> dict[str, Any]:
    return {"name": place.name, "lat": place.point.lat, "lng": place.point.lng}


# What may become of a ride. Each gives the ride as it is afterwards, or raises IllegalTransition.


def accepted(ride: Ride, driver_id: str, now: datetime, *, again: bool = False) -> Ride:
    """The first driver's. Its code is a new one, but who had the ride `again` and again has no more
    tries for that. Raises RideTaken where it is another's, OutOfReach for a driver who asked for
    it: such a trip would earn stars and fares from oneself."""
    if driver_id == ride.rider_id:
        raise OutOfReach(f"Ride {ride.number} is your own.", booking_id=ride.number)
    if ride.driver_id is not None:
        raise RideTaken(
            f"Ride {ride.number} has been taken by another driver.", booking_id=ride.number
        )
    code = _new_code(ride, now)
    if again:
        del code["otp_tries"]
    return replace(
        _moved(ride.as_of(now), RideState.ACCEPTED),
        driver_id=driver_id,
        accepted_at=now,
        next_wave_at=None,
        **code,
    )


def arrived(ride: Ride, now: datetime) -> Ride:
    """The driver waits at the pickup."""
    return replace(_moved(ride, RideState.ARRIVED), arrived_at=now)


def started(ride: Ride, now: datetime) -> Ride:
    """The code was right."""
    return replace(_moved(ride, RideState.ON_TRIP), started_at=now)


def completed(ride: Ride, policy: FarePolicy, now: datetime) -> Ride:
    """They are there; the fare is what it cost."""
    after = replace(_moved(ride, RideState.COMPLETED), closed_at=now)
    took = now - (ride.started_at or now)
    fare = final_fare(ride.terms, ride.estimate, ride.distance_m, took, policy)
    return replace(after, fare=fare)


def cancelled(ride: Ride, by: Party, reason: str | None, policy: FarePolicy, now: datetime) -> Ride:
    """Cancelled, with the fee that is due; an operator takes none, and is the only one who may do
    so during the trip."""
    if ride.state is RideState.ON_TRIP and by is not Party.OPERATOR:
        raise IllegalTransition("The trip is under way; it can only be completed.")
    after = _moved(ride.as_of(now), RideState.CANCELLED)
    fee = cancellation_fee(
        ride.terms,
        ride.estimate,
        accepted_at=ride.accepted_at,
        arrived_at=ride.arrived_at,
        now=now,
        policy=policy,
    )
    return replace(
        after,
        cancellation_fee=0 if by is Party.OPERATOR else fee,
        closed_at=now,
        closed_by=by,
        reason=reason,
        next_wave_at=None,
    )


def expired(ride: Ride, now: datetime) -> Ride:
    """Nobody took it."""
    return replace(_moved(ride, RideState.EXPIRED), closed_at=now, next_wave_at=None)


def offered_anew(ride: Ride, unserved: timedelta, now: datetime) -> Ride:
    """Others are asked, from near to far, for as long as at first; a driver that it has loses
    it. How often the code was guessed stays, for the case that the same one takes it again."""
    if ride.state is not RideState.PENDING:
        ride = _moved(ride, RideState.PENDING)
    return replace(
        ride,
        driver_id=None,
        accepted_at=None,
        arrived_at=None,
        expires_at=now + unserved,
        wave=0,
        next_wave_at=now,
        otp_issued_at=None,
    )


def code_issued(ride: Ride, now: datetime) -> Ride:
    """A new code; the one before counts no longer. Raises IllegalTransition where none is due."""
    if ride.state not in {RideState.ACCEPTED, RideState.ARRIVED}:
        RIDE_TRANSITIONS.require(ride.state, RideState.ON_TRIP)
    return replace(ride, **_new_code(ride, now))


def rated(ride: Ride, stars: int, comment: str | None) -> Ride:
    """What the rider thinks of a ride that was completed; another rating replaces the first.

    Raises InvalidRequest, IllegalTransition.
    """
    if isinstance(stars, bool) or not 1 <= stars <= MOST_STARS:
        raise InvalidRequest(f"A rating has 1 to {MOST_STARS} stars.", field="stars")
    if ride.state is not RideState.COMPLETED:
        raise IllegalTransition("A ride is rated once it is completed.", current=str(ride.state))
    return replace(ride, stars=stars, comment=checked_text("comment", comment))


def checked_text(field: str, text: str | None) -> str | None:
    """A remark without surrounding blanks; None for an empty one. Raises InvalidRequest."""
    stripped = (text or "").strip()
    if len(stripped) > LONGEST_TEXT or not is_storable(stripped):
        raise InvalidRequest(f"{field} is a text of up to {LONGEST_TEXT} characters.", field=field)
    return stripped or None


def checked_place_name(field: str, text: str) -> str:
    """What people call a place. Raises InvalidRequest."""
    name = checked_text(field, text)
    if name is None:
        raise InvalidRequest(f"{field} says where that is.", field=field)
    return name


def _moved(ride: Ride, target: RideState) -> Ride:
    RIDE_TRANSITIONS.require(ride.state, target)
    return replace(ride, state=target)


def _new_code(ride: Ride, now: datetime) -> dict[str, Any]:
    return {"otp_issue": ride.otp_issue + 1, "otp_issued_at": now, "otp_tries": 0}
