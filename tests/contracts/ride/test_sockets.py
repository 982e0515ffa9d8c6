"""What riders and drivers are told live, as the document has it, to a client of its own make."""

from typing import Any

import pytest

from booking_core.clock import SystemClock
from tests.support.api_shop import done
from tests.support.ride_sockets import (
    AVAILABLE,
    DRIVER,
    RIDER,
    LiveTown,
    closing_code,
    hear,
    hear_all,
    live_town,
    pong,
    until,
)
from tests.support.ride_town import act, asked_for

pytestmark = pytest.mark.anyio

NO_TOKEN = {"success": False, "message": "Invalid or expired token."}
MALFORMED = {"success": False, "message": "Malformed WebSocket request."}
SOCKETS = (RIDER, DRIVER, AVAILABLE)


async def test_a_rider_hears_how_the_ride_stands(live: LiveTown) -> None:
    rider, driver = await live.rider(), await live.driver()
    async with live.listening(RIDER, rider) as socket:
        ride = await live.request(rider)
        done(await act(driver, ride, "accept"), 200)
        pending, accepted, code = await hear_all(socket, 3)
        done(await act(driver, ride, "arrived"), 200)
        done(await act(driver, ride, "start", otp=code["otp"]), 200)
        done(await act(driver, ride, "complete"), 200)
        rest = await hear_all(socket, 3)

    assert pending["status"] == "pending"
    assert accepted == {
        "booking_id": ride,
        "status": "accepted",
        "message": "Your booking has been accepted by the driver.",
        "seq": 2,
    }
    assert code == {
        "otp": code["otp"],
        "message": "Your booking has been accepted. Here is your OTP to start the trip.",
        "seq": 3,
    }
    assert len(code["otp"]) == 6
    assert [(one["status"], one["seq"]) for one in rest] == [
        ("arrived", 4),
        ("on_trip", 5),
        ("completed", 6),
    ]
    assert all(one.keys() == accepted.keys() for one in rest)


async def test_a_driver_hears_of_the_ride_and_never_the_code(live: LiveTown) -> None:
    rider, driver = await live.rider(), await live.driver()
    ride = await live.request(rider)
    async with live.listening(DRIVER, driver) as socket:
        done(await act(driver, ride, "accept"), 200)
        done(await act(driver, ride, "arrived"), 200)
        code = (await rider.read(f"/rides/{ride}"))["otp"]
        done(await act(driver, ride, "start", otp=code), 200)
        done(await act(driver, ride, "complete"), 200)
        heard = await hear_all(socket, 4)
        await pong(socket)

    assert [one["status"] for one in heard] == ["accepted", "arrived", "on_trip", "completed"]
    assert heard[2] == {
        "booking_id": ride,
        "status": "on_trip",
        "message": "The trip has started. Please proceed to the destination.",
        "seq": heard[2]["seq"],
    }
    assert all(one.keys() == {"booking_id", "status", "message", "seq"} for one in heard)
    assert code not in str(heard)


async def test_drivers_nearby_hear_of_a_ride_and_that_it_is_gone(live: LiveTown) -> None:
    rider, winner, other = await live.rider(), await live.driver(), await live.driver()
    async with (
        live.listening(AVAILABLE, winner) as to_winner,
        live.listening(AVAILABLE, other) as to_other,
    ):
        made = done(await rider.post("/rides", asked_for(live.spot)), 201)
        offers = [await hear(to_winner), await hear(to_other)]
        done(await act(winner, made["booking_id"], "accept"), 200)
        withdrawn = await hear(to_other)

    for offer in offers:
        assert offer == {
            "booking_id": made["booking_id"],
            "pickup_location": "123 Street, City",
            "dropoff_location": "456 Avenue, City",
            "estimated_cost": made["estimated_cost"],
            "message": "A new booking is available.",
            "seq": 1,
        }
    assert withdrawn == {
        "booking_id": made["booking_id"],
        "withdrawn": True,
        "message": withdrawn["message"],
        "seq": 2,
    }


