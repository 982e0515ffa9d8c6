"""`/api/v1/waitlist` and vouchers of the event contract."""

from typing import Any

import pytest

from tests.support.api_house import CARD, Show, buy, counted, failed, hold, told
from tests.support.api_shapes import misfits
from tests.support.api_shop import ABSENT, Caller, Shop, done, own_cities

pytestmark = pytest.mark.anyio

JOINED = {
    "waitlist_id": "550e8400-e29b-41d4-a716-446655440006",
    "position": 42,
    "estimated_wait_time": "2-3 days",
    "event": {"id": "550e8400-e29b-41d4-a716-446655440001", "name": "Summer Music Festival"},
}


@pytest.fixture
async def sold_out(shop: Shop, ann: Caller) -> tuple[Show, Any]:
    """An event of two places, and Ann's booking of both."""
    show = await counted(shop, ("General", 50.0, 2))
    return show, await buy(ann, show, quantity=2)


async def join(who: Caller, show: Show, **wanted: Any) -> Any:
    preferences = {"email": True, "sms": True}
    body = {"event_id": show.id, "notification_preferences": preferences, **wanted}
    return told(await who.post("/api/v1/waitlist/join", body), 201)


async def standing(who: Caller) -> Any:
    (found,) = done(await who.get("/api/v1/waitlist"), 200)["data"]
    return found


async def test_joining_is_as_documented(
    shop: Shop, eve: Caller, sold_out: tuple[Show, Any]
) -> None:
    show, _ = sold_out
    entry = await join(eve, show)

    assert misfits(JOINED, entry) == []
    assert (entry["position"], entry["status"], entry["quantity"]) == (1, "waiting", 1)
    later = await join(await shop.customer(), show)
    assert later["position"] == 2
    assert await standing(eve) == entry
    failed(await eve.post("/api/v1/waitlist/join", {"event_id": show.id}), 409, "ALREADY_WAITING")


async def test_nobody_waits_for_what_can_be_had(shop: Shop, ann: Caller) -> None:
    show = await counted(shop)
    asked = {"event_id": show.id}
    failed(await ann.post("/api/v1/waitlist/join", asked), 409, "SEATS_AVAILABLE")
    missing = {"event_id": ABSENT}
    failed(await ann.post("/api/v1/waitlist/join", missing), 404, "EVENT_NOT_FOUND")
    for wrong in ({"quantity": 0}, {"user_id": ABSENT}, {"notification_preferences": {"fax": 1}}):
        answer = await ann.post("/api/v1/waitlist/join", {**asked, **wrong})
        failed(answer, 400, "VALIDATION_ERROR")


async def test_what_becomes_free_is_offered_and_accepted(
    ann: Caller, eve: Caller, sold_out: tuple[Show, Any]
) -> None:
    show, booked = sold_out
    entry = await join(eve, show, quantity=2)
    told(await ann.delete(f"/api/v1/bookings/{booked['id']}"), 200)

    offered = await standing(eve)
    assert (offered["status"], offered["waitlist_id"]) == ("offered", entry["waitlist_id"])
    assert offered["offer_expires_at"]
    # Nobody else gets it.
    sold = await ann.post("/api/v1/bookings", {"event_id": show.id, "quantity": 1})
    failed(sold, 409, "EVENT_SOLD_OUT")

    path = f"/api/v1/waitlist/{entry['waitlist_id']}"
    pending = told(await eve.post(f"{path}/accept"), 200)
    assert (pending["booking"]["status"], pending["booking"]["quantity"]) == ("pending", 2)
    assert pending["payment_url"].endswith(pending["booking"]["id"])
    assert (await standing(eve))["status"] == "accepted"
    confirm = f"/api/v1/bookings/{pending['booking']['id']}/confirm"
    assert told(await eve.post(confirm, CARD), 200)["status"] == "confirmed"


