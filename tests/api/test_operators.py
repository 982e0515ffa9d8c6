"""`/activity-logs` and the two dashboards: what they show, and to whom."""

from datetime import timedelta

import pytest

from booking_core.clock import ManualClock
from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from tests.support.api import Api, Person, logged_in, somebody
from tests.support.builders import NOW, bus, hold, sell
from tests.support.people import register

pytestmark = pytest.mark.anyio

PATHS = ("/activity-logs", "/admin/dashboard", "/admin/dashboard/metrics")


@pytest.fixture
async def admin(frozen_api: Api) -> Person:
    return await worker(frozen_api, Role.ADMIN)


async def worker(api: Api, role: Role) -> Person:
    """A new user of this role, logged in."""
    email = f"{role}@example.com"
    user = register(api.system, email)
    api.system.accounts.set_role(user.id, role, actor="test")
    return await logged_in(api, email, "a garden in spring")


@pytest.mark.parametrize("path", PATHS)
async def test_operators_alone_may_look(frozen_api: Api, admin: Person, path: str) -> None:
    ann, driver = await somebody(frozen_api), await worker(frozen_api, Role.DRIVER)

    answers = [
        await frozen_api.ask("GET", path, headers=headers)
        for headers in ({}, ann.headers, driver.headers, admin.headers)
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 403, 200]


@pytest.mark.parametrize("path", PATHS)
async def test_a_program_needs_the_scope(frozen_api: Api, path: str) -> None:
    for scope, status in ((Scope.GATE, 403), (Scope.READ, 200), (Scope.ADMIN, 200)):
        _, secret = frozen_api.system.api_keys.create("program", [scope], "test")
        answer = await frozen_api.ask("GET", path, headers={"X-API-Key": secret})
        assert answer.status_code == status, scope


async def test_an_act_is_shown_with_everything(frozen_api: Api, admin: Person) -> None:
    system = frozen_api.system
    held = hold(system, system.create_inventory(bus()), "1A", customer="ann")

    answer = await frozen_api.ask(
        "GET", "/activity-logs", params={"entity": "booking"}, headers=admin.headers
    )

    assert answer.status_code == 200
    (found,), _ = system.activity.find(entity="booking")
    assert answer.json() == {
        "activity_logs": [
            {
                "chain_id": held.inventory_id,
                "seq": 1,
                "timestamp": "2035-06-01T12:00:00Z",
                "actor": "ann",
                "action": "held",
                "entity": "booking",
                "entity_id": held.id,
                "origin": None,
                "before": None,
                "after": found.act.after,
                "hash": found.hash,
            }
        ],
        "page": 1,
        "per_page": 50,
        "total": 1,
    }


async def test_acts_are_filtered_and_come_in_pages(
    frozen_api: Api, admin: Person, clock: ManualClock
) -> None:
    system = frozen_api.system
    inventory = system.create_inventory(bus())
    for label, customer in (("1A", "ann"), ("1B", "bob"), ("1C", "ann")):
        clock.advance(minutes=1)
        hold(system, inventory, label, customer=customer)

    async def times(**params: object) -> list[str]:
        asked = {"entity": "booking", **params}
        answer = await frozen_api.ask("GET", "/activity-logs", params=asked, headers=admin.headers)
        assert answer.status_code == 200, answer.text
        return [one["timestamp"][14:16] for one in answer.json()["activity_logs"]]

    assert await times() == ["03", "02", "01"]
    assert await times(actor="ann") == ["03", "01"]
    assert await times(action="released") == []
    assert await times(**{"from": "2035-06-01T12:02:00Z"}) == ["03", "02"]
    assert await times(to="2035-06-01T12:02:00Z") == ["01"]
    assert await times(**{"from": "2035-06-01T17:32:00+05:30"}) == ["03", "02"]
    assert await times(**{"from": "2035-06-01", "to": "2035-06-02"}) == ["03", "02", "01"]
    assert await times(per_page=2) == ["03", "02"]
    assert await times(per_page=2, page=2) == ["01"]
    assert await times(per_page=2, page=1_000_000) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "yesterday"},
        {"from": "123"},
        {"to": "0001-01-01T00:00:00+14:00"},
        {"page": "0"},
        {"per_page": "101"},
        {"actor": "an\x00n"},
        {"actor": "x" * 201},
    ],
)
async def test_filters_that_make_no_sense_are_named(
    frozen_api: Api, admin: Person, asked: dict[str, str]
) -> None:
    answer = await frozen_api.ask("GET", "/activity-logs", params=asked, headers=admin.headers)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", *asked]


@pytest.mark.parametrize("path", PATHS[1:])
async def test_a_dashboard_adds_up(
    frozen_api: Api, admin: Person, clock: ManualClock, path: str
) -> None:
    system = frozen_api.system
    inventory = system.create_inventory(bus(4, legs=1, starts_at=NOW + timedelta(hours=5)))
    sell(system, inventory, "1A")
    system.cancel(sell(system, inventory, "1B").id, refund=4_000, actor="boss")
    hold(system, inventory, "1C")
    clock.advance(minutes=12)

    answer = await frozen_api.ask("GET", path, headers=admin.headers)

    assert answer.status_code == 200
    assert answer.json() == {
        "as_of": "2035-06-01T12:12:00Z",
        "timezone": "UTC",
        "total_bookings": 1,
        "bookings_today": 1,
        "total_revenue": {"EUR": 140.0},
        "revenue_today": {"EUR": 140.0},
        "total_cancellations": 1,
        "cancellations_today": 1,
        "active_reservations": 1,
        "reservations_expiring_soon": 1,
        "blocked_seats": 0,
        "upcoming_departures": 1,
        "upcoming_places": 4,
        "upcoming_places_sold": 1,
        "occupancy_rate": 0.25,
        "refunds_pending": 0,
        "refunds_failed": 0,
        "failed_payments": 0,
        "failed_payments_today": 0,
        "active_users": 1,
        "messages_waiting": 0,
        "messages_dead": 0,
        "sweeper_lag_seconds": 0.0,
    }


@pytest.mark.parametrize("path", PATHS[1:])
async def test_a_day_is_one_of_the_zone_asked_for(
    frozen_api: Api, clock: ManualClock, path: str
) -> None:
    sell(frozen_api.system, frozen_api.system.create_inventory(bus()), "1A")
    clock.advance(hours=8)
    admin = await worker(frozen_api, Role.ADMIN)
    counted = {}
    for zone in ("UTC", "Asia/Kolkata"):
        answer = await frozen_api.ask("GET", path, params={"timezone": zone}, headers=admin.headers)
        counted[zone] = answer.json()["bookings_today"]

    assert counted == {"UTC": 1, "Asia/Kolkata": 0}
    answer = await frozen_api.ask(
        "GET", path, params={"timezone": "Mars/Olympus"}, headers=admin.headers
    )
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "timezone"]
