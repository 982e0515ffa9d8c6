"""Who is asked to drive: the nearest free drivers, in waves that reach farther and farther."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from booking_core.domain.policies.rides import OfferPolicy
from booking_core.domain.rides import OfferState, Ride

# What a driver has said no to, or given up, is not offered again.
_NEVER_AGAIN = frozenset(
    {OfferState.OFFERED, OfferState.ACCEPTED, OfferState.DECLINED, OfferState.DROPPED}
)


def waves_to_try(wave: int, policy: OfferPolicy) -> range:
    """The waves after this one, until somebody is found; the widest is tried again and again."""
    return range(wave + 1, max(wave + 1, len(policy.radii_m)) + 1)


def not_to_be_asked(
    states: Mapping[str, OfferState], wave: int, policy: OfferPolicy
) -> frozenset[str]:
    """Drivers to pass over in a wave, by what came of earlier offers. Who did not answer is asked
    once more when there is nobody farther off."""
    passed_over = set(_NEVER_AGAIN)
    if wave < len(policy.radii_m):
        passed_over.add(OfferState.TIMED_OUT)
    return frozenset(driver for driver, state in states.items() if state in passed_over)


def after_wave(ride: Ride, wave: int, asked: int, policy: OfferPolicy, now: datetime) -> Ride:
    """The ride when a wave has asked so many; when the next one is due, at the latest as the
    request ends."""
    waits = policy.lasts if asked else policy.pause
    return replace(ride, wave=wave, next_wave_at=min(now + waits, ride.expires_at))
