"""`/trip`: the same departures by their integer, open to all."""

import pytest

from tests.support.api import Api
from tests.support.builders import sell
from tests.support.timetable import put_departure

pytestmark = pytest.mark.anyio

SEARCH = "/trip/search?origin=Mumbai&destination=Pune&date=2035-06-04"


async def test_a_trip_is_found_and_shown_with_its_seats(frozen_api: Api) -> None:
    schedule = put_departure(frozen_api.system, price=90_000, seats=4)
    sell(frozen_api.system, schedule.inventory_id, "A2", from_leg=0, to_leg=1)

    (found,) = (await frozen_api.ask("GET", SEARCH)).json()["trips"]
    shown = await frozen_api.ask("GET", f"/trip/{found['id']}")

    assert found == {
        "id": 1,
        "trip_id": 1,
        "origin": "Mumbai",
        "destination": "Pune",
        "departure_time": "2035-06-04T12:00:00Z",
        "arrival_time": "2035-06-04T15:00:00Z",
        "price": 900.0,
        "currency": "INR",
        "available_seats": 3,
        "total_seats": 4,
        "bus": {"bus_number": schedule.bus.bus_number, "bus_type": "deluxe"},
    }
    body = shown.json()
    seats = body.pop("seats")
    assert body == {**found, "on_sale": True, "time_zone": "UTC"}
    assert [(seat["seat_number"], seat["status"], seat["price"]) for seat in seats] == [
        ("A1", "available", 900.0),
        ("A2", "booked", 900.0),
        ("A3", "available", 900.0),
        ("A4", "available", 900.0),
    ]
    again = await frozen_api.ask("GET", "/trip/1", headers={"If-None-Match": shown.headers["etag"]})
    assert again.status_code == 304


async def test_a_part_of_a_trip(frozen_api: Api) -> None:
    put_departure(frozen_api.system, price=90_000)

    answer = await frozen_api.ask("GET", "/trip/1?origin=Panvel&destination=Lonavala")

    body = answer.json()
    assert (body["origin"], body["destination"], body["price"]) == ("Panvel", "Lonavala", 300.0)
    assert body["departure_time"] == "2035-06-04T13:00:00Z"


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/trip/2", 404, "SCHEDULE_NOT_FOUND"),
        ("/trip/0", 404, "SCHEDULE_NOT_FOUND"),
        ("/trip/99999999999999999999999", 404, "SCHEDULE_NOT_FOUND"),
        ("/trip/one", 422, "trip_id"),
        ("/trip/1?origin=Goa", 422, '"loc": ["query", "origin"]'),
        ("/trip/search?origin=Mumbai&date=2035-06-04", 422, "destination"),
        ("/trip/search?origin=Mumbai&destination=Pune&date=4", 422, "date"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    frozen_api: Api, path: str, status: int, text: str
) -> None:
    put_departure(frozen_api.system)

    refused = await frozen_api.ask("GET", path)

    assert refused.status_code == status, refused.text
    assert text in refused.text
    assert {"detail", "code"} <= set(refused.json())


async def test_a_search_finds_nothing_between_strange_cities(frozen_api: Api) -> None:
    put_departure(frozen_api.system)

    found = await frozen_api.ask("GET", SEARCH.replace("Pune", "Goa"))

    assert (found.status_code, found.json()) == (200, {"trips": []})
