"""`/schedules` of the bus contract: search, details, seats, and how they come to be."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api_shapes import inexact_money, misfits
from tests.support.api_shop import (
    ABSENT,
    DEPARTS,
    Caller,
    Departure,
    Shop,
    done,
    names_field,
    own_cities,
    refused,
    stamp,
)

pytestmark = pytest.mark.anyio

LISTED = {
    "id": "schedule-123",
    "departure_datetime": "2024-01-20T08:00:00Z",
    "arrival_datetime": "2024-01-20T11:30:00Z",
    "base_price": 500.00,
    "available_seats": 28,
    "bus": {"bus_number": "MH-12-AB-1234", "bus_type": "deluxe"},
    "route": {"origin_city": "Mumbai", "destination_city": "Pune", "distance_km": 150.0},
}
SEAT = {
    "seat_id": "seat-001",
    "seat_number": "A1",
    "seat_type": "standard",
    "status": "available",
    "price": 500.00,
}
MAP = {"schedule_id": "schedule-123", "trip_id": 1, "available_seats": 28, "seats": [SEAT]}


async def search(shop: Shop, origin: str, destination: str, day: str = "2024-01-20") -> Any:
    found = await shop.nobody.read(
        "/schedules/search", origin_city=origin, destination_city=destination, date=day
    )
    return found["schedules"]


async def test_search_finds_the_day_and_the_pair(shop: Shop, departure: Departure) -> None:
    mumbai, pune = departure.cities

    (found,) = await search(shop, mumbai, pune)
    assert misfits(LISTED, found) == []
    assert found["id"] == departure.id
    assert (found["available_seats"], found["base_price"]) == (8, 500.00)
    assert await search(shop, mumbai, pune, "2024-01-21") == []
    assert await search(shop, pune, mumbai) == []
    assert await search(shop, mumbai, "Atlantis") == []


async def test_search_counts_what_is_held(shop: Shop, ann: Caller, departure: Departure) -> None:
    await shop.reserve(ann, departure, "A1", "A2", "A3")

    (found,) = await search(shop, *departure.cities)
    assert found["available_seats"] == 5


async def test_search_finds_departures_that_call_at_both_in_order(shop: Shop) -> None:
    cities = own_cities("Mumbai", "Lonavala", "Pune")
    departure = await shop.departure(*cities)
    mumbai, lonavala, pune = cities

    # Price by distance: half of it each.
    for origin, destination, price in (
        (mumbai, lonavala, 250.0),
        (lonavala, pune, 250.0),
        (mumbai, pune, 500.0),
    ):
        (found,) = await search(shop, origin, destination)
        assert (found["id"], found["base_price"]) == (departure.id, price)
    assert await search(shop, lonavala, mumbai) == []
    assert await search(shop, pune, lonavala) == []


@pytest.mark.parametrize("lacking", ["origin_city", "destination_city", "date"])
async def test_search_needs_all_it_asks_for(lacking: str, shop: Shop) -> None:
    asked = {"origin_city": "Mumbai", "destination_city": "Pune", "date": "2024-01-20"}
    del asked[lacking]

    names_field(await shop.nobody.get("/schedules/search", params=asked), "query", lacking)


@pytest.mark.parametrize("day", ["tomorrow", "2024-02-30", "20/01/2024", "", "99999-01-01"])
async def test_search_wants_a_day_of_the_calendar(day: str, shop: Shop) -> None:
    asked = {"origin_city": "Mumbai", "destination_city": "Pune", "date": day}

    names_field(await shop.nobody.get("/schedules/search", params=asked), "query", "date")


async def test_details_have_the_bus_the_route_and_the_seats(
    shop: Shop, departure: Departure
) -> None:
    answer = await shop.nobody.get(f"/schedules/{departure.id}/details")
    details = done(answer, 200)

    assert misfits({**LISTED, "trip_id": 1, "seats": [SEAT]}, details) == []
    assert inexact_money(answer) == []
    assert details["trip_id"] == departure.trip
    assert len(details["seats"]) == 8


async def test_the_seat_map_tells_how_each_seat_stands(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    await shop.reserve(ann, departure, "A2")
    await shop.book(ann, departure, "B1")
    found = await shop.nobody.read(f"/schedules/{departure.id}/seats")

    assert misfits(MAP, found) == []
    assert found["schedule_id"] == departure.id
    assert found["available_seats"] == 6
    statuses = {seat["seat_number"]: seat["status"] for seat in found["seats"]}
    assert list(statuses) == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4"]
    assert (statuses["A2"], statuses["B1"]) == ("held", "booked")
    assert {statuses[free] for free in ("A1", "A3", "A4", "B2")} == {"available"}


async def test_a_map_that_did_not_change_is_not_sent_again(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    path = f"/schedules/{departure.id}/seats"
    first = await shop.nobody.get(path)
    known = {"If-None-Match": first.headers["ETag"]}

    again = await shop.nobody.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    await shop.reserve(ann, departure, "A1")
    done(await shop.nobody.get(path, headers=known), 200)


async def test_seats_of_a_part_of_the_journey(shop: Shop, ann: Caller) -> None:
    cities = own_cities("Mumbai", "Lonavala", "Pune")
    departure = await shop.departure(*cities)
    mumbai, lonavala, pune = cities
    await shop.reserve(ann, departure, "A1", origin_city=mumbai, destination_city=lonavala)

    first = await shop.statuses(departure, origin_city=mumbai, destination_city=lonavala)
    second = await shop.statuses(departure, origin_city=lonavala, destination_city=pune)
    assert (first["A1"], second["A1"]) == ("held", "available")
    assert (await shop.statuses(departure))["A1"] == "held"


async def test_a_part_that_is_not_travelled_is_422(shop: Shop, departure: Departure) -> None:
    mumbai, pune = departure.cities

    for origin, destination in ((pune, mumbai), ("Atlantis", pune), (mumbai, mumbai)):
        part = {"origin_city": origin, "destination_city": destination}
        refused(await shop.nobody.get(f"/schedules/{departure.id}/seats", params=part), 422)


@pytest.mark.parametrize("what", ["details", "seats"])
@pytest.mark.parametrize("absent", [ABSENT, "schedule-123", "0", "x" * 300])
async def test_a_schedule_that_is_not_there(what: str, absent: str, shop: Shop) -> None:
    refused(await shop.nobody.get(f"/schedules/{absent}/{what}"), 404)


async def schedule_body(shop: Shop, **changes: Any) -> dict[str, Any]:
    route = await shop.route(*own_cities("Mumbai", "Pune"))
    bus = await shop.bus()
    return {
        "route_id": route["id"],
        "bus_id": bus["id"],
        "departure_datetime": stamp(DEPARTS),
        "arrival_datetime": stamp(DEPARTS + timedelta(hours=3)),
        "base_price": 500.00,
        **changes,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("departure_datetime", "soon"),
        ("departure_datetime", None),
        ("arrival_datetime", "2024-13-01T00:00:00Z"),
        ("base_price", -1),
        ("base_price", 0.001),
        ("base_price", "free"),
        ("base_price", 1e30),
        ("on_fire", True),
    ],
)
async def test_a_bad_schedule_is_422_and_names_the_field(
    field: str, value: Any, shop: Shop
) -> None:
    body = await schedule_body(shop, **{field: value})

    names_field(await shop.admin.post("/schedules", body), "body", field)


async def test_a_schedule_arrives_after_it_departs(shop: Shop) -> None:
    body = await schedule_body(shop, arrival_datetime=stamp(DEPARTS - timedelta(hours=1)))

    refused(await shop.admin.post("/schedules", body), 422)


@pytest.mark.parametrize("field", ["route_id", "bus_id"])
async def test_a_schedule_needs_what_it_names(field: str, shop: Shop) -> None:
    body = await schedule_body(shop, **{field: ABSENT})

    assert (await shop.admin.post("/schedules", body)).status_code in {404, 422}


async def test_seats_are_generated_once(shop: Shop) -> None:
    made = done(await shop.admin.post("/schedules", await schedule_body(shop)), 201)
    path = f"/schedules/{made['id']}/generate-seats"

    assert (await shop.admin.post(path)).status_code in {200, 201}
    once = await shop.look_at(made["id"])
    assert (await shop.admin.post(path)).status_code in {200, 201, 409}
    assert (await shop.look_at(made["id"])).seats == once.seats
    assert len(once.seats) == 8
    refused(await shop.admin.post(f"/schedules/{ABSENT}/generate-seats"), 404)
