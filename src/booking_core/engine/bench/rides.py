"""`booking bench rides`: finding the nearest drivers, taking their positions, one ride for many."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import cycle
from statistics import median
from threading import Barrier, Event
from time import perf_counter, thread_time
from typing import Any

from booking_core.domain.accounts import Role
from booking_core.domain.geo import Place, haversine_m
from booking_core.engine.background import running
from booking_core.engine.bench.crowd import CENTRE, hire, somewhere
from booking_core.engine.bench.load import Measured
from booking_core.engine.seed_rides import seed_rides
from booking_core.engine.system import BookingSystem
from booking_core.engine.tuning import freeze_loaded
from booking_core.errors import Refused
from booking_core.ids import new_id
from booking_core.storage.database import Database

OnStep = Callable[[str, float], None]
"""Told the name of each step and the seconds it will take (0 where that is not known)."""

_SECONDS_BETWEEN_POSITIONS = 4.0
_SLICE = 0.02
_RADIUS_M = 25_000
_SEED = 1
_NAIVE_ASKS = 21


@dataclass(frozen=True, slots=True)
class RideWorkload:
    """`drivers` are online and tell where they are every four seconds, while riders ask for the
    nearest `requests_per_s` times a second for `seconds`; then `contenders` accept one ride."""

    drivers: int = 5_000
    requests_per_s: float = 100.0
    seconds: float = 10.0
    contenders: int = 50


@dataclass(frozen=True, slots=True)
class RideReport:
    """What was measured. Times in milliseconds; `winners` is 1 unless something is very wrong.

    `selection_cpu_p99_ms` is the time that a core worked for a request: on a busy machine, where
    others have the cores, it tells more than how long it took. `naive_p50_ms` is for reckoning the
    distance to every driver, as a first attempt does.
    """

    workload: RideWorkload
    requests: int
    selection_p50_ms: float
    selection_p99_ms: float
    selection_longest_ms: float
    selection_cpu_p99_ms: float
    naive_p50_ms: float
    position_mean_ms: float
    flush_ms: float
    winners: int
    refused: int
    accept_all_ms: float

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        plain = asdict(self)
        workload = plain.pop("workload")
        return {
            **workload,
            **{
                name: round(value, 3) if isinstance(value, float) else value
                for name, value in plain.items()
            },
        }


def bench_rides(
    url: str, workload: RideWorkload, *, on_step: OnStep = lambda _, __: None
) -> RideReport:
    """Measure rides on a database; the rows stay there."""
    dice = random.Random(_SEED)  # noqa: S311 - a workload, not a secret
    database = Database(url)
    try:
        with BookingSystem.open(url) as system:
            on_step("preparing", 0)
            seed_rides(system)
            drivers = hire(database, workload.drivers)
            freeze_loaded()
            position_ms, flush_ms = _locate_all(system, drivers, dice)
            on_step("nearest drivers", workload.seconds)
            selection, cpu = _select(system, drivers, workload, dice)
            naive = _naive_ms(drivers, dice)
            on_step("one ride for many", 0)
            won, refused, all_ms = contend(system, hire(database, workload.contenders))
    finally:
        database.close()
    return RideReport(
        workload,
        selection.won,
        selection.percentile_ms(50),
        selection.percentile_ms(99),
        selection.percentile_ms(100),
        cpu.percentile_ms(99),
        naive,
        position_ms,
        flush_ms,
        won,
        refused,
        all_ms,
    )


def _locate_all(
    system: BookingSystem, drivers: list[str], dice: random.Random
) -> tuple[float, float]:
    """Milliseconds that a position takes, and that writing all of them takes once."""
    points = [somewhere(dice, _RADIUS_M) for _ in drivers]
    # What a driver's first position costs besides is to look up that there is such a driver.
    for driver, point in zip(drivers, points, strict=True):
        system.drivers.locate(driver, point.lat, point.lng)
    began = perf_counter()
    for driver, point in zip(drivers, points, strict=True):
        system.drivers.locate(driver, point.lat, point.lng)
    located = perf_counter()
    system.drivers.flush()
    flushed = perf_counter()
    return (located - began) * 1000 / len(drivers), (flushed - located) * 1000


def _select(
    system: BookingSystem, drivers: list[str], workload: RideWorkload, dice: random.Random
) -> tuple[Measured, Measured]:
    """Ask for the nearest drivers at a steady rate while all of them move: how long it takes, and
    how long a core works for it."""
    pickups = [somewhere(dice, _RADIUS_M) for _ in range(1_000)]
    latencies, works = list[float](), list[float]()
    asks = max(1, round(workload.requests_per_s * workload.seconds))
    pause = Event()
    moving = _moving(system, drivers, random.Random(_SEED))  # noqa: S311 - a workload
    with system.drivers.tracking(), running("bench-drivers", moving):
        began = perf_counter()
        for number, pickup in zip(range(asks), cycle(pickups), strict=False):
            pause.wait(max(0.0, began + number / workload.requests_per_s - perf_counter()))
            asked, worked = perf_counter(), thread_time()
            system.drivers.nearest(pickup)
            works.append((thread_time() - worked) * 1000)
            latencies.append((perf_counter() - asked) * 1000)
        took = perf_counter() - began
    return (
        Measured(took, asks, 0, sorted(latencies), 0.0),
        Measured(took, asks, 0, sorted(works), 0.0),
    )


def _naive_ms(drivers: list[str], dice: random.Random) -> float:
    """The median time of going through all drivers for the nearest ones, without asking whether
    they are free."""
    where = {driver: somewhere(dice, _RADIUS_M) for driver in drivers}
    times = []
    for _ in range(_NAIVE_ASKS):
        pickup, began = somewhere(dice, _RADIUS_M), perf_counter()
        sorted((haversine_m(pickup, point), driver) for driver, point in where.items())
        times.append((perf_counter() - began) * 1000)
    return median(times)


def _moving(
    system: BookingSystem, drivers: list[str], dice: random.Random
) -> Callable[[Event], None]:
    """Drivers who tell where they are, a few every time, each once in a while."""

    def move(stop: Event) -> None:
        few = max(1, round(len(drivers) * _SLICE / _SECONDS_BETWEEN_POSITIONS))
        following = cycle(drivers)
        while not stop.wait(_SLICE):
            for _ in range(few):
                point = somewhere(dice, _RADIUS_M)
                system.drivers.locate(next(following), point.lat, point.lng)

    return move


def contend(system: BookingSystem, drivers: list[str]) -> tuple[int, int, float]:
    """Let all drivers accept one ride at the same moment: how many got it, how many were refused,
    and the milliseconds until all were answered."""
    password = new_id()
    rider = system.accounts.register(
        f"{new_id()}@bench.invalid", password, "Bench", role=Role.CUSTOMER
    )
    pickup = Place("Bench", CENTRE)
    for driver in drivers:
        system.drivers.locate(driver, CENTRE.lat, CENTRE.lng)
    ride = system.rides.request(rider.id, pickup, pickup)
    start = Barrier(len(drivers) + 1)

    def accept(driver: str) -> bool:
        start.wait()
        try:
            return system.rides.accept(ride.number, driver).driver_id == driver
        except Refused:
            return False

    with ThreadPoolExecutor(len(drivers)) as pool:
        outcomes = [pool.submit(accept, driver) for driver in drivers]
        start.wait()
        began = perf_counter()
        won = sum(outcome.result() for outcome in outcomes)
        took = (perf_counter() - began) * 1000
    return won, len(drivers) - won, took
