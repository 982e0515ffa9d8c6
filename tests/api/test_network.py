"""`/routes` and `/buses`: shapes, errors, and who may change what."""

from typing import Any

import pytest

from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from tests.support.api import Api
from tests.support.timetable import ABSENT, put_departure
from tests.support.workers import Headers, program, worker

pytestmark = pytest.mark.anyio

ROUTE: dict[str, Any] = {
    "origin_city": "Mumbai",
    "destination_city": "Pune",
    "distance_km": 150.5,
    "stops": [{"city": "Panvel", "distance_km": 40}, {"city": "Lonavala", "distance_km": 83.125}],
}
BUS: dict[str, Any] = {"bus_number": "MH-12-AB-1234", "bus_type": "deluxe", "total_seats": 40}
THINGS = {"/routes": ROUTE, "/buses": BUS}


@pytest.fixture
async def admin(frozen_api: Api) -> Headers:
    return await worker(frozen_api, Role.ADMIN)


@pytest.mark.parametrize("path", list(THINGS))
async def test_what_is_put_in_is_read_changed_and_taken_out(
    frozen_api: Api, admin: Headers, path: str
) -> None:
    made = await frozen_api.ask("POST", path, json=THINGS[path], headers=admin)
    assert made.status_code == 201, made.text
    body = made.json()
    one = f"{path}/{body['id']}"
    assert body == {"id": body["id"], **THINGS[path], "created_at": "2035-06-01T12:00:00Z"}
    assert (await frozen_api.ask("GET", one)).json() == body

    field = "distance_km" if path == "/routes" else "total_seats"
    changed = await frozen_api.ask("PUT", one, json={**THINGS[path], field: 99}, headers=admin)
    assert changed.status_code == 200
    assert changed.json() == (await frozen_api.ask("GET", one)).json() == {**body, field: 99}

    gone = await frozen_api.ask("DELETE", one, headers=admin)
    assert (gone.status_code, gone.content) == (204, b"")
    again = await frozen_api.ask("DELETE", one, headers=admin)
    assert [again.status_code, (await frozen_api.ask("GET", one)).status_code] == [404, 404]


async def test_lists_come_page_by_page(frozen_api: Api, admin: Headers) -> None:
    for number in ("C", "A", "B"):
        bus = {**BUS, "bus_number": number}
        await frozen_api.ask("POST", "/buses", json=bus, headers=admin)
        route = {**ROUTE, "origin_city": number}
        await frozen_api.ask("POST", "/routes", json=route, headers=admin)

    buses = (await frozen_api.ask("GET", "/buses?page=2&per_page=2")).json()
    routes = (await frozen_api.ask("GET", "/routes?per_page=2")).json()

    assert [one["bus_number"] for one in buses.pop("buses")] == ["C"]
    assert buses == {"page": 2, "per_page": 2, "total": 3}
    assert [one["origin_city"] for one in routes.pop("routes")] == ["C", "A"]
    assert routes == {"page": 1, "per_page": 2, "total": 3}
    assert (await frozen_api.ask("GET", "/routes?page=0")).status_code == 422


