"""Bookings, history and availability of the admission contract."""

from typing import Any

import pytest

from tests.support.api_house import Show, counted, hold, seated
from tests.support.api_shapes import misfits
from tests.support.api_shop import ABSENT, Caller, Shop, done

pytestmark = pytest.mark.anyio

SOLD = {
    "booking_id": "string",
    "event_id": "string",
    "user_id": "string",
    "number_of_tickets": 2,
    "status": "confirmed",
    "timestamp": "2024-01-15T10:30:00Z",
    "total_amount": "50.00",
}
HISTORY = {
    "count": 25,
    "results": [{name: value for name, value in SOLD.items() if name != "user_id"}],
}


@pytest.fixture
async def show(shop: Shop) -> Show:
    """Ten tickets at 25.00."""
    return await counted(shop, ("General", 25.0, 10))


def order(who: Caller, show: Show, tickets: Any = 2, **more: Any) -> dict[str, Any]:
    return {"user_id": who.id, "event_id": show.id, "number_of_tickets": tickets, **more}


async def book(who: Caller, show: Show, tickets: int = 2, **more: Any) -> Any:
    return done(await who.post("/api/bookings/", order(who, show, tickets, **more)), 201)


async def left(shop: Shop, show: Show) -> int:
    path = f"/api/events/{show.id}/availability/"
    found: int = done(await shop.nobody.get(path), 200)["available_tickets"]
    return found


async def test_a_booking_is_as_documented(shop: Shop, ann: Caller, show: Show) -> None:
    sold = await book(ann, show)

    assert misfits(SOLD, sold) == []
    assert sold == {
        "booking_id": sold["booking_id"],
        "event_id": show.id,
        "user_id": ann.id,
        "number_of_tickets": 2,
        "status": "confirmed",
        "timestamp": "2024-01-15T10:30:00Z",
        "total_amount": "50.00",
    }
    assert await left(shop, show) == 8


async def test_both_spellings_of_a_path_mean_the_same(shop: Shop, ann: Caller, show: Show) -> None:
    sold = done(await ann.post("/api/bookings", order(ann, show)), 201)
    bare = await shop.nobody.get(f"/api/events/{show.id}/availability")
    assert done(bare, 200) == {"event_id": show.id, "available_tickets": 8}
    assert done(await ann.get(f"/api/users/{ann.id}/bookings"), 200)["count"] == 1
    done(await ann.delete(f"/api/bookings/{sold['booking_id']}"), 200)


async def test_too_many_are_refused_with_the_documented_body(
    shop: Shop, ann: Caller, eve: Caller
) -> None:
    show = await counted(shop, ("General", 25.0, 5))

    assert done(await ann.post("/api/bookings/", order(ann, show, 10)), 409) == {
        "error": "Insufficient tickets",
        "available_tickets": 5,
        "requested_tickets": 10,
    }
    # Whatever one may have at most.
    many = done(await eve.post("/api/bookings/", order(eve, show, 100)), 409)
    assert many == {
        "error": "Insufficient tickets",
        "available_tickets": 5,
        "requested_tickets": 100,
    }
    assert await left(shop, show) == 5


async def test_more_than_one_may_have_is_409(shop: Shop, ann: Caller) -> None:
    show = await counted(shop, ("General", 25.0, 50))

    refused = done(await ann.post("/api/bookings/", order(ann, show, 11)), 409)
    assert refused["details"] == "HOLD_LIMIT_REACHED"


async def test_the_first_tier_with_places_or_the_one_named(shop: Shop, ann: Caller) -> None:
    show = await counted(shop, ("Early", 20.0, 3), ("General", 25.0, 9))

    assert (await book(ann, show, 2))["total_amount"] == "40.00"
    assert (await book(ann, show, 2))["total_amount"] == "50.00"
    assert (await book(ann, show, 1, tier="Early"))["total_amount"] == "20.00"


async def test_seated_events_sell_their_best_seats(shop: Shop, ann: Caller) -> None:
    show = await seated(shop)

    assert (await book(ann, show, 3))["total_amount"] == "1500.00"
    assert await left(shop, show) == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"number_of_tickets": 0},
        {"number_of_tickets": -1},
        {"number_of_tickets": "many"},
        {"number_of_tickets": 1.5},
        {"number_of_tickets": None},
        {"event_id": 7},
        {"status": "confirmed"},
        {"total_amount": "0.00"},
    ],
    ids=str,
)
async def test_a_booking_that_makes_no_sense_is_400(
    ann: Caller, show: Show, changes: dict[str, Any]
) -> None:
    error = done(await ann.post("/api/bookings/", {**order(ann, show), **changes}), 400)

    assert set(error) == {"error", "details"}
    assert next(iter(changes)) in error["details"]


