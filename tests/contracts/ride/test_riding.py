"""`/rides`: what riders do, by the table of the contract."""

from typing import Any

import pytest

from booking_core.errors import DatabaseUnreachable
from tests.support.api_shapes import misfits
from tests.support.api_shop import Caller, done, refused
from tests.support.ride_town import FAR_AWAY, Town, act, asked_for, drive_to, wrong

pytestmark = pytest.mark.anyio

QUOTE = {"estimated_cost": 300.00, "distance_km": 4.2, "duration_min": 11, "currency": "INR"}
MADE = {"booking_id": 456, "status": "pending", "estimated_cost": 300.00}
SHOWN = {
    "booking_id": 123,
    "status": "accepted",
    "pickup_location": "123 Street, City",
    "pickup_lat": 19.076,
    "pickup_lng": 72.8777,
    "dropoff_location": "456 Avenue, City",
    "dropoff_lat": 19.0896,
    "dropoff_lng": 72.8656,
    "vehicle_type": "economy",
    "estimated_cost": 300.00,
    "currency": "INR",
}
COMING = {
    "name": "Ann",
    "vehicle_type": "economy",
    "plate_number": "MH-01-AB-1234",
    "lat": 19.0,
    "lng": 72.8,
}
ABSENT = 999_999_999


@pytest.fixture
async def rider(town: Town) -> Caller:
    return await town.rider()


@pytest.mark.parametrize("vehicle_type", ["economy", "premium", "van"])
async def test_a_quote_is_what_the_ride_will_cost(
    vehicle_type: str, town: Town, rider: Caller
) -> None:
    asked = asked_for(vehicle_type=vehicle_type)

    quote = done(await rider.post("/rides/quote", asked), 200)
    made = done(await rider.post("/rides", asked), 201)

    assert misfits(QUOTE, quote) == []
    assert misfits(MADE, made) == []
    assert made["status"] == "pending"
    assert quote["estimated_cost"] == made["estimated_cost"] > 0


async def test_without_a_vehicle_type_it_is_economy(rider: Caller) -> None:
    plain = done(await rider.post("/rides/quote", asked_for()), 200)
    economy = done(await rider.post("/rides/quote", asked_for(vehicle_type="economy")), 200)

    assert plain == economy


async def test_a_quote_needs_no_names_of_places(rider: Caller) -> None:
    asked = asked_for()
    del asked["pickup_location"], asked["dropoff_location"]

    done(await rider.post("/rides/quote", asked), 200)
    error = refused(await rider.post("/rides", asked), 400, "VALIDATION_ERROR")
    assert "pickup_location" in error["message"]


async def test_a_rider_sees_their_rides(town: Town, rider: Caller) -> None:
    ride = await town.request(rider)

    shown = await rider.read(f"/rides/{ride}")
    history = await rider.read("/rides")

    assert misfits(SHOWN | {"status": "pending"}, shown) == []
    assert (shown["booking_id"], shown["status"]) == (ride, "pending")
    assert [one["booking_id"] for one in history["rides"]] == [ride]
    assert (history["page"], history["total"]) == (1, 1)
    assert (await rider.read("/rides", page=2))["rides"] == []


async def test_a_foreign_ride_is_like_an_absent_one(town: Town, rider: Caller) -> None:
    ride, stranger = await town.request(rider), await town.rider()

    for method, tail, body in (
        ("GET", "", None),
        ("POST", "/cancel", {}),
        ("POST", "/otp", None),
        ("POST", "/rate", {"stars": 5}),
    ):
        foreign = await stranger.ask(method, f"/rides/{ride}{tail}", body)
        absent = await stranger.ask(method, f"/rides/{ABSENT}{tail}", body)
        refused(foreign, 404, "RIDE_NOT_FOUND")
        assert foreign.text.replace(str(ride), str(ABSENT)) == absent.text
    assert (await stranger.read("/rides"))["rides"] == []


async def test_a_pending_ride_is_cancelled_once(town: Town, rider: Caller) -> None:
    ride = await town.request(rider)

    cancelled = done(await rider.post(f"/rides/{ride}/cancel", {"reason": "ill"}), 200)

    assert (cancelled["booking_id"], cancelled["status"]) == (ride, "cancelled")
    assert cancelled["cancellation_fee"] == 0
    refused(await rider.post(f"/rides/{ride}/cancel"), 409)


