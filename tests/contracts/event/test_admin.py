"""`/api/v1/admin` of the event contract."""

import csv
import io
from typing import Any

import pytest

from booking_core.data import theatre_plan
from tests.support.api_house import (
    STARTS,
    buy,
    counted,
    event_body,
    failed,
    hold,
    seated,
    section,
    told,
    venue,
)
from tests.support.api_shapes import misfits
from tests.support.api_shop import ABSENT, Caller, Shop, done, own_cities, stamp

pytestmark = pytest.mark.anyio

DASHBOARD = {
    "summary": {
        "total_events": 25,
        "total_bookings": 15000,
        "total_revenue": 750000.00,
        "average_capacity_utilization": 75.5,
    },
    "top_events": [
        {
            "event_id": "550e8400-e29b-41d4-a716-446655440001",
            "name": "Summer Music Festival",
            "bookings": 5000,
            "revenue": 250000.00,
            "utilization": 95.0,
        }
    ],
    "booking_trends": [{"date": "2024-01-01", "bookings": 150, "revenue": 7500.00}],
    "revenue_by_category": {"VIP": 300000.00},
}


async def test_venues_are_put_up_listed_and_changed(shop: Shop) -> None:
    (name,) = own_cities("Opera")
    made = await venue(shop, name=name, layout_config={"stage": "north"}, time_zone="Asia/Kolkata")
    found = done(await shop.admin.get("/api/v1/admin/venues", params={"search": name}), 200)
    assert [one["id"] for one in found["data"]] == [made["id"]]
    assert found["pagination"]["total"] == 1

    path = f"/api/v1/admin/venues/{made['id']}"
    changed = told(await shop.admin.put(path, {"layout_config": {"stage": "south"}}), 200)
    assert changed == {**made, "layout_config": {"stage": "south"}}
    assert told(await shop.admin.get(path), 200) == changed
    failed(await shop.admin.put(path, {"capacity": 0}), 400, "VALIDATION_ERROR")
    failed(await shop.admin.get(f"/api/v1/admin/venues/{ABSENT}"), 404, "VENUE_NOT_FOUND")


async def test_an_event_is_created_as_documented(shop: Shop) -> None:
    body = {
        "name": "New Year Concert",
        "description": "Welcome 2025 with music",
        "venue_id": (await venue(shop))["id"],
        "start_time": "2024-12-31T20:00:00Z",
        "end_time": "2025-01-01T01:00:00Z",
        "capacity": 10000,
        "seat_configuration": {
            "sections": [{"name": "VIP", "rows": ["A", "B"], "seats_per_row": 20, "price": 300.00}]
        },
    }
    answer = await shop.admin.post("/api/v1/admin/events", body)
    event = told(answer, 201)

    assert {name: event[name] for name in ("name", "description", "capacity")} == {
        name: body[name] for name in ("name", "description", "capacity")
    }
    assert (event["start_time"], event["end_time"]) == (body["start_time"], body["end_time"])
    assert (event["status"], event["available_seats"]) == ("upcoming", 40)
    assert event["price_tiers"] == [
        {"tier": "VIP", "price": 300.0, "capacity": 40, "available": 40}
    ]


async def test_an_event_on_a_seating_plan(shop: Shop) -> None:
    import orjson

    plan = {"plan": orjson.loads(theatre_plan().read_bytes()), "default_price": 100.0}
    body = event_body((await venue(shop))["id"], seating_plan=plan)
    event = told(await shop.admin.post("/api/v1/admin/events", body), 201)

    assert event["available_seats"] > 40
    broken = {**body, "seating_plan": {**plan, "plan": {"zones": 5}}}
    failed(await shop.admin.post("/api/v1/admin/events", broken), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"start_time": "tomorrow"},
        {"end_time": stamp(STARTS)},
        {"capacity": 7},
        {"seat_configuration": {"sections": []}},
        {"seat_configuration": {"sections": [section(price=-1.0)]}},
        {"seat_configuration": {"sections": [section(price=1.001)]}},
        {"price_tiers": [{"tier": "General", "price": 1.0, "capacity": 1}]},
        {"seat_configuration": None},
        {"status": "completed"},
        {"id": ABSENT},
    ],
    ids=str,
)
async def test_an_event_that_makes_no_sense_is_400(shop: Shop, changes: Any) -> None:
    good = {"seat_configuration": {"sections": [section()]}}
    body = {**event_body((await venue(shop))["id"], **good), **changes}

    failed(await shop.admin.post("/api/v1/admin/events", body), 400, "VALIDATION_ERROR")


async def test_an_event_at_a_venue_that_is_not_there_is_404(shop: Shop) -> None:
    body = event_body(ABSENT, seat_configuration={"sections": [section()]})

    failed(await shop.admin.post("/api/v1/admin/events", body), 404, "VENUE_NOT_FOUND")


