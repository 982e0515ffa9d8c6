"""`/schedules`: the document's search, live seats, parts of a journey, and who may put one in."""

from typing import Any

import pytest

from booking_core.clock import ManualClock
from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from booking_core.domain.timetable import BusDraft, RouteDraft, Schedule, Stop
from tests.support.api import Api, running, settings_for
from tests.support.builders import hold, sell
from tests.support.timetable import ABSENT, HOUR, OPERATOR, put_departure
from tests.support.workers import Headers, program, worker

pytestmark = pytest.mark.anyio

DEPARTURE = {
    "departure_datetime": "2036-01-20T08:00:00Z",
    "arrival_datetime": "2036-01-20T11:30:00Z",
    "base_price": 500.00,
}
MUMBAI_PUNE = "origin_city=Mumbai&destination_city=Pune"


@pytest.fixture
async def admin(frozen_api: Api) -> Headers:
    return await worker(frozen_api, Role.ADMIN)


@pytest.fixture
def asked(frozen_api: Api) -> dict[str, Any]:
    """The body of a schedule as in the document's example."""
    return document_example(frozen_api)


def document_example(api: Api) -> dict[str, Any]:
    timetable = api.system.timetable
    line = RouteDraft.between("Mumbai", "Pune", 150_000, [Stop("Lonavala", 83_000)])
    route = timetable.routes.create(line, **OPERATOR)
    bus = timetable.buses.create(BusDraft("MH-12-AB-1234", "deluxe", 40), **OPERATOR)
    return {"route_id": route.id, "bus_id": bus.id, **DEPARTURE}


async def test_the_documents_search(frozen_api: Api, admin: Headers, asked: dict[str, Any]) -> None:
    made = await frozen_api.ask("POST", "/schedules", json=asked, headers=admin)
    assert made.status_code == 201, made.text

    found = await frozen_api.ask("GET", f"/schedules/search?{MUMBAI_PUNE}&date=2036-01-20")

    assert found.status_code == 200
    assert found.json() == {
        "schedules": [
            {
                "id": made.json()["id"],
                "departure_datetime": "2036-01-20T08:00:00Z",
                "arrival_datetime": "2036-01-20T11:30:00Z",
                "base_price": 500.00,
                "available_seats": 40,
                "bus": {"bus_number": "MH-12-AB-1234", "bus_type": "deluxe"},
                "route": {
                    "origin_city": "Mumbai",
                    "destination_city": "Pune",
                    "distance_km": 150.0,
                },
            }
        ]
    }


async def test_a_new_schedule_has_its_seats_at_once(
    frozen_api: Api, admin: Headers, asked: dict[str, Any]
) -> None:
    made = (await frozen_api.ask("POST", "/schedules", json=asked, headers=admin)).json()
    one = f"/schedules/{made['id']}"

    details = (await frozen_api.ask("GET", f"{one}/details")).json()
    generated = await frozen_api.ask("POST", f"{one}/generate-seats", headers=admin)

    assert details == made
    assert (details["trip_id"], details["total_seats"], len(details["seats"])) == (1, 40, 40)
    assert details["seats"][0] == {
        "seat_id": details["seats"][0]["seat_id"],
        "seat_number": "A1",
        "seat_type": "standard",
        "status": "available",
        "price": 500.0,
    }
    assert (generated.status_code, generated.json()) == (
        200,
        {"schedule_id": made["id"], "trip_id": 1, "generated": 0, "total_seats": 40},
    )


async def test_a_part_of_the_journey_has_its_own_times_price_and_seats(
    frozen_api: Api, admin: Headers, asked: dict[str, Any]
) -> None:
    made = (await frozen_api.ask("POST", "/schedules", json=asked, headers=admin)).json()
    query = "origin_city=LONAVALA&destination_city=pune"

    (found,) = (await frozen_api.ask("GET", f"/schedules/search?{query}&date=2036-01-20")).json()[
        "schedules"
    ]
    details = (await frozen_api.ask("GET", f"/schedules/{made['id']}/details?{query}")).json()
    seats = (await frozen_api.ask("GET", f"/schedules/{made['id']}/seats?{query}")).json()

    # 83 of 150 km take 116 of 210 minutes; 67 km cost 223.33.
    assert (found["departure_datetime"], found["base_price"]) == ("2036-01-20T09:56:00Z", 223.33)
    assert {name: details[name] for name in found} == found
    assert {seat["price"] for seat in seats["seats"]} == {223.33}


