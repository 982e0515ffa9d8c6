"""`/api/v1/bookings` and `/api/v1/payments` of the event contract."""

import re
from typing import Any

import pytest

from tests.support.api_house import (
    CARD,
    STARTS,
    Show,
    buy,
    counted,
    failed,
    hold,
    seated,
    section,
    told,
)
from tests.support.api_shapes import inexact_money, misfits
from tests.support.api_shop import ABSENT, DECLINED, WANTS_CODE, Caller, Shop

pytestmark = pytest.mark.anyio

PENDING = {
    "booking": {
        "id": "550e8400-e29b-41d4-a716-446655440005",
        "booking_code": "EVT2024011500001",
        "event": {
            "id": "550e8400-e29b-41d4-a716-446655440001",
            "name": "Summer Music Festival",
            "start_time": "2024-07-15T18:00:00Z",
        },
        "seats": [{"section": "VIP", "row": "A", "seat_number": "1", "price": 500.00}],
        "total_amount": 1000.00,
        "status": "pending",
        "expires_at": "2024-01-15T10:35:00Z",
        "created_at": "2024-01-15T10:30:00Z",
    },
    "payment_url": "/api/v1/payments/initiate/550e8400-e29b-41d4-a716-446655440005",
}
CANCELLED = {
    "booking_id": "550e8400-e29b-41d4-a716-446655440005",
    "status": "cancelled",
    "refund_status": "processing",
    "refund_amount": 1000.00,
}
TEST_CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2025, "cvc": "123"}


@pytest.fixture
async def show(shop: Shop) -> Show:
    return await seated(shop)


def order(show: Show, *names: str, **wanted: Any) -> dict[str, Any]:
    seats = {"seat_ids": show.pick(*names)} if names else {}
    return {"event_id": show.id, **seats, **wanted}


async def test_a_booking_is_as_documented(shop: Shop, ann: Caller, show: Show) -> None:
    answer = await ann.post("/api/v1/bookings", order(show, "A1", "A2"))
    data = told(answer, 201)

    assert misfits(PENDING, data) == []
    assert inexact_money(answer) == []
    booking = data["booking"]
    assert (booking["status"], booking["total_amount"]) == ("pending", 1000.0)
    assert (booking["created_at"], booking["expires_at"]) == (
        "2024-01-15T10:30:00Z",
        "2024-01-15T10:35:00Z",
    )
    assert re.fullmatch(r"EVT20240115\d{5}", booking["booking_code"])
    assert data["payment_url"] == f"/api/v1/payments/initiate/{booking['id']}"
    shown = told(await ann.get(f"/api/v1/bookings/{booking['id']}"), 200)
    assert shown == booking


async def test_booking_codes_count(ann: Caller, show: Show) -> None:
    codes = [(await hold(ann, show, name))["booking_code"] for name in ("A1", "A2")]
    assert codes == sorted(set(codes))


async def test_a_seat_is_sold_once(ann: Caller, eve: Caller, show: Show) -> None:
    await hold(ann, show, "A1")

    answer = await eve.post("/api/v1/bookings", order(show, "A2", "A1"))
    failed(answer, 409, "BOOKING_SEATS_UNAVAILABLE")
    # All or none.
    await hold(eve, show, "A2")


async def test_the_best_seats_for_a_quantity(ann: Caller, show: Show) -> None:
    best = await hold(ann, show, quantity=3, adjacent=True)

    assert [seat["seat_number"] for seat in best["seats"]] in (["1", "2", "3"], ["2", "3", "4"])
    assert {seat["row"] for seat in best["seats"]} == {"A"}


async def test_places_of_a_tier(shop: Shop, ann: Caller) -> None:
    show = await counted(shop, ("Early", 40.0, 2), ("General", 50.0, 3))

    booking = await hold(ann, show, quantity=2, tier="General")
    assert (booking["total_amount"], booking["quantity"], booking["seats"]) == (100.0, 2, [])
    assert booking["places"] == [{"tier": "General", "quantity": 2, "price": 50.0}]


async def test_what_fits_nowhere_is_sold_out(shop: Shop, ann: Caller) -> None:
    places, seats = await counted(shop, ("General", 50.0, 3)), await seated(shop)
    await hold(ann, places, quantity=2)

    for asked in (
        order(places, quantity=2),
        order(seats, quantity=9),
        order(seats, quantity=5, adjacent=True),
    ):
        failed(await ann.post("/api/v1/bookings", asked), 409, "EVENT_SOLD_OUT")


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"seat_ids": []},
        {"seat_ids": "A1"},
        {"quantity": 0},
        {"quantity": 1, "seat_ids": [ABSENT]},
        {"quantity": 1, "user_id": ABSENT},
        {"quantity": 1, "status": "confirmed"},
        {"quantity": 1, "total_amount": 1.0},
    ],
    ids=str,
)
async def test_a_booking_that_makes_no_sense_is_400(
    ann: Caller, show: Show, wanted: dict[str, Any]
) -> None:
    failed(await ann.post("/api/v1/bookings", order(show, **wanted)), 400, "VALIDATION_ERROR")


