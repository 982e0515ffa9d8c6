"""A town in which people ask for rides and others drive, as they meet the server: over HTTP alone.

Only operators work beside it: they approve drivers.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx

from booking_core.engine.seed_rides import seed_rides
from tests.support.api_shop import Caller, Shop, done

AIRPORT = (19.0896, 72.8656)
FAR_AWAY = (28.6139, 77.2090)
"""Another city."""

Spot = tuple[float, float]

_plates = itertools.count(1)
_spots = itertools.count()
_SPOTS_IN_A_ROW = 60
_APART = 0.004


def own_spot() -> Spot:
    """A street corner, 400 metres from any other that was given."""
    row, column = divmod(next(_spots), _SPOTS_IN_A_ROW)
    return 19.07 + _APART * row, 72.76 + _APART * column


def asked_for(pickup: Spot = (19.076, 72.8777), dropoff: Spot = AIRPORT, **changes: Any) -> Any:
    """The body of a request for a ride."""
    return {
        "pickup_location": "123 Street, City",
        "pickup_lat": pickup[0],
        "pickup_lng": pickup[1],
        "dropoff_location": "456 Avenue, City",
        "dropoff_lat": dropoff[0],
        "dropoff_lng": dropoff[1],
        **changes,
    }


def papers(vehicle_type: str = "economy") -> dict[str, str]:
    """What a new driver shows: no two have the same."""
    number = next(_plates)
    return {
        "vehicle_type": vehicle_type,
        "plate_number": f"MH-01-AB-{number:04}",
        "license_number": f"MH01-2020-{number:07}",
    }


@dataclass(frozen=True, slots=True)
class Town:
    """A shop whose customers also ride, and where one test's drivers wait: far enough from those
    of others that they are asked first."""

    shop: Shop
    spot: Spot = field(default_factory=own_spot, kw_only=True)

    def open(self) -> None:
        """Begin to offer rides, where nobody has yet."""
        seed_rides(self.shop.api.system, actor="test")

    async def rider(self) -> Caller:
        return await self.shop.customer()

    async def applicant(self, vehicle_type: str = "economy") -> Caller:
        """Somebody who wants to drive, and was not approved yet."""
        who = await self.shop.customer()
        done(await who.post("/driver/register", papers(vehicle_type)), 201)
        return who

    async def driver(self, at: Spot | None = None, vehicle_type: str = "economy") -> Caller:
        """An approved one, online, at the spot."""
        who = await self.applicant(vehicle_type)
        self.shop.api.system.drivers.approve(who.id, actor="test")
        done(await who.put("/driver/status", {"online": True}), 200)
        await drive_to(who, at or self.spot)
        return who

    async def request(self, rider: Caller, **changes: Any) -> int:
        """A ride from the spot that nobody has taken yet."""
        asked = {"pickup": self.spot, **changes}
        made = done(await rider.post("/rides", asked_for(**asked)), 201)
        found: int = made["booking_id"]
        return found

    async def accepted(self) -> "Trip":
        """A ride on which a driver is on the way to the rider."""
        rider, driver = await self.rider(), await self.driver()
        ride = await self.request(rider)
        done(await act(driver, ride, "accept"), 200)
        return Trip(rider, driver, ride)

    async def begun(self) -> "Trip":
        """A ride that is on its way."""
        trip = await self.accepted()
        done(await act(trip.driver, trip.ride, "arrived"), 200)
        done(await act(trip.driver, trip.ride, "start", otp=await trip.code()), 200)
        return trip

    async def completed(self) -> "Trip":
        trip = await self.begun()
        done(await act(trip.driver, trip.ride, "complete"), 200)
        return trip


@dataclass(frozen=True, slots=True)
class Trip:
    """A ride with its two people."""

    rider: Caller
    driver: Caller
    ride: int

    async def look(self) -> Any:
        """As the rider sees it."""
        return await self.rider.read(f"/rides/{self.ride}")

    async def code(self) -> str:
        """What the rider tells the driver."""
        found: str = (await self.look())["otp"]
        return found


async def drive_to(driver: Caller, place: Spot) -> None:
    body = {"lat": place[0], "lng": place[1]}
    done(await driver.put("/driver/location", body), 200)


async def act(driver: Caller, ride: int, deed: str, **body: Any) -> httpx.Response:
    """What a driver does about a ride."""
    return await driver.post(f"/driver/rides/{ride}/{deed}", body or None)


def wrong(code: str) -> str:
    """Another code than this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"