async def test_who_comes_late_hears_of_what_is_still_to_be_had(live: LiveTown) -> None:
    rider, driver = await live.rider(), await live.driver()
    ride = await live.request(rider)

    async with live.listening(AVAILABLE, driver) as socket:
        assert (await hear(socket))["booking_id"] == ride
        await pong(socket)
    done(await act(driver, ride, "accept"), 200)
    async with live.listening(AVAILABLE, driver) as socket:
        await pong(socket)


async def test_nobody_hears_what_is_for_others(live: LiveTown) -> None:
    trip, stranger, idle = await live.accepted(), await live.rider(), await live.driver()
    async with (
        live.listening(RIDER, stranger) as to_stranger,
        live.listening(RIDER, trip.driver) as to_driver_as_rider,
        live.listening(DRIVER, idle) as to_idle,
        live.listening(RIDER, trip.rider) as to_rider,
    ):
        done(await act(trip.driver, trip.ride, "arrived"), 200)
        assert (await hear(to_rider))["status"] == "arrived"
        for socket in (to_stranger, to_driver_as_rider, to_idle):
            await pong(socket)


async def test_what_was_missed_comes_in_order(live: LiveTown) -> None:
    trip = await live.begun()
    done(await act(trip.driver, trip.ride, "complete"), 200)

    async with live.listening(RIDER, trip.rider, "?after=0") as socket:
        all_of_it = await hear_all(socket, 6)
    async with live.listening(RIDER, trip.rider, "?after=4") as socket:
        rest = await hear_all(socket, 2)
        again = await live.request(trip.rider)
        new = await hear(socket)
    async with live.listening(RIDER, trip.rider, "?after=999") as socket:
        await pong(socket)

    assert [one["seq"] for one in all_of_it] == [1, 2, 3, 4, 5, 6]
    assert rest == all_of_it[4:]
    assert (new["seq"], new["booking_id"]) == (7, again)


async def test_every_socket_of_a_rider_hears_all(live: LiveTown) -> None:
    rider = await live.rider()
    async with live.listening(RIDER, rider) as one, live.listening(RIDER, rider) as two:
        ride = await live.request(rider)
        assert await hear(one) == await hear(two)
        await one.close()
        done(await rider.post(f"/rides/{ride}/cancel"), 200)
        assert (await hear(two))["status"] == "cancelled"


@pytest.mark.parametrize("path", SOCKETS)
async def test_without_a_good_token_no_socket_opens(path: str, live: LiveTown) -> None:
    refusals = [
        await live.refusal(path),
        *[
            await live.refusal(path, Authorization=f"Bearer {token}")
            for token in ("nonsense", "", "bk_nonsense")
        ],
    ]

    for status, body in refusals:
        assert (status, body.pop("code").isupper()) == (401, True)
        assert body == NO_TOKEN
    status, body = await live.refusal(path, query="?ticket=nonsense")
    assert (status, body["message"]) == (401, NO_TOKEN["message"])


@pytest.mark.parametrize("path", SOCKETS)
async def test_what_is_malformed_opens_no_socket(path: str, live: LiveTown) -> None:
    driver = await live.driver()
    refusals: list[tuple[int, Any]] = [
        await live.refusal(path, driver, f"?after={after}")
        for after in ("some", "1.5", "", "-1", "%D9%A1", "9" * 40)
    ]
    refusals.append(await live.refusal(path, Authorization="Basic YW5uOnh4"))
    refusals.append(await live.refusal(path, Authorization=driver.token))
    plain = await driver.get(path)
    refusals.append((plain.status_code, plain.json()))

    for status, body in refusals:
        assert (status, body.pop("code").isupper()) == (400, True)
        assert body == MALFORMED


