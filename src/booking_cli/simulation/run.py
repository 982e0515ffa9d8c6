"""A city from the first who moves in to the last recount."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from time import monotonic

from booking_cli.simulation.city import MUMBAI, City, Pace
from booking_cli.simulation.client import Server
from booking_cli.simulation.driver import Driver
from booking_cli.simulation.person import World
from booking_cli.simulation.rider import Rider
from booking_cli.simulation.tally import Outcome, Tally, Verdict

_PULSE_SECONDS = 0.25
# How long trips under way may go on when everybody goes home: real seconds, and the city's.
_LONGEST_GRACE, _CITY_GRACE = 10.0, 300.0
_MOVE_IN_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """How many live there for how many of the city's minutes; `speed` of its seconds go by in one.
    `name` tells the people of two runs on one server apart."""

    drivers: int
    riders: int
    minutes: float
    speed: float
    name: str

    @property
    def seconds(self) -> float:
        """In real time."""
        return self.minutes * 60 / self.speed


@dataclass(frozen=True, slots=True)
class Pulse:
    """How it stands, for whoever looks on."""

    city: City
    elapsed: float
    drivers: list[Driver]
    riders: list[Rider]
    tally: Tally


def simulate(
    url: str,
    plan: Plan,
    on_pulse: Callable[[Pulse], None] = lambda _: None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Run a city on the server at `url`.

    Raises InvalidRequest for what is no address, Refused where the server does not let people in or
    does not answer.
    """
    return asyncio.run(_Run(url, plan, on_pulse, on_stage).all_of_it())


class _Run:
    def __init__(
        self,
        url: str,
        plan: Plan,
        on_pulse: Callable[[Pulse], None],
        on_stage: Callable[[str], None],
    ) -> None:
        self._server = Server(url)
        self._plan = plan
        self._on_pulse = on_pulse
        self._on_stage = on_stage
        chance = random.Random(plan.name)  # noqa: S311 - people's moods are no secret
        self._world = World(self._server, MUMBAI, Pace(plan.speed), Tally(), chance)
        self._riders: list[Rider] = []
        self._drivers: list[Driver] = []

    async def all_of_it(self) -> Outcome:
        began = monotonic()
        try:
            self._on_stage("People move in")
            await self._move_in()
            await self._live()
            self._on_stage("The server is asked what it knows")
            verdict = await self._verdict()
        finally:
            self._server.close()
        plan = self._plan
        return Outcome(
            drivers=plan.drivers,
            riders=plan.riders,
            minutes=plan.minutes,
            speed=plan.speed,
            seconds=monotonic() - began,
            tally=self._world.tally,
            verdict=verdict,
        )

    async def _move_in(self) -> None:
        world, name = self._world, self._plan.name
        self._riders = [Rider(world, f"rider-{name}-{n}") for n in range(self._plan.riders)]
        self._drivers = [
            Driver(world, f"driver-{name}-{n}", f"{name}-{n}", self._rider_of)
            for n in range(self._plan.drivers)
        ]
        people = [*self._riders, *self._drivers]
        await _all(_MOVE_IN_AT_ONCE, (person.move_in() for person in people))
        await _all(_MOVE_IN_AT_ONCE, (driver.sign_on() for driver in self._drivers))

    async def _live(self) -> None:
        self._on_stage("The city lives")
        self._world.pace.restart()
        listening = [rider.listen() for rider in self._riders]
        listening += [driver.hear_offers() for driver in self._drivers]
        listening += [driver.hear_of_job() for driver in self._drivers]
        driving = [driver.work() for driver in self._drivers]
        lasting = [asyncio.create_task(one) for one in (*listening, *driving)]
        riding = [asyncio.create_task(rider.live()) for rider in self._riders]
        try:
            await self._look_on(self._plan.seconds, [*lasting, *riding])
            self._on_stage("Everybody goes home")
            for rider in self._riders:
                rider.is_tired = True
            grace = min(_LONGEST_GRACE, _CITY_GRACE / self._plan.speed)
            await self._look_on(grace, lasting, until=self._is_quiet)
        finally:
            await _end([*riding, *lasting])

    async def _look_on(
        self,
        seconds: float,
        tasks: "list[asyncio.Task[None]]",
        until: Callable[[], bool] = lambda: False,
    ) -> None:
        """For so long at most. What goes wrong in any of the tasks goes wrong here."""
        give_up = monotonic() + seconds
        while monotonic() < give_up and not until():
            done, _ = await asyncio.wait(
                tasks, timeout=_PULSE_SECONDS, return_when=asyncio.FIRST_EXCEPTION
            )
            for task in done:
                task.result()
            self._on_pulse(self._pulse())

    def _pulse(self) -> Pulse:
        world = self._world
        return Pulse(world.city, world.pace.now(), self._drivers, self._riders, world.tally)

    def _is_quiet(self) -> bool:
        return all(rider.booking_id is None for rider in self._riders)

    def _rider_of(self, booking_id: int) -> Rider | None:
        return next((one for one in self._riders if one.booking_id == booking_id), None)

    async def _verdict(self) -> Verdict:
        """By what the server shows and has told, not by what anybody here remembers."""
        states: Counter[str] = Counter()
        told: Counter[int] = Counter()
        for rider in self._riders:
            states.update(await rider.states())
            for message in await rider.record():
                told[message.get("booking_id", 0)] += message.get("status") == "accepted"
        too_many = sum((self._world.tally.accepts - told).values())
        return Verdict(states, too_many + await self._shared())

    async def _shared(self) -> int:
        """How many rides more than one driver has now."""
        shown = [await driver.must("GET", "/driver/rides/current") for driver in self._drivers]
        had = Counter(one["ride"]["booking_id"] for one in shown if one["ride"])
        return sum(count - 1 for count in had.values())


async def _all(at_once: int, acts: Iterable[Awaitable[None]]) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(act: Awaitable[None]) -> None:
        async with gate:
            await act

    tasks = [asyncio.create_task(one(act)) for act in acts]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _end(tasks)


async def _end(tasks: "list[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