async def test_seats_show_what_is_taken_on_the_legs_asked_for(frozen_api: Api) -> None:
    schedule = put_departure(frozen_api.system, "Mumbai", "Lonavala", "Pune", seats=4)
    sell(frozen_api.system, schedule.inventory_id, "A1", from_leg=0, to_leg=1)
    hold(frozen_api.system, schedule.inventory_id, "A2", from_leg=1, to_leg=2)

    async def shown(query: str) -> tuple[int, list[str]]:
        answer = await frozen_api.ask("GET", f"/schedules/{schedule.id}/seats{query}")
        body = answer.json()
        assert (body["schedule_id"], body["trip_id"]) == (schedule.id, schedule.number)
        return body["available_seats"], [seat["status"] for seat in body["seats"]]

    free = ["available", "available"]
    assert await shown("") == (2, ["booked", "held", *free])
    assert await shown("?destination_city=Lonavala") == (3, ["booked", "available", *free])
    assert await shown("?origin_city=Lonavala") == (3, ["available", "held", *free])


async def test_an_etag_asks_whether_anything_changed(frozen_api: Api, clock: ManualClock) -> None:
    schedule = put_departure(frozen_api.system)
    path = f"/schedules/{schedule.id}/seats"

    async def ask(etag: str = "") -> tuple[int, str]:
        headers = {"If-None-Match": etag} if etag else {}
        answer = await frozen_api.ask("GET", path, headers=headers)
        return answer.status_code, answer.headers["etag"]

    _, first = await ask()
    assert await ask(first) == (304, first.removeprefix("W/"))
    assert (await ask(f'"other", {first}'))[0] == 304
    held = hold(frozen_api.system, schedule.inventory_id, "A1")
    status, second = await ask(first)
    assert (status, second == first) == (200, False)
    assert (await ask(second))[0] == 304

    # Nobody has swept: the version stands, the seat is free.
    clock.advance(seconds=(held.expires_at - held.held_at).total_seconds())
    assert (await ask(second))[0] == 200


async def test_the_hold_time_of_the_settings_is_a_new_schedules(
    sqlite_url: str, clock: ManualClock
) -> None:
    async with running(settings_for(sqlite_url, hold_seconds=7200), clock) as api:
        headers = await worker(api, Role.ADMIN)
        await api.ask("POST", "/schedules", json=document_example(api), headers=headers)
        schedule = api.system.timetable.by_number(1)

        held = hold(api.system, schedule.inventory_id, "A1")

    assert held.expires_at - held.held_at == 2 * HOUR


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"route_id": ABSENT}, 404, "ROUTE_NOT_FOUND"),
        ({"route_id": "x"}, 404, "ROUTE_NOT_FOUND"),
        ({"bus_id": ABSENT}, 404, "BUS_NOT_FOUND"),
        ({"arrival_datetime": "2036-01-20T07:00:00Z"}, 422, "arrival_datetime"),
        ({"departure_datetime": "2036-01-20T08:00:00"}, 422, "departure_datetime"),
        ({"departure_datetime": "9999-01-20T08:00:00Z"}, 422, "departure_datetime"),
        ({"departure_datetime": 5}, 422, "departure_datetime"),
        ({"base_price": -1}, 422, "base_price"),
        ({"base_price": 0.001}, 422, "base_price"),
        ({"base_price": 1e13}, 422, "base_price"),
        ({"base_price": 1.5, "currency": "JPY"}, 422, "base_price"),
        ({"currency": "rupees"}, 422, "currency"),
        ({"time_zone": "Mars/Base"}, 422, "time_zone"),
        ({"on_sale": False}, 422, "on_sale"),
    ],
)
async def test_nonsense_is_refused_by_its_field(
    frozen_api: Api, change: dict[str, Any], status: int, field: str
) -> None:
    admin = await worker(frozen_api, Role.ADMIN)
    asked = {**document_example(frozen_api), **change}

    refused = await frozen_api.ask("POST", "/schedules", json=asked, headers=admin)

    assert refused.status_code == status, refused.text
    assert field in refused.text


