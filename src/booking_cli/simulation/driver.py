"""Somebody who drives."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from booking_cli.simulation.city import is_at, towards
from booking_cli.simulation.person import Person, World
from booking_cli.simulation.rider import Rider
from booking_core.domain.geo import Point

# Metres a city second: 32 km/h.
_SPEED = 9.0
# Real seconds between two looks at the street.
_TICK = 0.25
# City seconds.
_LONGEST_THOUGHT = 12.0
_LONGEST_ABSENCE = 240.0
# Of all offers and rides.
_ACCEPTS, _DECLINES = 0.8, 0.15
_VANISHES, _GIVES_BACK, _MISTYPES = 0.04, 0.04, 0.1


class Mode(StrEnum):
    """What a driver is about."""

    FREE = "free"
    AWAY = "away"
    TO_PICKUP = "to pickup"
    AT_PICKUP = "at pickup"
    ON_TRIP = "on trip"


@dataclass(slots=True)
class Job:
    """A ride that this driver has."""

    booking_id: int
    pickup: Point
    dropoff: Point


class Driver(Person):
    """Roams, accepts, declines, drives, and now and then vanishes without a word."""

    def __init__(
        self, world: World, name: str, number: str, rider_of: Callable[[int], Rider | None]
    ) -> None:
        super().__init__(world, name)
        self.place = world.city.anywhere(world.chance)
        self.mode = Mode.FREE
        self.job: Job | None = None
        self._number = number
        self._rider_of = rider_of
        self._goal = world.city.anywhere(world.chance)
        self._offers: dict[int, float] = {}
        self._back_at = 0.0
        self._was_at = world.pace.now()

    async def sign_on(self) -> None:
        """Register and go online. Raises Refused where drivers are not approved at once."""
        papers = {
            "vehicle_type": "economy",
            "plate_number": f"SIM-{self._number}",
            "license_number": f"SIM-L-{self._number}",
        }
        await self.must("POST", "/driver/register", papers)
        await self.must("PUT", "/driver/status", {"online": True})
        await self._tell_place()

    async def hear_offers(self) -> None:
        path = "/ws/driver/available_bookings/"
        async for message in self.world.server.listen(path, self.token):
            if message.get("withdrawn"):
                self._offers.pop(message["booking_id"], None)
            else:
                thought = self.world.chance.uniform(0, _LONGEST_THOUGHT)
                self._offers[message["booking_id"]] = self.world.pace.now() + thought

    async def hear_of_job(self) -> None:
        """Riders cancel, operators interfere."""
        async for message in self.world.server.listen("/ws/driver/bookings/", self.token):
            is_lost = message["status"] in {"cancelled", "pending", "completed"}
            if is_lost and self.job is not None and message["booking_id"] == self.job.booking_id:
                self._be_free()

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_TICK)
            now = self.world.pace.now()
            elapsed, self._was_at = now - self._was_at, now
            if self.mode is Mode.AWAY and now < self._back_at:
                continue
            if self.mode is Mode.AWAY:
                self.mode = Mode.FREE if self.job is None else Mode.TO_PICKUP
            await self._drive(elapsed)
            await (self._consider() if self.job is None else self._see_to(self.job))

    async def _drive(self, city_seconds: float) -> None:
        if self.mode is not Mode.AT_PICKUP:
            self.place = towards(self.place, self._goal, _SPEED * city_seconds)
        if self.job is None and is_at(self.place, self._goal):
            self._goal = self.world.city.anywhere(self.world.chance)
        await self._tell_place()

    async def _tell_place(self) -> None:
        body = {"lat": self.place.lat, "lng": self.place.lng}
        await self.ask("PUT", "/driver/location", body)

    async def _consider(self) -> None:
        """Answer one offer whose thought is over."""
        now = self.world.pace.now()
        due = next((ride for ride, at in self._offers.items() if at <= now), None)
        if due is None:
            return
        del self._offers[due]
        mood = self.world.chance.random()
        if mood < _ACCEPTS:
            await self._accept(due)
        elif mood < _ACCEPTS + _DECLINES:
            answer = await self.ask("POST", f"/driver/rides/{due}/decline")
            self.world.tally.declined += answer.status == 200

    async def _accept(self, booking_id: int) -> None:
        answer = await self.ask("POST", f"/driver/rides/{booking_id}/accept")
        if answer.status != 200:
            self.world.tally.too_late += answer.status == 409
            return
        self.world.tally.accepts[booking_id] += 1
        self.job = _job_of(answer.document)
        self._goal, self.mode = self.job.pickup, Mode.TO_PICKUP
        mood = self.world.chance.random()
        if mood < _VANISHES:
            self._vanish()
        elif mood < _VANISHES + _GIVES_BACK:
            await self._give_back(self.job)

    def _vanish(self) -> None:
        self.world.tally.vanished += 1
        self.mode = Mode.AWAY
        self._back_at = self.world.pace.now() + self.world.chance.uniform(30, _LONGEST_ABSENCE)

    async def _give_back(self, job: Job) -> None:
        path = f"/driver/rides/{job.booking_id}/cancel"
        answer = await self.ask("POST", path, {"reason": "a flat tyre"})
        self.world.tally.given_back += answer.status == 200
        self._be_free()

    async def _see_to(self, job: Job) -> None:
        """The next thing that can be done about it."""
        if self.mode is Mode.TO_PICKUP and is_at(self.place, job.pickup):
            if await self._report(job, "arrived"):
                self.mode = Mode.AT_PICKUP
        elif self.mode is Mode.AT_PICKUP:
            await self._start(job)
        elif self.mode is Mode.ON_TRIP and is_at(self.place, job.dropoff):
            await self._report(job, "complete")
            self._be_free()

    async def _start(self, job: Job) -> None:
        rider = self._rider_of(job.booking_id)
        if rider is None or rider.code is None:
            return
        code = rider.code
        if self.world.chance.random() < _MISTYPES:
            code = f"{(int(code) + 1) % 1_000_000:06}"
        answer = await self.ask("POST", f"/driver/rides/{job.booking_id}/start", {"otp": code})
        if answer.status == 200:
            self._goal, self.mode = job.dropoff, Mode.ON_TRIP
        elif answer.status == 400:
            self.world.tally.wrong_codes += 1
        else:
            self._be_free()

    async def _report(self, job: Job, what: str) -> bool:
        """Whether it is still this driver's ride."""
        answer = await self.ask("POST", f"/driver/rides/{job.booking_id}/{what}")
        if answer.status != 200:
            self._be_free()
        return answer.status == 200

    def _be_free(self) -> None:
        self.job, self.mode = None, Mode.FREE
        self._goal = self.world.city.anywhere(self.world.chance)


def _job_of(shown: dict[str, Any]) -> Job:
    return Job(
        shown["booking_id"],
        Point(shown["pickup_lat"], shown["pickup_lng"]),
        Point(shown["dropoff_lat"], shown["dropoff_lng"]),
    )
