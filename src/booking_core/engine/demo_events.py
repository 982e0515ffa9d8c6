"""A programme of any length, to look at and to measure on."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from booking_core.domain.inventory import Kind, TierDraft
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.programme import DEFAULT_CURRENCY, PerformanceDraft, VenueDraft
from booking_core.trades import events as trade

SEEDED_VENUE = VenueDraft(
    name="Old Mill",
    address="2 Mill Lane",
    city="Pune",
    state="Maharashtra",
    country="India",
    postal_code="411001",
    capacity=2_000,
    time_zone="Asia/Kolkata",
    source_ref="seed:venue",
)
_KINDS = ("Jazz Night", "Poetry Slam", "Chamber Music", "Stand-up", "Film Club", "Dance Evening")
_TIERS = (
    TierDraft("VIP", 250_000, 100),
    TierDraft("Premium", 120_000, 400),
    TierDraft("General", 50_000, 1_000),
)
_FIRST, _APART, _LASTS = timedelta(days=1), timedelta(hours=3), timedelta(hours=2)


def programme_drafts(
    now: datetime, count: int, holds: HoldPolicy = trade.HOLDS
) -> Iterator[PerformanceDraft]:
    """Counted events in one venue, one every three hours from tomorrow on. The same again for the
    rest of the day (UTC)."""
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) + _FIRST
    for number in range(count):
        starts_at = begin + number * _APART
        kind = _KINDS[number % len(_KINDS)]
        yield PerformanceDraft(
            name=f"{kind} {number + 1}",
            kind=Kind.COUNTED,
            starts_at=starts_at,
            ends_at=starts_at + _LASTS,
            time_zone=SEEDED_VENUE.time_zone,
            currency=DEFAULT_CURRENCY,
            tiers=_TIERS,
            source_ref=f"seed:event:{starts_at.isoformat()}",
            holds=holds,
            refunds=trade.REFUNDS,
            venue=SEEDED_VENUE,
            description=f"{kind} at the {SEEDED_VENUE.name}, number {number + 1} of the season.",
            ceiling=SEEDED_VENUE.capacity,
        )