async def test_a_bus_that_is_on_the_road_is_a_conflict(
    frozen_api: Api, admin: Headers, asked: dict[str, Any]
) -> None:
    await frozen_api.ask("POST", "/schedules", json=asked, headers=admin)

    again = await frozen_api.ask("POST", "/schedules", json=asked, headers=admin)

    assert (again.status_code, again.json()["code"]) == (409, "BUS_NOT_FREE")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("destination_city=Pune&date=2036-01-20", "origin_city"),
        ("origin_city=%20&destination_city=Pune&date=2036-01-20", "origin_city"),
        ("origin_city=a%00&destination_city=Pune&date=2036-01-20", "origin_city"),
        ("origin_city=Mumbai&date=2036-01-20", "destination_city"),
        (MUMBAI_PUNE, "date"),
        (f"{MUMBAI_PUNE}&date=2036-02-30", "date"),
        (f"{MUMBAI_PUNE}&date=1705708800", "date"),
        (f"{MUMBAI_PUNE}&date=tomorrow", "date"),
        (f"{MUMBAI_PUNE}&date=2036-01-20&per_page=0", "per_page"),
    ],
)
async def test_a_search_that_makes_no_sense_names_the_field(
    frozen_api: Api, query: str, field: str
) -> None:
    refused = await frozen_api.ask("GET", f"/schedules/search?{query}")

    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["query", field]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2036-01-21"])
async def test_a_day_without_departures_is_an_empty_list(frozen_api: Api, day: str) -> None:
    put_departure(frozen_api.system)

    found = await frozen_api.ask("GET", f"/schedules/search?{MUMBAI_PUNE}&date={day}")

    assert (found.status_code, found.json()) == (200, {"schedules": []})


async def test_a_city_where_it_does_not_call_is_named(frozen_api: Api) -> None:
    schedule = put_departure(frozen_api.system)

    for place in ("seats", "details"):
        path = f"/schedules/{schedule.id}/{place}?origin_city=Goa"
        refused = await frozen_api.ask("GET", path)
        assert (refused.status_code, refused.json()["code"]) == (422, "UNKNOWN_STOP")
        assert refused.json()["detail"][0]["loc"] == ["query", "origin_city"]


@pytest.mark.parametrize("absent", [ABSENT, "schedule-123"])
async def test_what_is_absent_is_not_found(frozen_api: Api, admin: Headers, absent: str) -> None:
    for method, place in (("GET", "details"), ("GET", "seats"), ("POST", "generate-seats")):
        answer = await frozen_api.ask(method, f"/schedules/{absent}/{place}", headers=admin)
        assert (answer.status_code, answer.json()["code"]) == (404, "SCHEDULE_NOT_FOUND")


async def test_only_admins_put_departures_in(frozen_api: Api, asked: dict[str, Any]) -> None:
    schedule: Schedule = put_departure(frozen_api.system)
    others = {
        "nobody": {},
        "a customer": await worker(frozen_api, Role.CUSTOMER),
        "a driver": await worker(frozen_api, Role.DRIVER),
        "a gate": program(frozen_api, Scope.GATE),
        "the stock": program(frozen_api, Scope.INVENTORY),
    }

    statuses = {
        name: [
            (await frozen_api.ask("POST", path, json=body, headers=headers)).status_code
            for path, body in (
                ("/schedules", asked),
                (f"/schedules/{schedule.id}/generate-seats", None),
            )
        ]
        for name, headers in others.items()
    }

    assert statuses == {
        "nobody": [401, 401],
        "a customer": [403, 403],
        "a driver": [403, 403],
        "a gate": [403, 403],
        "the stock": [201, 200],
    }
