"""How long a hold lasts, how far it may be extended, how much one customer may hold."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from booking_core.errors import ExtensionLimitReached, HoldLimitReached

DEFAULT_HOLD = timedelta(minutes=15)
DEFAULT_LONGEST_HOLD = timedelta(minutes=60)
DEFAULT_CUSTOMER_LIMIT = 10


@dataclass(frozen=True, slots=True)
class HoldPolicy:
    """`duration` of a hold and of each extension; `longest` from its start, extensions included;
    `customer_limit` of places one customer may hold at a time in one inventory."""

    duration: timedelta = DEFAULT_HOLD
    longest: timedelta = DEFAULT_LONGEST_HOLD
    customer_limit: int = DEFAULT_CUSTOMER_LIMIT

    def lasting(self, duration: timedelta) -> "HoldPolicy":
        """The same with another duration, and a cap that leaves room for it."""
        return replace(self, duration=duration, longest=max(self.longest, duration))

    def expiry(self, now: datetime, asked: timedelta | None = None) -> datetime:
        """When a hold taken now ends; a shorter time may be asked for, never a longer one."""
        return now + min(asked or self.duration, self.duration)

    def extended_expiry(
        self, held_at: datetime, expires_at: datetime, now: datetime, asked: timedelta | None = None
    ) -> datetime:
        """When an extended hold ends.

        Raises ExtensionLimitReached where the absolute cap leaves nothing to extend by.
        """
        cap = held_at + self.longest
        # Compared before it is added: a time asked for may be longer than a calendar has days.
        extended = now + min(asked or self.duration, cap - now)
        if extended <= expires_at:
            minutes = int(self.longest.total_seconds() // 60)
            raise ExtensionLimitReached(
                f"This hold cannot be extended past {cap:%Y-%m-%d %H:%M:%S} UTC, "
                f"{minutes} minutes after it began. Confirm it, or hold anew.",
                limit=cap.isoformat(),
            )
        return extended

    def require_within_limit(
        self, already_held: int, wanted: int, field: str | None = None
    ) -> None:
        """Raise HoldLimitReached where `already_held + wanted` is more than one may hold; `field`
        is what asked for it."""
        if already_held + wanted > self.customer_limit:
            raise HoldLimitReached(
                f"A customer may hold {self.customer_limit} at a time here; "
                f"{already_held} are held and {wanted} more were asked for. "
                "Confirm or release some first.",
                field=field,
                limit=self.customer_limit,
                held=already_held,
                requested=wanted,
            )
