"""`booking simulate rides`: a short day in a small city."""

import asyncio
import os
import random
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pexpect
import pytest

from booking_cli.simulation import client, run
from booking_cli.simulation.city import MUMBAI, is_at, moved, towards
from booking_cli.simulation.person import World
from booking_cli.simulation.rider import Rider
from booking_cli.simulation.run import Plan, simulate
from booking_cli.simulation.tally import Outcome, Tally
from booking_core import BookingSystem
from booking_core.domain.geo import haversine_m
from booking_core.engine.seed_rides import seed_rides
from booking_core.errors import Refused
from tests.cli.support import PROGRAM, Cli
from tests.support.api import settings_for
from tests.support.sockets import serving

SMALL = Plan(drivers=3, riders=4, minutes=3, speed=60, name="small")


def test_a_city_on_a_server_that_is_there(fresh: Cli) -> None:
    with BookingSystem.open(fresh.url) as system:
        seed_rides(system, auto_approve=True)
    with serving(settings_for(fresh.url)) as served:
        outcome = simulate(f"http://127.0.0.1:{served.port}", SMALL)
        known, total = served.system.rides.find(limit=1_000)

    found = outcome.as_dict()
    assert found["requests"] == total > 0
    assert found["accepts"] > 0
    assert found["served"] == sum(ride.state == "completed" for ride in known)
    assert outcome.is_good, found
    assert 0 < found["wait_p50_s"] <= found["wait_p95_s"]


def test_a_city_with_a_server_of_its_own_to_look_at(tmp_path: Path) -> None:
    """On a terminal: a map while it lives, a table at the end, nothing left behind."""
    words = ["simulate", "rides", "--drivers", "1", "--riders", "1", "--minutes", "0.5"]
    child = pexpect.spawn(
        sys.executable,
        [*PROGRAM[1:], *words, "--speed", "60"],
        cwd=str(tmp_path),
        dimensions=(40, 120),
        encoding="utf-8",
        env={**os.environ, "TERM": "xterm", "TMPDIR": str(tmp_path)},
        timeout=90,
    )
    said = child.read()
    child.close()

    assert child.exitstatus == 0, said
    assert "Mumbai" in said
    assert "Double accepts" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["ftp://somewhere", "http://x/y", "http://", "http://x:port", "http://x?a=b"]
)
def test_what_is_no_address_is_refused(url: str, fresh: Cli) -> None:
    error = fresh.error("simulate", "rides", "--url", url, code=2)

    assert (error["code"], error["field"]) == ("INVALID_REQUEST", "url")


def test_a_server_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_SECONDS_BEFORE_NEXT_TRY", 0.0)
    with pytest.raises(Refused, match="does not answer"):
        simulate("http://127.0.0.1:1", SMALL)


def test_a_server_that_offers_no_rides_is_refused(fresh: Cli) -> None:
    """Drivers wait for approval there, or there is no area."""
    with BookingSystem.open(fresh.url) as system:
        seed_rides(system)
    with serving(settings_for(fresh.url)) as served, pytest.raises(Refused, match="approve"):
        simulate(f"http://127.0.0.1:{served.port}", SMALL)


def test_a_server_with_limits_is_refused(fresh: Cli) -> None:
    limited = settings_for(fresh.url, rate_limit_default="3/minute")
    with serving(limited) as served, pytest.raises(Refused, match="BOOKING_RATE_LIMIT_DEFAULT"):
        simulate(f"http://127.0.0.1:{served.port}", SMALL)


def test_a_ride_that_two_drivers_had_would_be_seen() -> None:
    """Negative control: two were told that it is theirs, its rider heard of one."""
    city = run._Run("http://127.0.0.1:1", SMALL, lambda _: None, lambda _: None)
    city._world.tally.accepts[7] = 2
    city._riders = [Told(city._world, [{"booking_id": 7, "status": "accepted"}])]

    verdict = asyncio.run(city._verdict())
    tally = Tally()

    assert (verdict.double_accepts, verdict.states) == (1, Counter(completed=1))
    assert not Outcome(1, 1, 1.0, 1.0, 1.0, tally, verdict).is_good
    assert Outcome(1, 1, 1.0, 1.0, 1.0, tally, replace(verdict, double_accepts=0)).is_good


class Told(Rider):
    """What the server knows of a rider."""

    def __init__(self, world: World, told: list[dict[str, Any]]) -> None:
        super().__init__(world, "told")
        self._told = told

    async def record(self) -> list[dict[str, Any]]:
        return self._told

    async def states(self) -> list[str]:
        return ["completed"]


def test_distances_in_the_city_are_what_they_say() -> None:
    chance = random.Random(7)
    for _ in range(50):
        here = MUMBAI.anywhere(chance)
        there = moved(here, chance.uniform(0, 6.28), 500.0)
        assert haversine_m(MUMBAI.centre, here) <= MUMBAI.radius_m * 1.01
        assert haversine_m(here, there) == pytest.approx(500.0, rel=0.01)
        half = towards(here, there, 250.0)
        assert haversine_m(half, there) == pytest.approx(250.0, rel=0.02)
        assert is_at(towards(here, there, 10_000.0), there)
