"""`/admin` and `/activity-logs` of the bus contract: what the office sees and may do."""

from datetime import timedelta
from typing import Any

import pytest

from booking_core.domain.api_keys import Scope
from tests.support.api_shapes import inexact_money
from tests.support.api_shop import (
    ABSENT,
    OPENED,
    Caller,
    Departure,
    Shop,
    done,
    names_field,
    pay,
    refused,
    stamp,
)

pytestmark = pytest.mark.anyio


async def test_metrics_count_what_happened(fresh_shop: Shop) -> None:
    departure = await fresh_shop.departure()
    ann = await fresh_shop.customer()
    await fresh_shop.book(ann, departure, "A1", "A2")
    booked = await fresh_shop.book(ann, departure, "A3")
    done(await ann.post(f"/bookings/{booked['id']}/cancel", {}), 200)
    await fresh_shop.reserve(ann, departure, "B1")

    answer = await fresh_shop.admin.get("/admin/dashboard/metrics")
    found = done(answer, 200)
    assert inexact_money(answer) == []
    # Confirmed bookings, revenue net of refunds.
    assert (found["total_bookings"], found["total_cancellations"]) == (1, 1)
    assert found["total_revenue"] == {"INR": 1000.0}
    assert found["active_reservations"] == 1
    fresh_shop.clock.advance(minutes=15)
    found = await fresh_shop.admin.read("/admin/dashboard/metrics")
    assert found["active_reservations"] == 0


async def test_metrics_of_a_day_are_by_a_time_zone(shop: Shop) -> None:
    found = await shop.admin.read("/admin/dashboard/metrics", timezone="Asia/Kolkata")

    assert found["timezone"] == "Asia/Kolkata"
    for unknown in ("Atlantis/Center", "../../etc/passwd", ""):
        answer = await shop.admin.get("/admin/dashboard/metrics", params={"timezone": unknown})
        names_field(answer, "query", "timezone")


async def test_the_office_sees_every_active_reservation(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    held = [await shop.reserve(who, departure, seat) for who, seat in ((ann, "A1"), (eve, "A2"))]

    found = await shop.admin.read("/admin/reservations/active", per_page=100)
    listed = {one["id"]: one for one in found["reservations"]}
    assert {one["id"] for one in held} <= listed.keys()
    assert listed[held[0]["id"]]["user_id"] == ann.id
    assert found["total"] == len(listed)


@pytest.mark.parametrize("body", [None, {}, {"reason": "the customer called"}])
async def test_the_office_releases_a_stuck_reservation(
    body: Any, shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    held = await shop.reserve(ann, departure, "A1")
    path = f"/admin/reservations/{held['id']}/release"

    done(await shop.admin.post(path, body), 200)
    assert (await ann.read("/reservations/active"))["reservations"] == []
    await shop.reserve(eve, departure, "A1")
    refused(await pay(ann, held), 409)
    refused(await shop.admin.post(path, body), 409)


async def test_what_is_sold_is_not_released(shop: Shop, ann: Caller, departure: Departure) -> None:
    booked = await shop.book(ann, departure, "A1")

    refused(await shop.admin.post(f"/admin/reservations/{booked['id']}/release"), 409)
    refused(await shop.admin.post(f"/admin/reservations/{ABSENT}/release"), 404)
    assert (await ann.read(f"/bookings/{booked['id']}/details"))["status"] == "confirmed"


async def logs(shop: Shop, **wanted: Any) -> Any:
    return await shop.admin.read("/activity-logs", **wanted)


async def test_every_act_is_in_the_log(shop: Shop, ann: Caller, departure: Departure) -> None:
    booked = await shop.book(ann, departure, "A1")
    done(await ann.post(f"/bookings/{booked['id']}/cancel", {}), 200)

    found = (await logs(shop, actor=ann.id, entity="booking"))["activity_logs"]
    assert {entry["actor"] for entry in found} == {ann.id}
    acts = [entry["action"] for entry in found if entry["entity_id"] == booked["id"]]
    # The newest first.
    assert acts[0] == "cancelled"
    assert acts[-1] == "held"
    assert "confirmed" in acts
    (cancelled,) = [entry for entry in found if entry["action"] == "cancelled"]
    assert cancelled["before"]["state"] == "confirmed"
    assert cancelled["after"]["state"] == "cancelled"
    assert {"timestamp", "actor", "action", "entity", "entity_id", "origin"} <= cancelled.keys()
    assert cancelled["origin"]


async def test_the_log_is_filtered(shop: Shop, ann: Caller, eve: Caller) -> None:
    departure = await shop.departure()
    await shop.reserve(ann, departure, "A1")
    await shop.reserve(eve, departure, "A2")

    held = (await logs(shop, action="held", actor=eve.id))["activity_logs"]
    assert {(entry["action"], entry["actor"]) for entry in held} == {("held", eve.id)}
    routes = (await logs(shop, entity="route"))["activity_logs"]
    assert {entry["entity"] for entry in routes} == {"route"}
    now = shop.clock.now()
    later = {"from": stamp(now + timedelta(hours=1))}
    assert (await logs(shop, **later))["total"] == 0
    until = {"from": stamp(OPENED - timedelta(days=1)), "to": stamp(now + timedelta(hours=1))}
    assert (await logs(shop, **until))["total"] > 0
    assert (await logs(shop, actor="nobody at all"))["activity_logs"] == []


async def test_the_log_comes_by_page(shop: Shop, ann: Caller, departure: Departure) -> None:
    for number in ("A1", "A2", "A3"):
        await shop.reserve(ann, departure, number)
    wanted = {"actor": ann.id, "action": "held"}

    pages = [await logs(shop, page=page, per_page=2, **wanted) for page in (1, 2, 3)]
    assert [len(page["activity_logs"]) for page in pages] == [2, 1, 0]
    assert {page["total"] for page in pages} == {3}
    seen = [entry["entity_id"] for page in pages for entry in page["activity_logs"]]
    assert len(set(seen)) == 3


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("page", 0),
        ("per_page", 0),
        ("per_page", 100_000),
        ("from", "yesterday"),
        ("to", "2024-02-31T00:00:00Z"),
    ],
)
async def test_a_bad_filter_is_422_and_names_the_field(param: str, value: Any, shop: Shop) -> None:
    answer = await shop.admin.get("/activity-logs", params={param: value})

    names_field(answer, "query", param)


async def test_a_key_that_reads_sees_and_changes_nothing(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    reader = shop.program(Scope.READ)
    held = await shop.reserve(ann, departure, "A1")

    await reader.read("/admin/dashboard/metrics")
    await reader.read("/activity-logs")
    await reader.read("/admin/reservations/active")
    refused(await reader.post(f"/admin/reservations/{held['id']}/release"), 403)
    refused(await reader.post("/buses", {}), 403)


async def test_a_secret_is_in_no_log(shop: Shop, ann: Caller) -> None:
    answer = await shop.admin.get("/activity-logs", params={"actor": ann.id, "per_page": 100})

    assert ann.token not in answer.text
    assert "SecurePass123" not in answer.text
    assert "argon2" not in answer.text