async def test_what_is_not_there_cannot_be_booked(shop: Shop, ann: Caller, show: Show) -> None:
    draft, other = await counted(shop, status="draft"), await seated(shop)
    for event_id in (ABSENT, "123", draft.id):
        asked = {"event_id": event_id, "quantity": 1}
        failed(await ann.post("/api/v1/bookings", asked), 404, "EVENT_NOT_FOUND")
    foreign = {"event_id": show.id, "seat_ids": other.pick("A1")}
    failed(await ann.post("/api/v1/bookings", foreign), 404)


async def test_ten_are_the_most(shop: Shop, ann: Caller) -> None:
    show = await counted(shop, ("General", 50.0, 100))

    failed(await ann.post("/api/v1/bookings", order(show, quantity=11)), 409, "HOLD_LIMIT_REACHED")
    await hold(ann, show, quantity=10)


@pytest.mark.parametrize(
    "how",
    [
        CARD,
        {"payment_method": "credit_card", "payment_details": TEST_CARD},
        {"payment_method": "card", "payment_details": {"card_number": "4242424242424242"}},
        {"payment_method": "upi", "amount": 500.0},
    ],
    ids=str,
)
async def test_confirming_pays(shop: Shop, ann: Caller, show: Show, how: Any) -> None:
    held = await hold(ann, show, "A1")

    paid = told(await ann.post(f"/api/v1/bookings/{held['id']}/confirm", how), 200)
    assert (paid["booking_id"], paid["status"]) == (held["id"], "confirmed")
    assert paid["booking"]["booking_code"] == held["booking_code"]
    assert paid["booking"]["expires_at"] is None
    payment = shop.api.system.payments.get(paid["payment_id"])
    assert (payment.amount, payment.currency) == (50_000, "INR")
    again = await ann.post(f"/api/v1/bookings/{held['id']}/confirm", how)
    failed(again, 409, "ALREADY_PAID")


async def test_what_is_declined_can_be_tried_again(ann: Caller, show: Show) -> None:
    held = await hold(ann, show, "A1")
    path = f"/api/v1/bookings/{held['id']}/confirm"
    for details in ({"token": "tok_chargeDeclined"}, {"card_number": DECLINED}):
        how = {"payment_method": "credit_card", "payment_details": details}
        failed(await ann.post(path, how), 402, "PAYMENT_FAILED")

    told(await ann.post(path, CARD), 200)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"payment_method": "cash"},
        {"payment_method": "credit_card"},
        {"payment_method": "credit_card", "payment_details": {"card_number": "1234"}},
        {"payment_method": "upi", "payment_details": {"token": "x"}},
        {"payment_method": "upi", "price": 1.0},
    ],
    ids=str,
)
async def test_a_payment_that_makes_no_sense_is_400(ann: Caller, show: Show, how: Any) -> None:
    held = await hold(ann, show, "A1")

    answer = await ann.post(f"/api/v1/bookings/{held['id']}/confirm", how)
    failed(answer, 400, "VALIDATION_ERROR")


async def test_another_amount_is_409_and_nothing_is_charged(ann: Caller, show: Show) -> None:
    held = await hold(ann, show, "A1")
    path = f"/api/v1/bookings/{held['id']}"

    failed(await ann.post(f"{path}/confirm", {**CARD, "amount": 1.0}), 409, "AMOUNT_MISMATCH")
    assert told(await ann.get(path), 200)["status"] == "pending"


async def test_initiating_confirms_nothing(ann: Caller, show: Show) -> None:
    held = await hold(ann, show, "A1")
    url = f"/api/v1/payments/initiate/{held['id']}"

    payment = told(await ann.post(url), 201)
    assert (payment["amount"], payment["currency"]) == (500.0, "INR")
    assert {"payment_id", "status"} <= payment.keys()
    path = f"/api/v1/bookings/{held['id']}"
    assert told(await ann.get(path), 200)["status"] == "pending"
    told(await ann.post(url), 201)
    assert told(await ann.post(f"{path}/confirm", CARD), 200)["status"] == "confirmed"
    failed(await ann.post(url), 409, "ALREADY_PAID")


async def test_a_card_that_wants_a_code_confirms_nothing_yet(ann: Caller, show: Show) -> None:
    held = await hold(ann, show, "A1")
    how = {"payment_method": "card", "payment_details": {"card_number": WANTS_CODE}}

    paid = told(await ann.post(f"/api/v1/bookings/{held['id']}/confirm", how), 200)
    assert (paid["status"], paid["payment_status"]) == ("pending", "requires_action")


def with_code(code: str, **more: Any) -> dict[str, Any]:
    return {"payment_method": "card", "payment_details": {"code": code}, **more}


