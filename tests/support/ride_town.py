"""A town in which people ask for rides and others drive, as they meet the server: over HTTP alone.

Only operators work beside it: they approve drivers.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import httpx

from booking_core.engine.seed_rides import seed_rides
from tests.support.api_shop import Caller, Shop, done

CENTRE = (19.0760, 72.8777)
AIRPORT = (19.0896, 72.8656)
FAR_AWAY = (28.6139, 77.2090)
"""Another city."""

_plates = itertools.count(1)


def asked_for(
    pickup: tuple[float, float] = CENTRE, dropoff: tuple[float, float] = AIRPORT, **changes: Any
) -> dict[str, Any]:
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
    """A shop whose customers also ride."""

    shop: Shop

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

    async def driver(
        self, at: tuple[float, float] = CENTRE, vehicle_type: str = "economy"
    ) -> Caller:
        """An approved one, online."""
        who = await self.applicant(vehicle_type)
        self.shop.api.system.drivers.approve(who.id, actor="test")
        done(await who.put("/driver/status", {"online": True}), 200)
        await drive_to(who, at)
        return who

    async def request(self, rider: Caller, **changes: Any) -> int:
        """A ride that nobody has taken yet."""
        made = done(await rider.post("/rides", asked_for(**changes)), 201)
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


async def drive_to(driver: Caller, place: tuple[float, float]) -> None:
    body = {"lat": place[0], "lng": place[1]}
    done(await driver.put("/driver/location", body), 200)


async def act(driver: Caller, ride: int, deed: str, **body: Any) -> httpx.Response:
    """What a driver does about a ride."""
    return await driver.post(f"/driver/rides/{ride}/{deed}", body or None)


def wrong(code: str) -> str:
    """Another code than this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def ride_refused(answer: httpx.Response, status: int, code: str | None = None) -> Any:
    """The error of an answer of the ride contract; asserts its shape."""
    error = done(answer, status)
    assert error["success"] is False, error
    assert error["message"], error
    assert error["code"] == error["code"].upper(), error
    if code is not None:
        assert error["code"] == code, error
    return error
