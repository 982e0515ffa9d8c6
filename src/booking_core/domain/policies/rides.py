"""How long things of a ride may take, how far drivers are asked, what is charged besides."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class OfferPolicy:
    """Each wave asks up to `drivers` for `lasts`, the n-th within the n-th of `radii_m` metres (the
    last one again after that); where nobody was found it looks again after `pause`. A request
    that nobody takes expires after `unserved`."""

    drivers: int = 5
    lasts: timedelta = timedelta(seconds=15)
    radii_m: tuple[int, ...] = (2_000, 4_000, 8_000, 15_000)
    pause: timedelta = timedelta(seconds=2)
    unserved: timedelta = timedelta(minutes=5)

    @property
    def reach_m(self) -> int:
        """From how far away a driver may accept."""
        return self.radii_m[-1]

    def radius_m(self, wave: int) -> int:
        """Of the wave of this number, counted from 1."""
        return self.radii_m[min(wave, len(self.radii_m)) - 1]


@dataclass(frozen=True, slots=True)
class PresencePolicy:
    """A driver of whom nothing was heard for `vanished` is asked for nothing; after `lost` without
    a word the ride is given to another, as long as it has not begun."""

    vanished: timedelta = timedelta(seconds=30)
    lost: timedelta = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class CodePolicy:
    """The one-time code that starts a trip: good for `good_for` after the driver's arrival or its
    own issue, whichever is later, and for `tries` wrong guesses."""

    good_for: timedelta = timedelta(minutes=10)
    tries: int = 5


@dataclass(frozen=True, slots=True)
class FarePolicy:
    """`road_percent` of the distance as the crow flies is driven: about 1.3 in cities on a grid and
    in India (R. H. Ballou et al., Selected country circuity factors for road travel distance
    estimation, Transportation Research A 36 (2002) 843). The final fare lies within
    `bound_percent` of the estimate. It is night from `night_from` to `night_until` o'clock. A rider
    cancels without a fee for `free` after a driver accepted; a driver who has waited for `no_show`
    may leave at the rider's expense. Nobody is driven farther than `longest_m`."""

    road_percent: int = 130
    bound_percent: int = 20
    night_from: int = 23
    night_until: int = 5
    free: timedelta = timedelta(minutes=2)
    no_show: timedelta = timedelta(minutes=5)
    longest_m: int = 200_000


@dataclass(frozen=True, slots=True)
class SurgePolicy:
    """Each request more than there are free drivers around adds `step_percent` per driver there, up
    to `most_percent` of the fare; fewer than `least_requests` change nothing."""

    least_requests: int = 3
    step_percent: int = 50
    most_percent: int = 200


@dataclass(frozen=True, slots=True)
class RidePolicy:
    """All of them together."""

    offers: OfferPolicy = OfferPolicy()
    presence: PresencePolicy = PresencePolicy()
    code: CodePolicy = CodePolicy()
    fares: FarePolicy = FarePolicy()
    surge: SurgePolicy = SurgePolicy()
