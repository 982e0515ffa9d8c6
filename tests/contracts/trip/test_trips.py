"""`/trip` of the trip contract: the same departures, by their numbers."""

from typing import Any

import pytest

from tests.support.api_shapes import inexact_money
from tests.support.api_shop import (
    ABSENT_TRIP,
    Caller,
    Departure,
    Shop,
    done,
    names_field,
    own_cities,
    refused,
)

pytestmark = pytest.mark.anyio


async def search(shop: Shop, origin: str, destination: str, day: str = "2024-01-20") -> Any:
    found = await shop.nobody.read("/trip/search", origin=origin, destination=destination, date=day)
    return found["trips"]


async def test_search_finds_what_the_bus_contract_sells(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    mumbai, pune = departure.cities
    await shop.book(ann, departure, "A1", "A2")

    (found,) = await search(shop, mumbai, pune)
    assert (found["id"], found["origin"], found["destination"]) == (departure.trip, mumbai, pune)
    assert isinstance(found["id"], int)
    assert found["available_seats"] == 6
    assert found["departure_time"] == "2024-01-20T08:00:00Z"
    assert found["price"] == 500.0
    assert await search(shop, pune, mumbai) == []
    assert await search(shop, mumbai, pune, "2024-01-21") == []


async def test_search_finds_parts_of_a_journey(shop: Shop) -> None:
    cities = own_cities("Mumbai", "Lonavala", "Pune")
    departure = await shop.departure(*cities)
    mumbai, lonavala, pune = cities

    for origin, destination, price in (
        (mumbai, lonavala, 250.0),
        (lonavala, pune, 250.0),
        (mumbai, pune, 500.0),
    ):
        (found,) = await search(shop, origin, destination)
        assert (found["id"], found["price"]) == (departure.trip, price)
        assert (found["origin"], found["destination"]) == (origin, destination)
    assert await search(shop, lonavala, mumbai) == []


@pytest.mark.parametrize("lacking", ["origin", "destination", "date"])
async def test_search_needs_all_it_asks_for(lacking: str, shop: Shop) -> None:
    asked = {"origin": "Mumbai", "destination": "Pune", "date": "2024-01-20"}
    del asked[lacking]

    names_field(await shop.nobody.get("/trip/search", params=asked), "query", lacking)


@pytest.mark.parametrize("day", ["tomorrow", "2024-02-30", "20/01/2024", ""])
async def test_search_wants_a_day_of_the_calendar(day: str, shop: Shop) -> None:
    asked = {"origin": "Mumbai", "destination": "Pune", "date": day}

    names_field(await shop.nobody.get("/trip/search", params=asked), "query", "date")


async def test_a_trip_lists_its_seats(shop: Shop, ann: Caller, departure: Departure) -> None:
    await shop.reserve(ann, departure, "A2")
    await shop.book(ann, departure, "A3")
    done(await shop.admin.post(f"/admin/seats/{departure.seats['A4']}/block"), 200)
    answer = await shop.nobody.get(f"/trip/{departure.trip}")
    trip = done(answer, 200)

    assert inexact_money(answer) == []
    assert (trip["id"], trip["available_seats"]) == (departure.trip, 5)
    assert all(
        {"seat_id", "seat_number", "status", "price"} <= seat.keys() for seat in trip["seats"]
    )
    statuses = {seat["seat_number"]: seat["status"] for seat in trip["seats"]}
    assert [statuses[f"A{n}"] for n in range(1, 5)] == ["available", "held", "booked", "blocked"]
    assert {seat["seat_id"] for seat in trip["seats"]} == set(departure.seats.values())


async def test_a_trip_that_is_not_there_is_404(shop: Shop) -> None:
    for absent in (ABSENT_TRIP, 0, -1, 2**63 - 1, 2**63, 10**40):
        answer = await shop.nobody.get(f"/trip/{absent}")
        assert answer.status_code in {404, 422}
        refused(answer, answer.status_code)
    refused(await shop.nobody.get(f"/trip/{ABSENT_TRIP}"), 404)


@pytest.mark.parametrize("number", ["abc", "1.5", "1e3", "0x1"])
async def test_a_trip_has_an_integer(number: str, shop: Shop) -> None:
    refused(await shop.nobody.get(f"/trip/{number}"), 422)