async def test_a_route_needs_no_stops(frozen_api: Api, admin: Headers) -> None:
    asked = {name: ROUTE[name] for name in ("origin_city", "destination_city", "distance_km")}

    made = await frozen_api.ask("POST", "/routes", json=asked, headers=admin)

    assert (made.status_code, made.json()["stops"]) == (201, [])


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("/routes", {"origin_city": " "}, "origin_city"),
        ("/routes", {"destination_city": "mumbai", "stops": []}, "destination_city"),
        ("/routes", {"distance_km": 0}, "distance_km"),
        ("/routes", {"distance_km": -1}, "distance_km"),
        ("/routes", {"distance_km": "far"}, "distance_km"),
        ("/routes", {"distance_km": 1e9}, "distance_km"),
        ("/routes", {"stops": [{"city": "Panvel", "distance_km": 151}]}, "stops"),
        ("/routes", {"stops": list(reversed(ROUTE["stops"]))}, "stops"),
        ("/routes", {"stops": [{"city": "Panvel"}]}, "stops"),
        ("/routes", {"stops": None}, "stops"),
        ("/routes", {"id": ABSENT}, "id"),
        ("/buses", {"bus_number": ""}, "bus_number"),
        ("/buses", {"bus_number": "a\x00"}, "bus_number"),
        ("/buses", {"bus_type": None}, "bus_type"),
        ("/buses", {"total_seats": 0}, "total_seats"),
        ("/buses", {"total_seats": 121}, "total_seats"),
        ("/buses", {"total_seats": 10.5}, "total_seats"),
        ("/buses", {"status": "active"}, "status"),
    ],
)
async def test_nonsense_is_refused_by_its_field(
    frozen_api: Api, admin: Headers, path: str, change: dict[str, Any], field: str
) -> None:
    refused = await frozen_api.ask("POST", path, json={**THINGS[path], **change}, headers=admin)

    assert refused.status_code == 422, refused.text
    assert [field in entry["loc"] for entry in refused.json()["detail"]] == [True]
    assert (await frozen_api.ask("GET", path)).json()["total"] == 0


async def test_a_number_that_is_taken_is_a_conflict(frozen_api: Api, admin: Headers) -> None:
    await frozen_api.ask("POST", "/buses", json=BUS, headers=admin)

    again = await frozen_api.ask("POST", "/buses", json=BUS, headers=admin)

    assert (again.status_code, again.json()["code"]) == (409, "BUS_NUMBER_TAKEN")


async def test_what_has_schedules_stays(frozen_api: Api, admin: Headers) -> None:
    schedule = put_departure(frozen_api.system)
    route, bus = f"/routes/{schedule.route_id}", f"/buses/{schedule.bus.id}"

    refused = [
        await frozen_api.ask("DELETE", route, headers=admin),
        await frozen_api.ask("PUT", route, json=ROUTE, headers=admin),
        await frozen_api.ask("DELETE", bus, headers=admin),
    ]

    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (409, "ROUTE_IN_USE"),
        (409, "ROUTE_IN_USE"),
        (409, "BUS_IN_USE"),
    ]


@pytest.mark.parametrize("path", list(THINGS))
@pytest.mark.parametrize("absent", [ABSENT, "no-id"])
async def test_what_is_absent_is_not_found(
    frozen_api: Api, admin: Headers, path: str, absent: str
) -> None:
    one = f"{path}/{absent}"
    answers = [
        await frozen_api.ask("GET", one),
        await frozen_api.ask("PUT", one, json=THINGS[path], headers=admin),
        await frozen_api.ask("DELETE", one, headers=admin),
    ]

    code = "ROUTE_NOT_FOUND" if path == "/routes" else "BUS_NOT_FOUND"
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, code)}


@pytest.mark.parametrize("path", list(THINGS))
async def test_only_admins_change_the_network(frozen_api: Api, admin: Headers, path: str) -> None:
    made = await frozen_api.ask("POST", path, json=THINGS[path], headers=admin)
    one = f"{path}/{made.json()['id']}"
    others = {
        "nobody": {},
        "a customer": await worker(frozen_api, Role.CUSTOMER),
        "a driver": await worker(frozen_api, Role.DRIVER),
        "a gate": program(frozen_api, Scope.GATE),
        "the stock": program(frozen_api, Scope.INVENTORY),
    }

    statuses = {
        name: [
            (await frozen_api.ask(method, at, json=body, headers=headers)).status_code
            for method, at, body in (
                ("POST", path, {**THINGS[path], "bus_number": name} if path == "/buses" else ROUTE),
                ("PUT", one, THINGS[path]),
                ("DELETE", one, None),
            )
        ]
        for name, headers in others.items()
    }

    assert statuses == {
        "nobody": [401, 401, 401],
        "a customer": [403, 403, 403],
        "a driver": [403, 403, 403],
        "a gate": [403, 403, 403],
        "the stock": [201, 200, 204],
    }


async def test_reading_is_open_to_all(frozen_api: Api) -> None:
    assert [(await frozen_api.ask("GET", path)).status_code for path in THINGS] == [200, 200]
