"""`/bookings` and `/cancellations` of the bus contract: what was paid for, and giving it back."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api_shapes import inexact_money, misfits
from tests.support.api_shop import (
    ABSENT,
    DEPARTS,
    OPENED,
    Caller,
    Departure,
    Shop,
    done,
    names_field,
    pay,
    refused,
)

pytestmark = pytest.mark.anyio

CANCELLED = {
    "cancellation_id": "cancellation-1",
    "status": "cancelled",
    "refund_amount": 500.00,
    "refund_status": "pending",
    "seats": ["A1"],
}


async def test_an_unpaid_reservation_is_402(shop: Shop, ann: Caller, departure: Departure) -> None:
    held = await shop.reserve(ann, departure)
    asked = {"reservation_id": held["id"]}

    refused(await ann.post("/bookings/create", asked), 402, "PAYMENT_REQUIRED")
    assert (await ann.read(f"/reservations/{held['id']}/details"))["status"] == "active"


async def test_a_paid_reservation_becomes_that_same_booking(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure, "A1", "A2")
    asked = {"reservation_id": booked["id"]}

    for _ in range(2):
        assert done(await ann.post("/bookings/create", asked), 201) == booked
    assert (await ann.read("/bookings/history"))["total"] == 1


async def test_details_have_the_ticket_and_the_payment(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure, "A1")
    answer = await ann.get(f"/bookings/{booked['id']}/details")

    assert inexact_money(answer) == []
    assert done(answer, 200)["payment"]["amount"] == 500.0
    assert booked["ticket"] == booked["tickets"][0]
    assert booked["schedule"]["departure_datetime"] == "2024-01-20T08:00:00Z"


async def test_history_has_ones_own_bookings_by_page(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    bookings = [await shop.book(ann, departure, number) for number in ("A1", "A2", "A3")]
    await shop.book(eve, departure, "A4")
    await shop.reserve(ann, departure, "B1")

    first = await ann.read("/bookings/history", page=1, per_page=2)
    second = await ann.read("/bookings/history", page=2, per_page=2)
    assert (first["page"], first["per_page"], first["total"]) == (1, 2, 3)
    assert (second["page"], len(first["bookings"]), len(second["bookings"])) == (2, 2, 1)
    listed = {one["id"] for page in (first, second) for one in page["bookings"]}
    assert listed == {booked["id"] for booked in bookings}


@pytest.mark.parametrize(("param", "value"), [("page", 0), ("page", "x"), ("per_page", 10_000)])
async def test_a_bad_page_is_422(param: str, value: Any, ann: Caller) -> None:
    names_field(await ann.get("/bookings/history", params={param: value}), "query", param)


async def test_somebody_elses_booking_is_not_there(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure)

    async def both(method: str, path: str, body: Any = None) -> tuple[str, str]:
        foreign, absent = [
            await eve.ask(method, path.format(one), _with(body, one))
            for one in (booked["id"], ABSENT)
        ]
        refused(foreign, 404)
        return foreign.text.replace(booked["id"], "ID"), absent.text.replace(ABSENT, "ID")

    for asked in (
        ("GET", "/bookings/{}/details"),
        ("GET", "/bookings/{}/cancellation-quote"),
        ("POST", "/bookings/{}/cancel", {}),
        ("POST", "/bookings/create", {"reservation_id": None}),
    ):
        foreign, absent = await both(*asked)
        assert foreign == absent
    # Nor is its reference enough.
    refused(await eve.get(f"/bookings/{booked['booking_reference']}/details"), 404)
    assert (await ann.read(f"/bookings/{booked['id']}/details"))["status"] == "confirmed"


def _with(body: Any, one: str) -> Any:
    return {"reservation_id": one} if body == {"reservation_id": None} else body


@pytest.mark.parametrize(
    ("before", "percent"),
    [
        (timedelta(hours=48), 100),
        (timedelta(hours=48) - timedelta(seconds=1), 75),
        (timedelta(hours=24), 75),
        (timedelta(hours=24) - timedelta(seconds=1), 50),
        (timedelta(hours=2), 50),
        (timedelta(hours=2) - timedelta(seconds=1), 0),
    ],
)
async def test_what_comes_back_is_said_before(
    before: timedelta, percent: int, fresh_shop: Shop
) -> None:
    departure = await fresh_shop.departure()
    fresh_shop.clock.advance(seconds=(DEPARTS - before - OPENED).total_seconds())
    ann = await fresh_shop.customer()
    booked = await fresh_shop.book(ann, departure, "A1", "A2")

    quote = await ann.read(f"/bookings/{booked['id']}/cancellation-quote")
    answer = await ann.post(f"/bookings/{booked['id']}/cancel", {"reason": "ill"})
    cancelled = done(answer, 200)

    assert misfits(CANCELLED, cancelled) == []
    assert inexact_money(answer) == []
    assert quote["refund_amount"] == cancelled["refund_amount"] == 10.0 * percent
    assert cancelled["seats"] == ["A1", "A2"]
    assert cancelled["status"] == "cancelled"


async def test_a_cancellation_frees_the_seats_and_ends_the_tickets(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure, "A1", "A2")
    done(await ann.post(f"/bookings/{booked['id']}/cancel", {}), 200)

    details = await ann.read(f"/bookings/{booked['id']}/details")
    assert details["status"] == "cancelled"
    assert {ticket["validity_status"] for ticket in details["tickets"]}.isdisjoint({"valid"})
    await shop.book(eve, departure, "A1", "A2")
    refused(await ann.post(f"/bookings/{booked['id']}/cancel", {}), 409)
    refused(await ann.get(f"/bookings/{booked['id']}/cancellation-quote"), 409)


async def test_single_seats_are_cancelled_by_themselves(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure, "A1", "A2", "A3")
    one = departure.pick("A2")
    path = f"/bookings/{booked['id']}"

    quote = await ann.read(f"{path}/cancellation-quote", seat_ids=one)
    cancelled = done(await ann.post(f"{path}/cancel", {"seat_ids": one}), 200)
    assert (quote["refund_amount"], cancelled["refund_amount"]) == (500.0, 500.0)
    assert cancelled["seats"] == ["A2"]
    two = departure.pick("A1", "A3")
    for seats in (two, ",".join(two)):
        quote = await ann.read(f"{path}/cancellation-quote", seat_ids=seats)
        assert quote["refund_amount"] == 1000.0

    details = await ann.read(f"{path}/details")
    validity = {t["seat_number"]: t["validity_status"] for t in details["tickets"]}
    assert (details["status"], validity["A1"], validity["A3"]) == ("confirmed", "valid", "valid")
    assert validity.get("A2") != "valid"
    assert details["ticket"]["validity_status"] == "valid"
    statuses = await shop.statuses(departure)
    assert [statuses[n] for n in ("A1", "A2", "A3")] == ["booked", "available", "booked"]
    # Twice is once, and the rest is still there to be cancelled.
    assert (await ann.post(f"{path}/cancel", {"seat_ids": one})).status_code in {404, 409}
    rest = done(await ann.post(f"{path}/cancel"), 200)
    assert (rest["refund_amount"], rest["seats"]) == (1000.0, ["A1", "A3"])
    assert (await ann.read(f"{path}/details"))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seat_ids", []),
        ("seat_ids", "A1"),
        ("reason", 5),
        ("refund_amount", 1_000_000.0),
        ("refund", 1_000_000.0),
        ("amount", 500.0),
        ("user_id", ABSENT),
    ],
)
async def test_a_bad_cancellation_is_422_and_names_the_field(
    field: str, value: Any, shop: Shop, ann: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure)
    asked = await ann.post(f"/bookings/{booked['id']}/cancel", {field: value})

    names_field(asked, "body", field)
    assert (await ann.read(f"/bookings/{booked['id']}/details"))["status"] == "confirmed"


async def test_only_seats_of_the_booking_are_cancelled(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure, "A1")
    await shop.book(ann, departure, "A2")
    path = f"/bookings/{booked['id']}"

    for seats in (departure.pick("A2"), [ABSENT], departure.pick("A1", "A2")):
        answer = await ann.post(f"{path}/cancel", {"seat_ids": seats})
        assert answer.status_code in {404, 409, 422}, answer.text
        refused(answer, answer.status_code)
    assert (await ann.read(f"{path}/details"))["status"] == "confirmed"


async def test_a_reservation_is_not_cancelled_as_a_booking(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    held = await shop.reserve(ann, departure)

    answer = await ann.post(f"/bookings/{held['id']}/cancel", {})
    refused(answer, answer.status_code)
    assert answer.status_code in {402, 404, 409}


async def test_details_of_a_cancellation(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure, "A1")
    cancelled = done(await ann.post(f"/bookings/{booked['id']}/cancel", {"reason": "ill"}), 200)
    path = f"/cancellations/{cancelled['cancellation_id']}/details"
    answer = await ann.get(path)
    details = done(answer, 200)

    assert misfits(CANCELLED, details) == []
    assert inexact_money(answer) == []
    assert (details["booking_id"], details["reason"]) == (booked["id"], "ill")
    foreign = await eve.get(path)
    absent = await eve.get(f"/cancellations/{ABSENT}/details")
    refused(foreign, 404)
    assert foreign.text.replace(cancelled["cancellation_id"], ABSENT) == absent.text


async def test_a_part_that_was_booked_is_what_the_booking_says(shop: Shop, ann: Caller) -> None:
    departure = await shop.departure("Thane", "Karjat", "Nagpur")
    held = await shop.reserve(ann, departure, "A1", origin_city="Thane", destination_city="Karjat")
    done(await pay(ann, held), 201)

    booked = await ann.read(f"/bookings/{held['id']}/details")
    assert booked["schedule"]["route"]["origin_city"] == "Thane"
    assert booked["schedule"]["route"]["destination_city"] == "Karjat"
    assert booked["total_amount"] == 250.0
