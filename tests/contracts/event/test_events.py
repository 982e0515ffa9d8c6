"""`/api/v1/events` of the event contract."""

import gzip
from typing import Any

import pytest

from tests.support.api_house import (
    STARTS,
    buy,
    counted,
    failed,
    hold,
    seated,
    section,
    told,
    venue,
)
from tests.support.api_shapes import inexact_money, misfits
from tests.support.api_shop import ABSENT, Caller, Shop, done, own_cities

pytestmark = pytest.mark.anyio

SUMMARY = {
    "id": "550e8400-e29b-41d4-a716-446655440001",
    "name": "Summer Music Festival",
    "description": "Annual summer music festival",
    "venue": {
        "id": "550e8400-e29b-41d4-a716-446655440002",
        "name": "Central Park Arena",
        "city": "New York",
        "capacity": 50000,
    },
    "start_time": "2024-07-15T18:00:00Z",
    "end_time": "2024-07-15T23:00:00Z",
    "capacity": 50000,
    "available_seats": 12500,
    "status": "upcoming",
    "min_price": 50.00,
    "max_price": 500.00,
}
DETAILS = {
    **{name: value for name, value in SUMMARY.items() if name not in {"min_price", "max_price"}},
    "venue": {
        "id": "550e8400-e29b-41d4-a716-446655440002",
        "name": "Central Park Arena",
        "address": "123 Park Avenue",
        "city": "New York",
        "state": "NY",
        "country": "USA",
        "postal_code": "10001",
        "capacity": 50000,
        "layout_config": {},
    },
    "price_tiers": [{"tier": "VIP", "price": 500.00, "available": 100}],
    "created_at": "2024-01-01T00:00:00Z",
}
SEATS = {
    "event_id": "550e8400-e29b-41d4-a716-446655440001",
    "sections": [
        {
            "name": "VIP",
            "rows": [
                {
                    "row": "A",
                    "seats": [
                        {
                            "id": "550e8400-e29b-41d4-a716-446655440003",
                            "seat_number": "1",
                            "price": 500.00,
                            "status": "available",
                        }
                    ],
                }
            ],
        }
    ],
    "summary": {"total_available": 12500, "by_tier": {"VIP": 100}},
}
PAGINATION = {
    "page": 1,
    "per_page": 20,
    "total": 100,
    "total_pages": 5,
    "has_next": True,
    "has_prev": False,
}


async def listed(shop: Shop, **params: Any) -> list[str]:
    found = done(await shop.nobody.get("/api/v1/events", params=params), 200)
    return [one["id"] for one in found["data"]]


async def test_the_list_is_as_documented(shop: Shop) -> None:
    await seated(shop, section("VIP", "A", 2, 500.0), section("General", "B", 2, 50.0))
    answer = await shop.nobody.get("/api/v1/events")
    body = done(answer, 200)

    assert misfits([SUMMARY], body["data"]) == []
    assert misfits(PAGINATION, body["pagination"]) == []
    assert (body["success"], body["timestamp"][-1]) == (True, "Z")
    assert inexact_money(answer) == []


async def test_the_list_can_be_narrowed(shop: Shop) -> None:
    (name,) = own_cities("Opera")
    there = await venue(shop, name=name)
    early = await counted(shop, venue_id=there["id"], name=f"{name} Früh")
    late = await counted(
        shop, venue_id=there["id"], name=f"{name} late", at=STARTS.replace(day=20), capacity=12
    )
    await counted(shop)

    assert await listed(shop, venue_id=there["id"]) == [early.id, late.id]
    assert await listed(shop, search=f"{name} fruh") == [early.id]
    at_home = {"venue_id": there["id"]}
    assert await listed(shop, **at_home, start_date="2024-07-16") == [late.id]
    assert await listed(shop, **at_home, end_date="2024-07-15") == [early.id]
    assert await listed(shop, **at_home, status="completed") == []
    assert await listed(shop, **at_home, per_page=1, page=2) == [late.id]
    assert await listed(shop, venue_id="none") == []


@pytest.mark.parametrize(
    "params",
    [
        {"page": 0},
        {"per_page": 101},
        {"status": "lost"},
        {"start_date": "yesterday"},
        {"timezone": "Mars/Olympus"},
    ],
    ids=str,
)
async def test_a_wish_that_makes_no_sense_is_400(shop: Shop, params: Any) -> None:
    error = failed(await shop.nobody.get("/api/v1/events", params=params), 400, "VALIDATION_ERROR")
    assert next(iter(params)) in str(error["details"])


async def test_statuses_follow_the_time(fresh_shop: Shop) -> None:
    show = await counted(fresh_shop)
    path = f"/api/v1/events/{show.id}"
    for hours, status in ((0, "upcoming"), (5, "ongoing"), (1, "completed")):
        if status == "ongoing":
            fresh_shop.clock.advance(seconds=(STARTS - fresh_shop.clock.now()).total_seconds())
        elif hours:
            fresh_shop.clock.advance(hours=5)
        assert told(await fresh_shop.nobody.get(path), 200)["status"] == status
        assert await listed(fresh_shop, status=status) == [show.id]