async def test_what_is_declined_goes_to_the_next(
    shop: Shop, ann: Caller, eve: Caller, sold_out: tuple[Show, Any]
) -> None:
    show, booked = sold_out
    first, next_one = await join(eve, show), await shop.customer()
    await join(next_one, show)
    told(await ann.delete(f"/api/v1/bookings/{booked['id']}"), 200)
    path = f"/api/v1/waitlist/{first['waitlist_id']}"

    assert told(await eve.post(f"{path}/decline"), 200)["status"] == "declined"
    assert (await standing(next_one))["status"] == "offered"
    failed(await eve.post(f"{path}/accept"), 409)


async def test_one_may_leave(eve: Caller, sold_out: tuple[Show, Any]) -> None:
    entry = await join(eve, sold_out[0])
    path = f"/api/v1/waitlist/{entry['waitlist_id']}"

    left = told(await eve.delete(path), 200)
    assert (left["status"], left["position"]) == ("left", None)
    listed = await eve.get("/api/v1/waitlist", params={"status": "waiting"})
    assert done(listed, 200)["data"] == []


async def test_somebody_elses_place_is_not_there(
    ann: Caller, eve: Caller, sold_out: tuple[Show, Any]
) -> None:
    entry = await join(eve, sold_out[0])
    for method, tail in (("POST", "/accept"), ("POST", "/decline"), ("DELETE", "")):
        foreign = await ann.ask(method, f"/api/v1/waitlist/{entry['waitlist_id']}{tail}")
        absent = await ann.ask(method, f"/api/v1/waitlist/{ABSENT}{tail}")
        failed(foreign, 404)
        assert foreign.text.replace(entry["waitlist_id"], ABSENT) == absent.text


async def test_more_places_serve_who_waits(shop: Shop, eve: Caller, ann: Caller) -> None:
    show = await counted(shop, ("General", 50.0, 1), capacity=5)
    await hold(ann, show, quantity=1)
    await join(eve, show)

    more = {"price_tiers": [{"tier": "General", "capacity": 2}]}
    told(await shop.admin.put(f"/api/v1/admin/events/{show.id}", more), 200)
    assert (await standing(eve))["status"] == "offered"


async def test_a_voucher_takes_something_off(shop: Shop, ann: Caller) -> None:
    show, other = await counted(shop), await counted(shop)
    (code,) = own_cities("SPRING")
    asked = {"code": code.replace(" ", ""), "percent": 10, "event_id": show.id, "max_uses": 1}
    made = told(await shop.admin.post("/api/v1/admin/vouchers", asked), 201)
    assert (made["percent"], made["amount"], made["event_id"], made["used"]) == (
        10,
        None,
        show.id,
        0,
    )

    elsewhere = {"event_id": other.id, "quantity": 1, "voucher": made["code"]}
    failed(await ann.post("/api/v1/bookings", elsewhere), 404, "VOUCHER_NOT_FOUND")
    held = await hold(ann, show, quantity=2, voucher=made["code"])
    assert held["total_amount"] == 90.0
    again = {"event_id": show.id, "quantity": 1, "voucher": made["code"]}
    failed(await ann.post("/api/v1/bookings", again), 409, "VOUCHER_USED_UP")
    listed = done(await shop.admin.get("/api/v1/admin/vouchers"), 200)["data"]
    assert listed[0] == {**made, "used": 1}
    path = f"/api/v1/admin/vouchers/{made['id']}"
    assert told(await shop.admin.delete(path), 200)["is_active"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"percent": 10, "amount": 5.0},
        {"percent": 101},
        {"amount": 1.001},
        {"percent": 5, "currency": "rupees"},
        {"percent": 5, "used": 0},
    ],
    ids=str,
)
async def test_a_voucher_that_makes_no_sense_is_400(shop: Shop, wrong: Any) -> None:
    answer = await shop.admin.post("/api/v1/admin/vouchers", {"code": "ODD", **wrong})

    failed(answer, 400, "VALIDATION_ERROR")
