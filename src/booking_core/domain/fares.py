"""What a ride costs: tariffs, estimates, surge, the final fare, and fees."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from booking_core.domain.geo import Point, haversine_m
from booking_core.domain.policies.rides import FarePolicy, SurgePolicy
from booking_core.money import share


class VehicleType(StrEnum):
    ECONOMY = "economy"
    PREMIUM = "premium"
    VAN = "van"


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices of one vehicle type in a service area, in minor units. `night_percent` of the fare is
    taken at night; `speed_kmh` is what times are estimated by."""

    vehicle_type: VehicleType
    base: int
    per_km: int
    per_minute: int
    minimum: int
    cancellation_fee: int
    night_percent: int
    speed_kmh: int


@dataclass(frozen=True, slots=True)
class Terms:
    """A tariff as it stood for one ride, with the percentages that applied when it was asked for.
    The final fare is reckoned by the same."""

    base: int
    per_km: int
    per_minute: int
    minimum: int
    cancellation_fee: int
    night_percent: int
    surge_percent: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_dict(cls, shape: dict[str, Any]) -> "Terms":
        return cls(**shape)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a ride would cost now; `estimate` in minor units of `currency`."""

    vehicle_type: VehicleType
    distance_m: int
    duration_s: int
    estimate: int
    currency: str
    terms: Terms

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "vehicle_type": str(self.vehicle_type),
            "distance_m": self.distance_m,
            "duration_s": self.duration_s,
            "estimate": self.estimate,
            "currency": self.currency,
            "surge_percent": self.terms.surge_percent,
            "night_percent": self.terms.night_percent,
        }


def road_distance_m(pickup: Point, dropoff: Point, policy: FarePolicy) -> int:
    """Metres that are driven, as far as one can say without a map."""
    return share(round(haversine_m(pickup, dropoff)), policy.road_percent, 100)


def duration_s(distance_m: int, speed_kmh: int) -> int:
    """Seconds for a distance at a speed, rounded half up."""
    return share(distance_m, 3_600, speed_kmh * 1_000)


def is_night(at: datetime, time_zone: str, policy: FarePolicy) -> bool:
    """Whether the clocks of the service area show a night hour."""
    hour = at.astimezone(ZoneInfo(time_zone)).hour
    if policy.night_from <= policy.night_until:
        return policy.night_from <= hour < policy.night_until
    return hour >= policy.night_from or hour < policy.night_until


def surge_percent(requests: int, drivers: int, policy: SurgePolicy) -> int:
    """100 while there is a free driver for each open request around, then
    `100 + step × (requests - drivers) / drivers`, at most `most_percent`.

    Scarce drivers are kept for those near them: M. Castillo, D. Knoepfle and E. G. Weyl, Surge
    Pricing Solves the Wild Goose Chase (EC 2017).
    """
    if requests < policy.least_requests or requests <= drivers:
        return 100
    if drivers == 0:
        return policy.most_percent
    extra = share(policy.step_percent, requests - drivers, drivers)
    return min(100 + extra, policy.most_percent)


def terms_of(tariff: Tariff, *, night: bool, surge: int) -> Terms:
    """A tariff as it applies now; `surge` is a percentage."""
    return Terms(
        tariff.base,
        tariff.per_km,
        tariff.per_minute,
        tariff.minimum,
        tariff.cancellation_fee,
        tariff.night_percent if night else 100,
        surge,
    )


def fare(terms: Terms, distance_m: int, duration_s: int) -> int:
    """`(base + km × per km + min × per minute) × night × surge`, each product rounded half up to
    minor units, and at least the minimum."""
    plain = (
        terms.base
        + share(terms.per_km, distance_m, 1_000)
        + share(terms.per_minute, duration_s, 60)
    )
    return max(share(plain, terms.night_percent * terms.surge_percent, 10_000), terms.minimum)


def fare_bounds(estimate: int, policy: FarePolicy) -> tuple[int, int]:
    """The least and the most that a ride of this estimate may cost in the end."""
    margin = share(estimate, policy.bound_percent, 100)
    return estimate - margin, estimate + margin


def final_fare(
    terms: Terms, estimate: int, distance_m: int, took: timedelta, policy: FarePolicy
) -> int:
    """By the time that the trip really took, within the bounds of the estimate."""
    seconds = max(took // timedelta(seconds=1), 0)
    least, most = fare_bounds(estimate, policy)
    return min(max(fare(terms, distance_m, seconds), least), most)


def cancellation_fee(
    terms: Terms,
    estimate: int,
    *,
    accepted_at: datetime | None,
    arrived_at: datetime | None,
    now: datetime,
    policy: FarePolicy,
) -> int:
    """What a rider pays who cancels now: nothing until a driver has accepted and for a little while
    after, then the tariff's fee, but never more than the ride. A driver who is there is owed it at
    once."""
    if accepted_at is None or (arrived_at is None and now - accepted_at <= policy.free):
        return 0
    return min(terms.cancellation_fee, estimate)