@pytest.mark.parametrize("path", [DRIVER, AVAILABLE])
async def test_sockets_of_drivers_are_for_approved_drivers(path: str, live: LiveTown) -> None:
    status, body = await live.refusal(path, await live.rider())
    assert (status, body["success"], body["code"]) == (403, False, "FORBIDDEN")

    status, body = await live.refusal(path, await live.applicant())
    assert (status, body["success"], body["code"]) == (403, False, "DRIVER_NOT_APPROVED")


async def test_who_is_suspended_on_the_way_hears_of_the_trip_alone(live: LiveTown) -> None:
    trip = await live.accepted()
    live.shop.api.system.drivers.suspend(trip.driver.id, actor="test")

    async with live.listening(DRIVER, trip.driver, "?after=0") as socket:
        assert (await hear(socket))["status"] == "accepted"
    status, body = await live.refusal(AVAILABLE, trip.driver)
    assert (status, body["code"]) == (403, "DRIVER_NOT_APPROVED")


async def test_a_ticket_opens_one_socket(live: LiveTown) -> None:
    rider = await live.rider()
    bought = done(await rider.post("/rides/socket-ticket"), 200)
    query = f"?ticket={bought['ticket']}"

    async with live.listening(RIDER, query=query) as socket:
        await live.request(rider)
        assert (await hear(socket))["status"] == "pending"
        status, _ = await live.refusal(RIDER, query=query)
        assert status == 401
        done(await rider.post("/auth/logout"), 200)
        assert await closing_code(socket) == 1008
    late = done(await (await live.rider()).post("/rides/socket-ticket"), 200)["ticket"]
    live.shop.clock.advance(seconds=61)
    assert (await live.refusal(RIDER, query=f"?ticket={late}"))[0] == 401


async def test_a_ticket_of_a_login_that_ended_opens_nothing(live: LiveTown) -> None:
    rider = await live.rider()
    ticket = done(await rider.post("/rides/socket-ticket"), 200)["ticket"]
    done(await rider.post("/auth/logout"), 200)

    assert (await live.refusal(RIDER, query=f"?ticket={ticket}"))[0] == 401


async def test_who_opens_sockets_without_end_is_slowed_down(sqlite_url: str) -> None:
    async with live_town(sqlite_url, rate_limit_default="5/minute") as live:
        rider, other = await live.rider(), await live.rider()
        for _ in range(5):
            async with live.listening(RIDER, rider) as socket:
                await pong(socket)

        status, body = await live.refusal(RIDER, rider)
        assert (status, body["success"], body["code"]) == (429, False, "RATE_LIMITED")
        async with live.listening(RIDER, other) as socket:
            await pong(socket)


async def test_logging_out_closes_the_socket(live: LiveTown) -> None:
    rider = await live.rider()
    async with live.listening(RIDER, rider) as socket:
        done(await rider.post("/users/logout"), 200)

        assert await closing_code(socket) == 1008
    assert (await live.refusal(RIDER, rider))[0] == 401


async def test_a_driver_who_leaves_is_noted(live: LiveTown) -> None:
    driver = await live.driver()
    async with live.listening(AVAILABLE, driver) as socket:
        await pong(socket)

    def messages() -> list[Any]:
        acts, _ = live.shop.api.system.activity.find(entity_id=driver.id)
        return [act.act.after.get("message") for act in acts]

    farewell = "Driver disconnected from the available bookings group."
    await until(lambda: farewell in messages())
    assert not live.shop.api.runtime.realtime.mailboxes._boxes


async def test_a_token_that_expires_closes_the_socket_that_it_opened(sqlite_url: str) -> None:
    async with live_town(sqlite_url, SystemClock(), access_token_seconds=3) as town:
        rider = await town.rider()
        ticket = done(await rider.post("/rides/socket-ticket"), 200)["ticket"]
        async with (
            town.listening(RIDER, rider) as by_header,
            town.listening(RIDER, query=f"?ticket={ticket}") as by_ticket,
        ):
            assert await closing_code(by_header) == 1008
            assert await closing_code(by_ticket) == 1008
        status, body = await town.refusal(RIDER, rider)

    assert (status, body["message"]) == (401, NO_TOKEN["message"])