async def test_a_late_cancellation_costs_a_fee(fresh_town: Town) -> None:
    trip = await fresh_town.accepted()
    fresh_town.shop.clock.advance(minutes=3)

    cancelled = done(await trip.rider.post(f"/rides/{trip.ride}/cancel"), 200)

    assert cancelled["status"] == "cancelled"
    assert cancelled["cancellation_fee"] > 0


async def test_nobody_leaves_a_moving_car(town: Town) -> None:
    trip = await town.begun()

    refused(await trip.rider.post(f"/rides/{trip.ride}/cancel"), 409)
    refused(await act(trip.driver, trip.ride, "cancel"), 409)
    assert (await trip.look())["status"] == "on_trip"


async def test_the_code_is_shown_to_the_rider_until_the_trip_starts(town: Town) -> None:
    rider, driver = await town.rider(), await town.driver()
    ride = await town.request(rider)
    assert "otp" not in await rider.read(f"/rides/{ride}")

    done(await act(driver, ride, "accept"), 200)
    code = (await rider.read(f"/rides/{ride}"))["otp"]
    assert len(code) == 6
    assert code.isdigit()
    assert code not in (await driver.get("/driver/rides/current")).text
    done(await act(driver, ride, "arrived"), 200)
    assert (await rider.read(f"/rides/{ride}"))["otp"] == code

    done(await act(driver, ride, "start", otp=code), 200)
    assert "otp" not in await rider.read(f"/rides/{ride}")
    assert code not in (await rider.get("/rides")).text


async def test_a_rider_sees_who_comes_until_they_are_there(town: Town) -> None:
    trip = await town.accepted()
    lat, lng = town.spot[0] + 0.001, town.spot[1]
    await drive_to(trip.driver, (lat, lng))

    coming = (await trip.look())["driver"]
    assert misfits(COMING, coming) == []
    assert (coming["lat"], coming["lng"]) == (lat, lng)
    for deed in ("arrived", "start", "complete"):
        assert (await trip.look())["driver"] is not None
        body = {"otp": await trip.code()} if deed == "start" else {}
        done(await act(trip.driver, trip.ride, deed, **body), 200)
    assert (await trip.look())["driver"] is None


async def test_a_new_code_ends_the_one_before(town: Town) -> None:
    trip = await town.accepted()
    old = await trip.code()

    new = done(await trip.rider.post(f"/rides/{trip.ride}/otp"), 200)["otp"]

    assert new != old
    assert await trip.code() == new
    error = refused(await act(trip.driver, trip.ride, "start", otp=old), 400, "OTP_INVALID")
    assert error["attempts_left"] == 4
    done(await act(trip.driver, trip.ride, "start", otp=new), 200)


async def test_a_ride_that_nobody_has_taken_has_no_code(town: Town, rider: Caller) -> None:
    ride = await town.request(rider)

    refused(await rider.post(f"/rides/{ride}/otp"), 409)