async def test_the_code_of_a_card_confirms(ann: Caller, eve: Caller, show: Show) -> None:
    held = await hold(ann, show, "A1")
    path = f"/api/v1/bookings/{held['id']}/confirm"
    failed(await ann.post(path, with_code("123456")), 404, "PAYMENT_NOT_FOUND")
    how = {"payment_method": "card", "payment_details": {"card_number": WANTS_CODE}}
    begun = told(await ann.post(path, how), 200)

    failed(await ann.post(path, with_code("654321")), 402, "PAYMENT_FAILED")
    failed(await ann.post(path, with_code("123456", amount=1)), 409, "AMOUNT_MISMATCH")
    failed(await eve.post(path, with_code("123456")), 404, "BOOKING_NOT_FOUND")
    paid = told(await ann.post(path, with_code("123456")), 200)
    assert (paid["status"], paid["payment_id"]) == ("confirmed", begun["payment_id"])


async def test_a_code_goes_with_no_other_card(ann: Caller, show: Show) -> None:
    held = await hold(ann, show, "A1")
    how = {"payment_method": "card", "payment_details": {"code": "123456", "token": "tok_visa"}}
    answer = await ann.post(f"/api/v1/bookings/{held['id']}/confirm", how)
    failed(answer, 400, "VALIDATION_ERROR")


async def test_a_booking_that_is_over_is_410(fresh_shop: Shop) -> None:
    ann = await fresh_shop.customer()
    show = await seated(fresh_shop)
    held = await hold(ann, show, "A1")
    path = f"/api/v1/bookings/{held['id']}"

    fresh_shop.clock.advance(minutes=4, seconds=59)
    assert told(await ann.get(path), 200)["status"] == "pending"
    fresh_shop.clock.advance(seconds=1)
    assert told(await ann.get(path), 200)["status"] == "expired"
    failed(await ann.post(f"{path}/confirm", CARD), 410, "BOOKING_EXPIRED")
    failed(await ann.post(f"/api/v1/payments/initiate/{held['id']}"), 410, "BOOKING_EXPIRED")
    failed(await ann.post(f"{path}/extend"), 410, "BOOKING_EXPIRED")
    failed(await ann.delete(path), 410, "BOOKING_EXPIRED")
    await hold(await fresh_shop.customer(), show, "A1")


async def test_a_pending_booking_can_be_kept_longer_up_to_a_cap(fresh_shop: Shop) -> None:
    ann = await fresh_shop.customer()
    held = await hold(ann, await seated(fresh_shop), "A1")
    path = f"/api/v1/bookings/{held['id']}/extend"

    ends = []
    for _ in range(4):
        fresh_shop.clock.advance(minutes=4)
        ends.append(told(await ann.post(path, {}), 200)["expires_at"])
    assert ends == [f"2024-01-15T10:{minute}:00Z" for minute in (39, 43, 47, 50)]
    failed(await ann.post(path), 409, "EXTENSION_LIMIT_REACHED")


@pytest.mark.parametrize(("days", "refund"), [(100, 1000.0), (0.5, 500.0)])
async def test_cancelling_refunds_by_the_policy(
    fresh_shop: Shop, days: float, refund: float
) -> None:
    ann = await fresh_shop.customer()
    show = await seated(fresh_shop)
    until_then = (STARTS - fresh_shop.clock.now()).total_seconds() - days * 86_400
    fresh_shop.clock.advance(seconds=until_then)
    ann = await fresh_shop.back(ann)
    booked = await buy(ann, show, "A1", "A2")

    answer = await ann.delete(f"/api/v1/bookings/{booked['id']}")
    cancelled = told(answer, 200)
    assert misfits(CANCELLED, cancelled) == []
    assert answer.json()["message"] == "Booking cancelled successfully"
    assert (cancelled["status"], cancelled["refund_status"]) == ("cancelled", "processing")
    assert cancelled["refund_amount"] == refund
    again = await ann.delete(f"/api/v1/bookings/{booked['id']}")
    failed(again, 409, "BOOKING_ALREADY_CANCELLED")


async def test_an_unpaid_booking_is_given_back_for_nothing(
    ann: Caller, eve: Caller, show: Show
) -> None:
    held = await hold(ann, show, "A1")
    path = f"/api/v1/bookings/{held['id']}"

    cancelled = told(await ann.delete(path), 200)
    assert (cancelled["refund_status"], cancelled["refund_amount"]) == ("none", 0.0)
    assert told(await ann.get(path), 200)["status"] == "cancelled"
    failed(await ann.delete(path), 409, "BOOKING_ALREADY_CANCELLED")
    failed(await ann.post(f"{path}/confirm", CARD), 409, "BOOKING_ALREADY_CANCELLED")
    await hold(eve, show, "A1")


async def test_prices_are_those_of_the_sections(shop: Shop, ann: Caller) -> None:
    show = await seated(shop, section("VIP", "A", 2, 300.0), section("Balcony", "A", 2, 99.99))

    held = await hold(ann, show, "VIP A1", "Balcony A1")
    assert held["total_amount"] == 399.99
    assert {(seat["section"], seat["price"]) for seat in held["seats"]} == {
        ("VIP", 300.0),
        ("Balcony", 99.99),
    }
