"""`/routes` and `/buses` of the bus contract: made, read, changed and removed by the office."""

from typing import Any

import pytest

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


def route_body(**changes: Any) -> dict[str, Any]:
    mumbai, lonavala, pune = own_cities("Mumbai", "Lonavala", "Pune")
    return {
        "origin_city": mumbai,
        "destination_city": pune,
        "distance_km": 150.0,
        "stops": [{"city": lonavala, "distance_km": 83.5}],
        **changes,
    }


def bus_body(**changes: Any) -> dict[str, Any]:
    (number,) = own_cities("MH-12")
    return {"bus_number": number, "bus_type": "deluxe", "total_seats": 40, **changes}


BODIES = {"routes": route_body, "buses": bus_body}


@pytest.mark.parametrize("noun", BODIES)
async def test_what_was_made_is_there_for_everybody(noun: str, shop: Shop) -> None:
    asked = BODIES[noun]()
    made = done(await shop.admin.post(f"/{noun}", asked), 201)

    assert asked.items() <= made.items()
    assert await shop.nobody.read(f"/{noun}/{made['id']}") == made
    page = await shop.nobody.read(f"/{noun}", per_page=100)
    assert made in page[noun]
    assert page["total"] == len(page[noun])


@pytest.mark.parametrize("noun", BODIES)
async def test_what_was_changed_stays_changed(noun: str, shop: Shop) -> None:
    made = done(await shop.admin.post(f"/{noun}", BODIES[noun]()), 201)
    asked = BODIES[noun]()
    changed = done(await shop.admin.put(f"/{noun}/{made['id']}", asked), 200)

    assert asked.items() <= changed.items()
    assert changed["id"] == made["id"]
    assert await shop.nobody.read(f"/{noun}/{made['id']}") == changed


@pytest.mark.parametrize("noun", BODIES)
async def test_what_was_removed_is_gone(noun: str, shop: Shop) -> None:
    made = done(await shop.admin.post(f"/{noun}", BODIES[noun]()), 201)
    path = f"/{noun}/{made['id']}"

    assert (await shop.admin.delete(path)).status_code in {200, 204}
    refused(await shop.nobody.get(path), 404)
    refused(await shop.admin.delete(path), 404)
    refused(await shop.admin.put(path, BODIES[noun]()), 404)


@pytest.mark.parametrize("noun", BODIES)
async def test_what_departs_is_not_removed(noun: str, shop: Shop, departure: Departure) -> None:
    found = await shop.nobody.read(f"/schedules/{departure.id}/details")
    thing = found["route_id" if noun == "routes" else "bus_id"]

    refused(await shop.admin.delete(f"/{noun}/{thing}"), 409)
    done(await shop.nobody.get(f"/{noun}/{thing}"), 200)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("origin_city", ""),
        ("origin_city", None),
        ("destination_city", 5),
        ("distance_km", -1),
        ("distance_km", "far"),
        ("stops", "Lonavala"),
        ("id", ABSENT),
    ],
)
async def test_a_bad_route_is_422_and_names_the_field(field: str, value: Any, shop: Shop) -> None:
    names_field(await shop.admin.post("/routes", route_body(**{field: value})), "body", field)


@pytest.mark.parametrize(
    "stops",
    [
        pytest.param([{"city": "Beyond", "distance_km": 151}], id="beyond the end"),
        pytest.param([{"city": "Before", "distance_km": 0}], id="at the start"),
        pytest.param(
            [{"city": "B", "distance_km": 90}, {"city": "A", "distance_km": 80}], id="backwards"
        ),
        pytest.param(
            [{"city": "A", "distance_km": 80}, {"city": "A", "distance_km": 90}], id="twice"
        ),
        pytest.param([{"city": "A", "distance_km": 80, "price": 5}], id="unknown field"),
    ],
)
async def test_stops_lie_in_order_between_the_ends(stops: Any, shop: Shop) -> None:
    error = refused(await shop.admin.post("/routes", route_body(stops=stops)), 422)
    assert "stops" in str(error)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bus_number", ""),
        ("bus_number", None),
        ("bus_type", 5),
        ("total_seats", 0),
        ("total_seats", -3),
        ("total_seats", 10**9),
        ("total_seats", "many"),
        ("total_seats", 2.5),
        ("status", "active"),
    ],
)
async def test_a_bad_bus_is_422_and_names_the_field(field: str, value: Any, shop: Shop) -> None:
    names_field(await shop.admin.post("/buses", bus_body(**{field: value})), "body", field)


async def test_a_bus_number_is_given_once(shop: Shop) -> None:
    asked = bus_body()
    done(await shop.admin.post("/buses", asked), 201)

    refused(await shop.admin.post("/buses", asked), 409, "BUS_NUMBER_TAKEN")


async def test_a_bus_is_in_one_place_at_a_time(shop: Shop, departure: Departure) -> None:
    found = await shop.nobody.read(f"/schedules/{departure.id}/details")
    route = await shop.route(*own_cities("Nashik", "Surat"))
    asked = {
        "route_id": route["id"],
        "bus_id": found["bus_id"],
        "departure_datetime": stamp(DEPARTS),
        "arrival_datetime": "2024-01-20T12:00:00Z",
        "base_price": 300.0,
    }

    refused(await shop.admin.post("/schedules", asked), 409, "BUS_NOT_FREE")


@pytest.mark.parametrize("noun", BODIES)
async def test_an_id_of_any_form_is_not_there(noun: str, shop: Shop, ann: Caller) -> None:
    for absent in (ABSENT, "no-such-id", "1", "%00", "x" * 300):
        refused(await ann.get(f"/{noun}/{absent}"), 404)


@pytest.mark.parametrize("noun", BODIES)
@pytest.mark.parametrize(("param", "value"), [("page", 0), ("per_page", 0), ("per_page", "x")])
async def test_a_bad_page_is_422(noun: str, param: str, value: Any, shop: Shop) -> None:
    names_field(await shop.nobody.get(f"/{noun}", params={param: value}), "query", param)
