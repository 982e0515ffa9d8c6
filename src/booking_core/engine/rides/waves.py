"""Asking drivers: the next wave of offers for a pending ride."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from booking_core.domain.dispatch import after_wave, not_to_be_asked, waves_to_try
from booking_core.domain.drivers import NearDriver
from booking_core.domain.fares import VehicleType
from booking_core.domain.geo import Point
from booking_core.domain.policies.rides import RidePolicy
from booking_core.domain.ride_messages import Draft, offer_to, withdrawal_from
from booking_core.domain.rides import OfferState, Ride
from booking_core.engine.positions import Positions
from booking_core.storage.repositories import drivers, ride_offers

_LEAST_LOOKED_AT = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """The ride after a wave, whom it asked, and what is to be told."""

    ride: Ride
    driver_ids: list[str]
    drafts: list[Draft]


def ask_drivers(
    connection: Connection, positions: Positions, ride: Ride, policy: RidePolicy, now: datetime
) -> Asked:
    """Offer a pending ride to the nearest free drivers who have not been asked, reaching farther
    until there are some. Under the ride's lock; the ride itself is the caller's to write."""
    lapsed = ride_offers.close(connection, ride.id, OfferState.TIMED_OUT, now, due_by=now)
    states = ride_offers.states(connection, ride.id)
    found: list[NearDriver] = []
    wave = ride.wave
    for wave in waves_to_try(ride.wave, policy.offers):
        found = free_near(
            connection,
            positions,
            ride.pickup.point,
            ride.vehicle_type,
            radius_m=policy.offers.radius_m(wave),
            wanted=policy.offers.drivers,
            heard_after=now - policy.presence.vanished,
            but=not_to_be_asked(states, wave, policy.offers),
        )
        if found:
            break
    asked = [driver.driver_id for driver in found]
    after = after_wave(ride, wave, len(asked), policy.offers, now)
    if asked:
        ends = min(now + policy.offers.lasts, ride.expires_at)
        ride_offers.put(connection, after, asked, OfferState.OFFERED, expires_at=ends, now=now)
    drafts = [withdrawal_from(ride, driver_id) for driver_id in lapsed]
    return Asked(after, asked, drafts + [offer_to(ride, driver_id) for driver_id in asked])


def free_near(
    connection: Connection,
    positions: Positions,
    point: Point,
    vehicle_type: VehicleType,
    *,
    radius_m: int,
    wanted: int,
    heard_after: datetime,
    but: Container[str] = frozenset(),
) -> list[NearDriver]:
    """Approved, online drivers without a ride near a point, nearest first: where they are is looked
    up in memory, whether they are free in the database."""
    found: list[NearDriver] = []
    looked_at, most = 0, max(2 * wanted, _LEAST_LOOKED_AT)
    while len(found) < wanted:
        near = positions.nearest(point, radius_m, most, heard_after=heard_after, but=but)
        unseen = near[looked_at:]
        if not unseen:
            break
        ids = [driver.driver_id for driver in unseen]
        free = drivers.free_among(connection, ids, vehicle_type)
        found += [driver for driver in unseen if driver.driver_id in free]
        looked_at, most = len(near), 4 * most
    return found[:wanted]
