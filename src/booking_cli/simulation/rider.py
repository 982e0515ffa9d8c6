"""Somebody who asks for rides."""

import asyncio
import math
from contextlib import suppress
from enum import StrEnum
from typing import Any

from booking_cli.simulation.city import moved
from booking_cli.simulation.person import Person, World
from booking_core.domain.geo import Point

# City seconds.
_MEAN_PAUSE = 120.0
_SHORTEST_M, _LONGEST_M = 800.0, 3_500.0
# Real seconds between two thoughts of going home.
_LOOK_SECONDS = 0.5
_PAGE = 100


class Wish(StrEnum):
    """What a rider is about; `expecting` a driver who is on the way."""

    NOTHING = "nothing"
    WAITING = "waiting"
    EXPECTING = "expecting"
    RIDING = "riding"


# How many city seconds after the request a rider gives up; nobody leaves a moving car.
_PATIENCE = {Wish.WAITING: 300.0, Wish.EXPECTING: 1_500.0, Wish.RIDING: math.inf}


class Rider(Person):
    """Asks for a ride, waits, rides, rates; again and again."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self.place = world.city.anywhere(world.chance)
        self.wish = Wish.NOTHING
        self.booking_id: int | None = None
        self.code: str | None = None
        self.is_tired = False
        self._news: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def listen(self) -> None:
        async for message in self.world.server.listen("/ws/bookings/", self.token):
            if "otp" in message:
                self.code = message["otp"]
            else:
                self._news.put_nowait(message)

    async def record(self) -> list[dict[str, Any]]:
        """All that the server has ever told. Raises Refused."""
        return await self.world.server.record("/ws/bookings/", self.token)

    async def states(self) -> list[str]:
        """How all rides stand by the server. Raises Refused."""
        found: list[str] = []
        page, total = 1, 1
        while len(found) < total:
            shown = await self.must("GET", f"/rides?page={page}&per_page={_PAGE}")
            found += [ride["status"] for ride in shown["rides"]]
            page, total = page + 1, shown["total"]
        return found

    async def live(self) -> None:
        """Until tired: then what has not begun is given up, and nothing else asked for."""
        while not self.is_tired:
            await self.world.pace.sleep(self.world.chance.expovariate(1 / _MEAN_PAUSE))
            if not self.is_tired:
                await self._ride()

    async def _ride(self) -> None:
        self.place, there = self._somewhere()
        answer = await self.ask("POST", "/rides", _request(self.place, there))
        if answer.status != 201:
            return
        self.world.tally.requested += 1
        self.code, self.wish = None, Wish.WAITING
        self.booking_id = answer.document["booking_id"]
        try:
            await self._until_over(self.booking_id)
        finally:
            self.wish, self.booking_id = Wish.NOTHING, None

    async def _until_over(self, booking_id: int) -> None:
        began, is_taken = self.world.pace.now(), False
        while True:
            status = await self._next_status(booking_id, began + _PATIENCE[self.wish])
            if status == "accepted":
                self.wish = Wish.EXPECTING
                if not is_taken:
                    is_taken = True
                    self.world.tally.accepted += 1
                    self.world.tally.waits.append(self.world.pace.now() - began)
            elif status == "pending":
                self.wish = Wish.WAITING
            elif status == "on_trip":
                self.wish = Wish.RIDING
            elif status == "completed":
                await self._rate(booking_id)
                return
            elif status in {"cancelled", "expired"}:
                self.world.tally.expired += status == "expired"
                return
            elif status is None and await self._give_up():
                return

    async def _next_status(self, booking_id: int, until: float) -> str | None:
        """None where patience ends first, or the day."""
        while self.world.pace.now() < until and not self._wants_home():
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    message = await self._news.get()
                if message["booking_id"] == booking_id:
                    status: str = message["status"]
                    return status
        return None

    def _wants_home(self) -> bool:
        return self.is_tired and self.wish is Wish.WAITING

    async def _give_up(self) -> bool:
        """Whether that was still possible."""
        answer = await self.ask("POST", f"/rides/{self.booking_id}/cancel", {})
        if answer.status == 200:
            self.world.tally.cancelled += 1
            return True
        # It has begun or is over; the rider hears so in a moment.
        self.wish = Wish.RIDING
        return False

    async def _rate(self, booking_id: int) -> None:
        self.world.tally.served += 1
        stars = self.world.chance.choices((3, 4, 5), (1, 3, 6))[0]
        await self.ask("POST", f"/rides/{booking_id}/rate", {"stars": stars})

    def _somewhere(self) -> tuple[Point, Point]:
        chance = self.world.chance
        here = self.world.city.anywhere(chance)
        return here, moved(
            here, chance.uniform(0, math.tau), chance.uniform(_SHORTEST_M, _LONGEST_M)
        )


def _request(here: Point, there: Point) -> dict[str, Any]:
    return {
        "pickup_location": f"{here.lat:.4f}, {here.lng:.4f}",
        "pickup_lat": here.lat,
        "pickup_lng": here.lng,
        "dropoff_location": f"{there.lat:.4f}, {there.lng:.4f}",
        "dropoff_lat": there.lat,
        "dropoff_lng": there.lng,
    }
