"""Rides as the contract shows them."""

from typing import Annotated, Any

from pydantic import Field

from booking_api.amounts import AmountOut, major
from booking_api.models import Answer, Body, Instant
from booking_core.domain.fares import VehicleType
from booking_core.domain.rides import LONGEST_TEXT, Ride, RideState
from booking_core.engine.rides.rider_views import Coming, SeenRide

BookingId = Annotated[int, Field(ge=1, lt=2**63, examples=[123])]


class Nothing(Body):
    """A body that need not be there, and says nothing."""


class Reason(Body):
    """Why, if one wants to say so."""

    reason: Annotated[str, Field(max_length=LONGEST_TEXT)] | None = None


class RideView(Answer):
    """A ride. `fare` is there once it is completed, `cancellation_fee` once it is cancelled."""

    booking_id: int = Field(examples=[123])
    status: RideState
    pickup_location: str = Field(examples=["123 Street, City"])
    pickup_lat: float
    pickup_lng: float
    dropoff_location: str = Field(examples=["456 Avenue, City"])
    dropoff_lat: float
    dropoff_lng: float
    vehicle_type: VehicleType
    distance_km: float
    duration_min: int
    estimated_cost: AmountOut
    fare: AmountOut | None
    cancellation_fee: AmountOut | None
    currency: str = Field(examples=["INR"])
    requested_at: Instant
    expires_at: Instant
    accepted_at: Instant | None
    arrived_at: Instant | None
    started_at: Instant | None
    closed_at: Instant | None
    closed_by: str | None
    reason: str | None
    stars: int | None
    comment: str | None


class ComingDriver(Answer):
    """Who comes, in what, and where they were last."""

    name: str
    vehicle_type: VehicleType
    plate_number: str = Field(examples=["MH-01-AB-1234"])
    rating: float | None = Field(examples=[4.8])
    lat: float | None
    lng: float | None


class SeenRideView(RideView):
    """A ride as its rider sees it; there is a `driver` from the acceptance to the end."""

    driver: ComingDriver | None


class RideWithCode(SeenRideView):
    """With what the rider tells the driver, for as long as it starts the trip."""

    otp: str = Field(examples=["123456"])


def ride_of(ride: Ride) -> RideView:
    return RideView(**fields_of(ride))


def seen_by_rider(seen: SeenRide) -> SeenRideView:
    """With the code where there is one; where there is none, not even its name."""
    driver = None if seen.coming is None else _coming(seen.coming)
    shown = {**fields_of(seen.ride), "driver": driver}
    return SeenRideView(**shown) if seen.otp is None else RideWithCode(**shown, otp=seen.otp)


def _coming(coming: Coming) -> ComingDriver:
    driver, position = coming.driver, coming.position
    return ComingDriver(
        name=coming.name,
        vehicle_type=driver.vehicle_type,
        plate_number=driver.plate_number,
        rating=driver.rating,
        lat=None if position is None else position.point.lat,
        lng=None if position is None else position.point.lng,
    )


def kilometres(distance_m: int) -> float:
    """To one decimal."""
    return round(distance_m / 1_000, 1)


def minutes(duration_s: int) -> int:
    """Whole ones, rounded up."""
    return -(-duration_s // 60)


def fields_of(ride: Ride) -> dict[str, Any]:
    """What everybody may see who may see the ride."""
    return {
        "booking_id": ride.number,
        "status": ride.state,
        "pickup_location": ride.pickup.name,
        "pickup_lat": ride.pickup.point.lat,
        "pickup_lng": ride.pickup.point.lng,
        "dropoff_location": ride.dropoff.name,
        "dropoff_lat": ride.dropoff.point.lat,
        "dropoff_lng": ride.dropoff.point.lng,
        "vehicle_type": ride.vehicle_type,
        "distance_km": kilometres(ride.distance_m),
        "duration_min": minutes(ride.duration_s),
        "estimated_cost": major(ride.estimate, ride.currency),
        "fare": _amount(ride.fare, ride.currency),
        "cancellation_fee": _amount(ride.cancellation_fee, ride.currency),
        "currency": ride.currency,
        **{name: getattr(ride, name) for name in _TAKEN_OVER},
    }


_TAKEN_OVER = (
    "requested_at",
    "expires_at",
    "accepted_at",
    "arrived_at",
    "started_at",
    "closed_at",
    "closed_by",
    "reason",
    "stars",
    "comment",
)


def _amount(minor: int | None, currency: str) -> Any:
    return None if minor is None else major(minor, currency)