async def test_a_ride_is_rated_when_it_is_over(town: Town) -> None:
    trip = await town.begun()
    body = {"stars": 5, "comment": "Thank you"}
    refused(await trip.rider.post(f"/rides/{trip.ride}/rate", body), 409)

    done(await act(trip.driver, trip.ride, "complete"), 200)
    rated = done(await trip.rider.post(f"/rides/{trip.ride}/rate", body), 200)

    assert (rated["booking_id"], rated["stars"], rated["comment"]) == (trip.ride, 5, "Thank you")
    for stars in (0, 6, 4.5, "5", True, None):
        refused(await trip.rider.post(f"/rides/{trip.ride}/rate", {"stars": stars}), 400)
    refused(await trip.driver.post(f"/rides/{trip.ride}/rate", body), 404)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pickup_lat": 91.0}, "pickup_lat"),
        ({"pickup_lng": -181.0}, "pickup_lng"),
        ({"dropoff_lat": "north"}, "dropoff_lat"),
        ({"dropoff_lng": None}, "dropoff_lng"),
        ({"pickup_location": ""}, "pickup_location"),
        ({"pickup_location": "x" * 501}, "pickup_location"),
        ({"vehicle_type": "rocket"}, "vehicle_type"),
        ({"status": "completed"}, "status"),
        ({"estimated_cost": 1.00}, "estimated_cost"),
        ({"user_id": "somebody"}, "user_id"),
    ],
)
async def test_what_makes_no_sense_is_400_and_named(
    changes: dict[str, Any], field: str, rider: Caller
) -> None:
    error = refused(await rider.post("/rides", asked_for(**changes)), 400)

    assert field in error["message"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400"])
async def test_what_is_no_place_on_earth_is_400(value: str, rider: Caller) -> None:
    body = str(asked_for()).replace("'", '"').replace("19.076,", f"{value},")
    headers = {"Content-Type": "application/json"}

    for path in ("/rides", "/rides/quote"):
        answer = await rider.post(path, content=body.encode(), headers=headers)
        refused(answer, 400)


async def test_where_nobody_drives_no_ride_is_taken(rider: Caller) -> None:
    for path in ("/rides", "/rides/quote"):
        error = refused(await rider.post(path, asked_for(pickup=FAR_AWAY)), 409)
        assert error["code"] == "OUTSIDE_SERVICE_AREA"


async def test_one_ride_at_a_time(town: Town, rider: Caller) -> None:
    await town.request(rider)

    refused(await rider.post("/rides", asked_for()), 409)


@pytest.mark.parametrize("ride", ["0", "-1", "one", "1.5", "9" * 30, "%00"])
async def test_what_is_no_booking_id_finds_nothing(ride: str, rider: Caller) -> None:
    answer = await rider.get(f"/rides/{ride}")

    assert answer.status_code in {400, 404}
    refused(answer, answer.status_code)


async def test_errors_of_the_framework_have_the_shape_too(town: Town, rider: Caller) -> None:
    json = {"Content-Type": "application/json"}
    refused(await town.shop.nobody.get("/rides"), 401, "NOT_AUTHENTICATED")
    refused(await rider.get("/rides/1/2/3"), 404, "NOT_FOUND")
    refused(await rider.ask("DELETE", "/rides"), 405, "METHOD_NOT_ALLOWED")
    refused(await rider.post("/rides", content=b"{", headers=json), 400)
    refused(await rider.post("/rides", content=b"[]", headers=json), 400)


async def test_a_request_under_a_key_is_made_once(town: Town, rider: Caller) -> None:
    first = await rider.post("/rides", asked_for(), key="once")
    again = await rider.post("/rides", asked_for(), key="once")
    other = await rider.post("/rides", asked_for(vehicle_type="van"), key="once")

    done(first, 201)
    assert (again.status_code, again.content) == (201, first.content)
    refused(other, 422, "IDEMPOTENCY_KEY_REUSED")
    assert (await rider.read("/rides"))["total"] == 1


async def test_a_ride_whose_answer_was_lost_is_found_again(
    fresh_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash between the commit and the answer."""
    rider = await fresh_town.rider()
    with monkeypatch.context() as crash:
        crash.setattr(fresh_town.shop.api.system.requests, "finish", _crash)
        first = done(await rider.post("/rides", asked_for(), key="lost"), 201)
    fresh_town.shop.clock.advance(seconds=61)

    again = done(await rider.post("/rides", asked_for(), key="lost"), 201)

    assert again["booking_id"] == first["booking_id"]
    refused(await rider.post("/rides", asked_for(), key="new"), 409, "RIDE_IN_PROGRESS")


def _crash(*_: object) -> None:
    raise DatabaseUnreachable("gone")


async def test_a_refusal_under_a_key_counts_one_try(town: Town) -> None:
    trip = await town.accepted()
    body = {"otp": wrong(await trip.code())}
    path = f"/driver/rides/{trip.ride}/start"

    first = await trip.driver.post(path, body, key="try")
    again = await trip.driver.post(path, body, key="try")

    assert refused(first, 400)["attempts_left"] == 4
    assert again.content == first.content
    assert refused(await trip.driver.post(path, body), 400)["attempts_left"] == 3