async def test_a_draft_is_published(shop: Shop, ann: Caller) -> None:
    show = await counted(shop, status="draft")
    path = f"/api/v1/admin/events/{show.id}"
    asked = {"event_id": show.id, "quantity": 1}
    failed(await ann.post("/api/v1/bookings", asked), 404, "EVENT_NOT_FOUND")

    assert told(await shop.admin.post(f"{path}/publish"), 200)["status"] == "upcoming"
    told(await ann.post("/api/v1/bookings", asked), 201)


async def test_an_event_is_changed(shop: Shop, ann: Caller) -> None:
    show = await counted(shop, ("General", 50.0, 2), capacity=3)
    await buy(ann, show, quantity=2)
    path = f"/api/v1/admin/events/{show.id}"

    change = {"name": "Winter Festival", "price_tiers": [{"tier": "General", "capacity": 3}]}
    event = told(await shop.admin.put(path, change), 200)
    assert (event["name"], event["available_seats"]) == ("Winter Festival", 1)
    smaller = {"price_tiers": [{"tier": "General", "capacity": 1}]}
    failed(await shop.admin.put(path, smaller), 409, "PLACES_IN_USE")
    failed(await shop.admin.put(path, {"venue_id": ABSENT}), 400, "VALIDATION_ERROR")


async def test_a_cancelled_event_gives_everything_back(shop: Shop, ann: Caller) -> None:
    show = await seated(shop)
    booked = await buy(ann, show, "A1", "A2")
    path = f"/api/v1/admin/events/{show.id}"

    called_off = told(await shop.admin.post(f"{path}/cancel", {"reason": "storm"}), 200)
    assert called_off["event"]["status"] == "cancelled"
    shop.api.system.event_canceller().run_once(show.id)
    progress = told(await shop.admin.get(f"{path}/cancellation"), 200)
    assert (progress["total"], progress["done"], progress["is_done"]) == (1, 1, True)
    assert told(await ann.get(f"/api/v1/bookings/{booked['id']}"), 200)["status"] == "cancelled"
    asked = {"event_id": show.id, "seat_ids": show.pick("A1")}
    failed(await ann.post("/api/v1/bookings", asked), 409)
    failed(await shop.admin.put(path, {"name": "Again"}), 409, "EVENT_CANCELLED")


async def test_the_dashboard_is_as_documented(fresh_shop: Shop) -> None:
    ann = await fresh_shop.customer()
    show = await seated(fresh_shop, section("VIP", "A", 2, 300.0), section("General", "B", 2, 50.0))
    await buy(ann, show, "VIP A1", "General B1")
    cancelled = await buy(ann, show, "VIP A2")
    told(await ann.delete(f"/api/v1/bookings/{cancelled['id']}"), 200)
    await hold(ann, show, "General B2")

    path = "/api/v1/admin/analytics/dashboard"
    figures = told(await fresh_shop.admin.get(path), 200)
    assert misfits(DASHBOARD, figures) == []
    assert figures["summary"] == {
        "total_events": 1,
        "total_bookings": 1,
        "total_revenue": 350.0,
        "average_capacity_utilization": 50.0,
    }
    assert figures["booking_trends"] == [{"date": "2024-01-15", "bookings": 1, "revenue": 350.0}]
    assert figures["revenue_by_category"] == {"VIP": 300.0, "General": 50.0}
    # By days of a time zone: there it is the 16th already.
    there = {"timezone": "Pacific/Kiritimati", "start_date": "2024-01-16"}
    assert told(await fresh_shop.admin.get(path, params=there), 200)["summary"]["total_bookings"]
    here = {"start_date": "2024-01-16"}
    later = told(await fresh_shop.admin.get(path, params=here), 200)
    assert later["summary"]["total_bookings"] == 0
    for wrong in ({"timezone": "Mars"}, {"start_date": "2024-02-01", "end_date": "2024-01-01"}):
        failed(await fresh_shop.admin.get(path, params=wrong), 400, "VALIDATION_ERROR")


async def test_sales_come_as_csv_without_formulas(shop: Shop, ann: Caller) -> None:
    show = await seated(shop, name='=HYPERLINK("http://evil.example")')
    booked = await buy(ann, show, "A1")

    answer = await shop.admin.get("/api/v1/admin/reports/sales.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = {row["booking_code"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    row = rows[booked["booking_code"]]
    assert row["event"] == "'" + show.name
    assert (row["revenue"], row["status"]) == ("500.00", "confirmed")
    wrong = await shop.admin.get("/api/v1/admin/reports/sales.csv", params={"timezone": "Mars"})
    failed(wrong, 400, "VALIDATION_ERROR")