async def test_details_are_as_documented(shop: Shop, ann: Caller) -> None:
    show = await seated(shop, section("VIP", "A", 2, 500.0), section("General", "B", 3, 50.0))
    await buy(ann, show, "VIP A1")
    answer = await shop.nobody.get(f"/api/v1/events/{show.id}")
    details = told(answer, 200)

    assert misfits(DETAILS, details) == []
    tiers = {one["tier"]: (one["price"], one["available"]) for one in details["price_tiers"]}
    assert tiers == {"VIP": (500.0, 1), "General": (50.0, 3)}
    assert details["available_seats"] == 4
    assert inexact_money(answer) == []


async def test_an_event_that_is_not_there_is_404(shop: Shop) -> None:
    draft = await counted(shop, status="draft")
    for event_id in (ABSENT, "123", draft.id):
        for tail in ("", "/seats"):
            answer = await shop.nobody.get(f"/api/v1/events/{event_id}{tail}")
            failed(answer, 404, "EVENT_NOT_FOUND")
    assert told(await shop.admin.get(f"/api/v1/events/{draft.id}"), 200)["status"] == "draft"


async def test_seats_are_as_documented(shop: Shop, ann: Caller, eve: Caller) -> None:
    show = await seated(shop, section("VIP", "A", 2, 500.0), section("General", "BC", 2, 50.0))
    await buy(ann, show, "VIP A1")
    await hold(eve, show, "General B1")
    answer = await shop.nobody.get(f"/api/v1/events/{show.id}/seats")
    seats = told(answer, 200)

    assert misfits({**SEATS, "summary": {"total_available": 1, "by_tier": {"VIP": 1}}}, seats) == []
    assert inexact_money(answer) == []
    # What is available, unless something else is asked for.
    shown = {
        (one["name"], row["row"], seat["seat_number"])
        for one in seats["sections"]
        for row in one["rows"]
        for seat in row["seats"]
    }
    assert shown == {
        ("VIP", "A", "2"),
        ("General", "B", "2"),
        ("General", "C", "1"),
        ("General", "C", "2"),
    }
    assert seats["summary"] == {"total_available": 4, "by_tier": {"VIP": 1, "General": 3}}


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"status": "all"}, 6),
        ({"status": "booked"}, 1),
        ({"status": "held"}, 1),
        ({"section": "VIP"}, 1),
        ({"price_tier": "General", "status": "all"}, 4),
        ({"section": "Nowhere"}, 0),
    ],
    ids=str,
)
async def test_seats_can_be_narrowed(shop: Shop, ann: Caller, params: Any, count: int) -> None:
    show = await seated(shop, section("VIP", "A", 2, 500.0), section("General", "BC", 2, 50.0))
    await buy(ann, show, "VIP A1")
    await hold(ann, show, "General B1")

    found = told(await shop.nobody.get(f"/api/v1/events/{show.id}/seats", params=params), 200)
    seats = [seat for one in found["sections"] for row in one["rows"] for seat in row["seats"]]
    assert len(seats) == count
    assert found["summary"]["total_available"] == 4


async def test_seats_are_never_older_than_what_was_answered(shop: Shop, ann: Caller) -> None:
    show = await seated(shop)
    path = f"/api/v1/events/{show.id}/seats"
    before = await shop.nobody.get(path)
    etag = before.headers["ETag"]
    assert (await shop.nobody.get(path, headers={"If-None-Match": etag})).status_code == 304

    await hold(ann, show, "A1")
    after = await shop.nobody.get(path, headers={"If-None-Match": etag})
    assert told(after, 200)["summary"]["total_available"] == 7
    assert after.headers["ETag"] != etag


async def test_a_hold_that_ran_out_frees_its_seat_in_the_cache_too(fresh_shop: Shop) -> None:
    ann = await fresh_shop.customer()
    show = await seated(fresh_shop)
    path = f"/api/v1/events/{show.id}/seats"
    await hold(ann, show, "A1")
    assert told(await fresh_shop.nobody.get(path), 200)["summary"]["total_available"] == 7

    fresh_shop.clock.advance(minutes=5)
    assert told(await fresh_shop.nobody.get(path), 200)["summary"]["total_available"] == 8


async def test_seats_are_packed_for_whoever_takes_it(shop: Shop) -> None:
    show = await seated(shop)
    path = f"/api/v1/events/{show.id}/seats"
    plain = await shop.nobody.get(path, headers={"Accept-Encoding": "identity"})
    packed = await shop.nobody.get(path, headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) < len(plain.content)
    assert len(gzip.compress(plain.content)) < len(plain.content)
    assert packed.json()["data"] == plain.json()["data"]


async def test_a_counted_event_has_no_seats_but_a_summary(shop: Shop, ann: Caller) -> None:
    show = await counted(shop, ("Early", 40.0, 2), ("General", 50.0, 3))
    await hold(ann, show, quantity=2)

    seats = told(await shop.nobody.get(f"/api/v1/events/{show.id}/seats"), 200)
    assert seats["sections"] == []
    assert seats["summary"] == {"total_available": 3, "by_tier": {"Early": 0, "General": 3}}
