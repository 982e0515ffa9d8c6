"""Two servers on one database, of either kind: whichever is asked, both tell of it."""

import asyncio
from collections import Counter

import pytest

from booking_core.clock import SystemClock
from tests.support.api_shop import Caller, done
from tests.support.ride_sockets import AVAILABLE, DRIVER, RIDER, LiveTown, hear, hear_all, live_town
from tests.support.ride_town import act

pytestmark = pytest.mark.anyio

CROWD = 10


def at(town: LiveTown, who: Caller) -> Caller:
    """The same person at another server."""
    return Caller(town.shop.api, who.headers, who.id, who.email, who.token)


async def test_two_servers_hear_of_each_other(database_url: str) -> None:
    async with (
        live_town(database_url, SystemClock()) as one,
        live_town(database_url, SystemClock()) as two,
    ):
        driver, rider = await one.driver(), await two.rider()
        async with (
            one.listening(AVAILABLE, driver) as offers,
            two.listening(DRIVER, driver) as orders,
            one.listening(RIDER, rider) as here,
            two.listening(RIDER, rider) as there,
        ):
            # Where the driver is, the other server learns within a second: then the next wave asks.
            ride = await two.request(rider, pickup=one.spot)
            assert (await hear(offers))["booking_id"] == ride
            done(await act(at(two, driver), ride, "accept"), 200)
            told = await hear_all(here, 3)

            assert await hear_all(there, 3) == told
            assert (await hear(orders))["status"] == "accepted"
            shown = await rider.read(f"/rides/{ride}")
            assert (shown["otp"], shown["driver"]["lat"]) == (told[-1]["otp"], one.spot[0])
            done(await act(at(one, driver), ride, "start", otp=told[-1]["otp"]), 200)
            assert [(await hear(each))["status"] for each in (here, there)] == ["on_trip"] * 2

        ticket = done(await rider.post("/rides/socket-ticket"), 200)["ticket"]
        async with one.listening(RIDER, query=f"?ticket={ticket}&after=3") as socket:
            assert (await hear(socket))["status"] == "on_trip"
        assert (await two.refusal(RIDER, query=f"?ticket={ticket}"))[0] == 401


async def test_of_drivers_at_two_servers_one_wins(database_url: str) -> None:
    async with (
        live_town(database_url, SystemClock()) as one,
        live_town(database_url, SystemClock()) as two,
    ):
        crowd = [await one.driver() for _ in range(CROWD)]
        ride = await one.request(await one.rider())

        answers = await asyncio.gather(
            *(
                act(driver if number % 2 else at(two, driver), ride, "accept")
                for number, driver in enumerate(crowd)
            )
        )

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {200: 1, 409: CROWD - 1}
