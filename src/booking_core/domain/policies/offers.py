"""How long a place that became free is kept for whoever waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from booking_core.domain.policies.holds import HoldPolicy


@dataclass(frozen=True, slots=True)
class OfferPolicy:
    """`duration` of an offer, from when it is made."""

    duration: timedelta = timedelta(minutes=15)

    def expiry(self, now: datetime, starts_at: datetime) -> datetime:
        """When an offer made now ends: never past the start."""
        return min(now + self.duration, starts_at)

    def accepted_expiry(
        self, expires_at: datetime, now: datetime, starts_at: datetime, holds: HoldPolicy
    ) -> datetime:
        """When an accepted offer's hold ends: whoever accepts late has as long to pay as anybody
        who holds now, and whoever accepts early loses nothing of the offer."""
        return max(expires_at, min(holds.expiry(now), starts_at))


OFFERS = OfferPolicy()
