"""`/driver`: what drivers do, by the table of the contract."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.support.api_shapes import misfits
from tests.support.api_shop import done, refused
from tests.support.ride_town import (
    Town,
    act,
    asked_for,
    drive_to,
    papers,
    wrong,
)

pytestmark = pytest.mark.anyio

ABSENT = 999_999_999
EARNINGS = {"rides": 3, "total": 900.00, "currency": "INR"}
# Farther than any driver is asked to come from.
NEXT_CITY = (18.5204, 73.8567)
CROWD = 50


async def test_a_driver_registers_and_waits_for_approval(town: Town) -> None:
    who, shown = await town.rider(), papers()

    made = done(await who.post("/driver/register", shown), 201)

    assert made["status"] == "pending"
    assert misfits(shown, made) == []
    ride = await town.request(await town.rider())
    refused(await who.put("/driver/status", {"online": True}), 403, "DRIVER_NOT_APPROVED")
    for one in (ride, ABSENT):
        refused(await act(who, one, "accept"), 403, "DRIVER_NOT_APPROVED")
    refused(await who.post("/driver/register", papers()), 409)


async def test_a_number_plate_belongs_to_one(town: Town) -> None:
    first, second, shown = await town.rider(), await town.rider(), papers()
    done(await first.post("/driver/register", shown), 201)

    refused(await second.post("/driver/register", shown), 409)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**papers(), "vehicle_type": "bicycle"},
        {**papers(), "plate_number": " "},
        {**papers(), "license_number": "x" * 200},
        {**papers(), "status": "approved"},
    ],
)
async def test_papers_that_are_no_good_are_400(body: Any, town: Town) -> None:
    refused(await (await town.rider()).post("/driver/register", body), 400)


async def test_who_is_no_driver_does_not_drive(town: Town) -> None:
    rider, somebody = await town.rider(), await town.rider()
    ride = await town.request(rider)

    refused(await somebody.get("/driver/rides/current"), 403)
    refused(await somebody.get("/driver/earnings"), 403)
    refused(await somebody.put("/driver/status", {"online": True}), 403)
    for one in (ride, ABSENT):
        for deed in ("accept", "decline", "arrived", "complete", "cancel"):
            refused(await act(somebody, one, deed), 403)
    refused(await act(town.shop.nobody, ride, "accept"), 401)


@pytest.mark.parametrize(
    ("lat", "lng"), [(91, 0), (0, 181), ("19", "72.8x"), (None, 72.8), (True, 72.8)]
)
async def test_a_location_is_one_on_earth(lat: Any, lng: Any, town: Town) -> None:
    driver = await town.driver()

    refused(await driver.put("/driver/location", {"lat": lat, "lng": lng}), 400)


async def test_a_trip_from_request_to_earnings(town: Town) -> None:
    rider, driver = await town.rider(), await town.driver()
    assert (await driver.read("/driver/rides/current"))["ride"] is None
    ride = await town.request(rider)

    states = []
    for deed in ("accept", "arrived", "start", "complete"):
        body = {"otp": (await rider.read(f"/rides/{ride}"))["otp"]} if deed == "start" else {}
        done(await act(driver, ride, deed, **body), 200)
        states.append((await rider.read(f"/rides/{ride}"))["status"])
        if deed != "complete":
            current = (await driver.read("/driver/rides/current"))["ride"]
            assert (current["booking_id"], current["status"]) == (ride, states[-1])

    assert states == ["accepted", "arrived", "on_trip", "completed"]
    assert (await driver.read("/driver/rides/current"))["ride"] is None
    fare = (await rider.read(f"/rides/{ride}"))["fare"]
    earned = await driver.read("/driver/earnings")
    assert misfits(EARNINGS, earned) == []
    assert (earned["rides"], earned["total"]) == (1, fare)


async def test_who_is_too_late_is_told_so(town: Town) -> None:
    trip, late = await town.accepted(), await town.driver()

    refused(await act(late, trip.ride, "accept"), 409, "RIDE_TAKEN")
    # It is nothing of theirs.
    for deed in ("arrived", "complete", "cancel"):
        refused(await act(late, trip.ride, deed), 404, "RIDE_NOT_FOUND")
    foreign = await act(late, trip.ride, "start", otp="123456")
    refused(foreign, 404, "RIDE_NOT_FOUND")


async def test_one_ride_at_a_time(town: Town) -> None:
    trip = await town.accepted()
    ride = await town.request(await town.rider())

    refused(await act(trip.driver, ride, "accept"), 409)


async def test_only_who_is_online_and_near_takes_a_ride(town: Town) -> None:
    driver = await town.driver(NEXT_CITY)
    ride = await town.request(await town.rider())

    done(await driver.put("/driver/status", {"online": False}), 200)
    refused(await act(driver, ride, "accept"), 409)
    done(await driver.put("/driver/status", {"online": True}), 200)
    await drive_to(driver, NEXT_CITY)
    refused(await act(driver, ride, "accept"), 409, "OUT_OF_REACH")
    await drive_to(driver, town.spot)
    done(await act(driver, ride, "accept"), 200)


async def test_another_kind_of_vehicle_takes_no_ride(town: Town) -> None:
    driver = await town.driver(vehicle_type="van")
    ride = await town.request(await town.rider())

    refused(await act(driver, ride, "accept"), 409)


async def test_declined_and_taken_by_another(town: Town) -> None:
    rider, first, second = await town.rider(), await town.driver(), await town.driver()
    ride = await town.request(rider)

    done(await act(first, ride, "decline"), 200)
    assert (await rider.read(f"/rides/{ride}"))["status"] == "pending"
    done(await act(second, ride, "accept"), 200)


async def test_a_driver_who_gives_up_leaves_the_ride_to_others(town: Town) -> None:
    trip, other = await town.accepted(), await town.driver()

    done(await act(trip.driver, trip.ride, "cancel", reason="a flat tyre"), 200)

    assert (await trip.look())["status"] == "pending"
    done(await act(other, trip.ride, "accept"), 200)


async def test_five_wrong_codes_and_a_new_one(town: Town) -> None:
    trip = await town.accepted()
    code = await trip.code()
    done(await act(trip.driver, trip.ride, "arrived"), 200)

    for left in (4, 3, 2, 1, 0):
        answer = await act(trip.driver, trip.ride, "start", otp=wrong(code))
        assert refused(answer, 400, "OTP_INVALID")["attempts_left"] == left
    refused(await act(trip.driver, trip.ride, "start", otp=code), 409, "OTP_EXHAUSTED")

    new = done(await trip.rider.post(f"/rides/{trip.ride}/otp"), 200)["otp"]
    done(await act(trip.driver, trip.ride, "start", otp=new), 200)


@pytest.mark.parametrize("otp", ["", "12345", "1234567", "12345a", "\uff11" * 6, 123456, None])
async def test_what_is_no_code_costs_no_try(otp: Any, town: Town) -> None:
    trip = await town.accepted()

    refused(await act(trip.driver, trip.ride, "start", otp=otp), 400)
    guess = await act(trip.driver, trip.ride, "start", otp=wrong(await trip.code()))
    assert refused(guess, 400)["attempts_left"] == 4


async def test_a_code_is_guessed_five_times_however_many_ask_at_once(town: Town) -> None:
    trip = await town.accepted()
    code = int(await trip.code())
    guesses = [f"{(code + n) % 1_000_000:06}" for n in range(1, 41)]

    answers = await asyncio.gather(
        *(act(trip.driver, trip.ride, "start", otp=guess) for guess in guesses)
    )

    codes = Counter(refused(one, one.status_code)["code"] for one in answers)
    assert codes == {"OTP_INVALID": 5, "OTP_EXHAUSTED": 35}
    assert (await trip.look())["status"] == "accepted"


async def test_of_fifty_who_accept_at_once_one_wins(town: Town) -> None:
    crowd = [await town.driver() for _ in range(CROWD)]
    rider = await town.rider()
    ride = await town.request(rider)

    answers = await asyncio.gather(*(act(driver, ride, "accept") for driver in crowd))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: CROWD - 1}
    busy = [(await driver.read("/driver/rides/current"))["ride"] for driver in crowd]
    assert [one["booking_id"] for one in busy if one] == [ride]


async def test_a_driver_rides_too(town: Town) -> None:
    driver = await town.driver()

    ride = await town.request(driver)

    refused(await act(driver, ride, "accept"), 409)
    done(await act(await town.driver(), ride, "accept"), 200)


async def test_a_key_accepts_once(town: Town) -> None:
    driver, ride = await town.driver(), await town.request(await town.rider())
    path = f"/driver/rides/{ride}/accept"

    first, again = await driver.post(path, key="mine"), await driver.post(path, key="mine")

    done(first, 200)
    assert (again.status_code, again.content) == (200, first.content)
    # Without one it is told what it knows.
    assert (await driver.post(path)).status_code in {200, 409}


async def test_unknown_fields_are_refused(town: Town) -> None:
    driver = await town.driver()
    ride = await town.request(await town.rider())

    refused(await driver.put("/driver/status", {"online": True, "role": "admin"}), 400)
    refused(await driver.post("/rides", asked_for(otp="1")), 400)
    refused(await act(driver, ride, "accept", driver_id="another"), 400)