async def test_whom_one_books_for(shop: Shop, ann: Caller, eve: Caller, show: Show) -> None:
    for user_id in (eve.id, ABSENT, "456"):
        body = {**order(ann, show), "user_id": user_id}
        done(await ann.post("/api/bookings/", body), 403)
    for_eve = {**order(eve, show)}
    assert done(await shop.admin.post("/api/bookings/", for_eve), 201)["user_id"] == eve.id
    nobody = {**order(eve, show), "user_id": ABSENT}
    assert done(await shop.admin.post("/api/bookings/", nobody), 404)["error"] == "User not found"


async def test_what_is_not_there_is_404(shop: Shop, ann: Caller, show: Show) -> None:
    for event_id in (ABSENT, "123"):
        body = {**order(ann, show), "event_id": event_id}
        assert done(await ann.post("/api/bookings/", body), 404) == {"error": "Event not found"}
        path = f"/api/events/{event_id}/availability/"
        assert done(await shop.nobody.get(path), 404) == {"error": "Event not found"}


async def test_a_booking_is_cancelled_once(
    shop: Shop, ann: Caller, eve: Caller, show: Show
) -> None:
    sold = await book(ann, show)
    path = f"/api/bookings/{sold['booking_id']}/"

    for other in (path, f"/api/bookings/{ABSENT}/", "/api/bookings/789/"):
        assert done(await eve.delete(other), 404) == {"error": "Booking not found"}
    assert done(await ann.delete(path), 200) == {
        "booking_id": sold["booking_id"],
        "status": "cancelled",
    }
    assert await left(shop, show) == 10
    assert done(await ann.delete(path), 400) == {"error": "Booking is already cancelled"}


async def test_the_history_is_as_documented(shop: Shop, ann: Caller, show: Show) -> None:
    sold = [(await book(ann, show, 1))["booking_id"] for _ in range(5)]
    path = f"/api/users/{ann.id}/bookings/"
    page = done(await ann.get(path, params={"page": 2, "page_size": 2}), 200)

    assert misfits(HISTORY, page) == []
    assert page["count"] == 5
    assert [one["booking_id"] for one in page["results"]] == [sold[2], sold[1]]
    base = f"http://booking.test{path}"
    assert page["next"] == f"{base}?page=3&page_size=2"
    assert page["previous"] == f"{base}?page=1&page_size=2"
    last = done(await ann.get(page["next"].removeprefix("http://booking.test")), 200)
    assert (last["next"], [one["booking_id"] for one in last["results"]]) == (None, [sold[0]])
    whole = done(await ann.get(path), 200)
    assert (whole["next"], whole["previous"], len(whole["results"])) == (None, None, 5)
    assert done(await ann.get(path, params={"page": 9}), 404) == {"error": "Invalid page."}
    for wrong in ({"page": 0}, {"page_size": 101}, {"page": "x"}):
        done(await ann.get(path, params=wrong), 400)


async def test_a_history_is_ones_own(shop: Shop, ann: Caller, eve: Caller, show: Show) -> None:
    await book(ann, show)
    foreign = await eve.get(f"/api/users/{ann.id}/bookings/")
    absent = await eve.get(f"/api/users/{ABSENT}/bookings/")

    assert done(foreign, 404) == {"error": "User not found"}
    assert foreign.text == absent.text
    assert done(await shop.admin.get(f"/api/users/{ann.id}/bookings/"), 200)["count"] == 1
    done(await shop.nobody.get(f"/api/users/{ann.id}/bookings/"), 401)


async def test_bookings_of_the_other_contract_are_there_too(ann: Caller, show: Show) -> None:
    held = await hold(ann, show, quantity=1)
    (one,) = done(await ann.get(f"/api/users/{ann.id}/bookings/"), 200)["results"]

    assert (one["booking_id"], one["status"]) == (held["id"], "pending")
    done(await ann.delete(f"/api/bookings/{held['id']}/"), 200)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/nothing/", 404), ("GET", "/api", 404), ("PATCH", "/api/bookings/", 405)],
)
async def test_the_frameworks_errors_look_the_same(
    method: str, path: str, status: int, shop: Shop
) -> None:
    error = done(await shop.nobody.ask(method, path), status)
    assert {"error"} <= set(error) <= {"error", "details"}


async def test_a_body_that_cannot_be_read_is_400(ann: Caller) -> None:
    for body in (b"", b"{", b"[]"):
        answer = await ann.post(
            "/api/bookings/", content=body, headers={"Content-Type": "application/json"}
        )
        assert set(done(answer, 400)) == {"error", "details"}


async def test_the_same_request_again_books_nothing_more(
    shop: Shop, ann: Caller, show: Show
) -> None:
    first = await ann.post("/api/bookings/", order(ann, show), key="k")
    again = await ann.post("/api/bookings/", order(ann, show), key="k")

    assert (again.status_code, again.content) == (201, first.content)
    assert await left(shop, show) == 8
    other = done(await ann.post("/api/bookings/", order(ann, show, 3), key="k"), 422)
    assert other["details"] == "IDEMPOTENCY_KEY_REUSED"
