"""How much of the price comes back, by the time left before the start."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking_core.money import share


@dataclass(frozen=True, slots=True)
class RefundTier:
    """From `hours_before` the start on, `percent` of the price is refunded."""

    hours_before: int
    percent: int

    def __post_init__(self) -> None:
        if not 0 <= self.percent <= 100:
            raise ValueError(f"a refund of {self.percent} % is not possible")


@dataclass(frozen=True, slots=True)
class RefundPolicy:
    """Refund tiers, most hours first. Snapshotted on a booking when it is confirmed."""

    tiers: tuple[RefundTier, ...] = ()

    @classmethod
    def of(cls, *pairs: tuple[int, int]) -> "RefundPolicy":
        """From `(hours_before, percent)` pairs in any order."""
        return cls.from_pairs(pairs)

    @classmethod
    def from_pairs(cls, pairs: Iterable[Iterable[int]]) -> "RefundPolicy":
        tiers = (RefundTier(*pair) for pair in pairs)
        return cls(tuple(sorted(tiers, key=lambda tier: -tier.hours_before)))

    def as_pairs(self) -> list[list[int]]:
        return [[tier.hours_before, tier.percent] for tier in self.tiers]

    def percent(self, starts_at: datetime, now: datetime) -> int:
        """The percentage of the first tier whose time has not run out; 0 past the last."""
        tier = self._tier(starts_at, now)
        return 0 if tier is None else tier.percent

    def holds_until(self, starts_at: datetime, now: datetime) -> datetime | None:
        """The last moment of the percentage of now; None past the last tier."""
        tier = self._tier(starts_at, now)
        return None if tier is None else starts_at - timedelta(hours=tier.hours_before)

    def refund(self, amount: int, starts_at: datetime, now: datetime) -> int:
        """What comes back of `amount` minor units, rounded half up."""
        return share(amount, self.percent(starts_at, now), 100)

    def _tier(self, starts_at: datetime, now: datetime) -> RefundTier | None:
        """The first tier whose time has not run out."""
        left = starts_at - now
        return next(
            (tier for tier in self.tiers if left >= timedelta(hours=tier.hours_before)), None
        )


NO_REFUND = RefundPolicy()
