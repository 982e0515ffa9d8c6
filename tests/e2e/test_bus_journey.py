"""From search to ticket in hand and back, through the bus contract."""

from base64 import b64decode
from typing import Any

import pytest

from tests.support.api_shop import (
    CARD,
    CODE,
    DECLINED,
    WANTS_CODE,
    Caller,
    Departure,
    Shop,
    done,
    event,
    pay,
    refused,
)

pytestmark = pytest.mark.anyio


async def by_upi(shop: Shop, ann: Caller, held: Any) -> None:
    done(await pay(ann, held, "upi"), 201)


async def by_wallet(shop: Shop, ann: Caller, held: Any) -> None:
    done(await pay(ann, held, "wallet"), 201)


async def by_the_second_card(shop: Shop, ann: Caller, held: Any) -> None:
    refused(await pay(ann, held, "card", card_number=DECLINED), 402)
    done(await pay(ann, held, "card", card_number=CARD), 201)


async def by_a_card_that_wants_a_code(shop: Shop, ann: Caller, held: Any) -> None:
    asked = done(await pay(ann, held, "card", card_number=WANTS_CODE), 201)
    path = f"/payments/{asked['payment_id']}/confirm"
    assert (await ann.post(path, {"code": "000000"})).status_code >= 400
    retried = await ann.read(f"/payments/{asked['payment_id']}")
    if retried["status"] != "requires_action":
        asked = done(await pay(ann, held, "card", card_number=WANTS_CODE), 201)
        path = f"/payments/{asked['payment_id']}/confirm"
    done(await ann.post(path, {"code": CODE}), 200)


async def by_bank_transfer(shop: Shop, ann: Caller, held: Any) -> None:
    waiting = done(await pay(ann, held, "bank_transfer"), 201)
    shop.clock.advance(minutes=10)
    assert (await shop.deliver(event(waiting))).status_code == 200


PAYMENTS = [by_upi, by_wallet, by_the_second_card, by_a_card_that_wants_a_code, by_bank_transfer]


@pytest.mark.parametrize("paid", PAYMENTS)
async def test_from_search_to_the_last_refund(paid: Any, shop: Shop) -> None:
    departure, ann = await shop.departure("Mumbai", "Pune"), await shop.customer()
    asked = {"origin_city": "Mumbai", "destination_city": "Pune", "date": "2024-01-20"}
    (found,) = (await ann.read("/schedules/search", **asked))["schedules"]
    chosen = await shop.look_at(found["id"])
    held = await shop.reserve(ann, chosen, "A1", "A2")
    assert held["total_amount"] == 2 * found["base_price"]

    await paid(shop, ann, held)
    booked = done(await ann.post("/bookings/create", {"reservation_id": held["id"]}), 201)
    assert booked["status"] == "confirmed"
    await _show_and_use_one_ticket(shop, ann, booked)
    await _give_the_other_back(shop, ann, booked, departure)
    assert shop.api.system.fsck().violations == []


async def _show_and_use_one_ticket(shop: Shop, ann: Caller, booked: Any) -> None:
    first = booked["tickets"][0]
    shown = await ann.read(f"/tickets/{first['id']}")
    picture = b64decode(shown["qr_code"].removeprefix("data:image/png;base64,"))
    assert picture.startswith(b"\x89PNG")
    assert (await ann.get(f"/tickets/{first['id']}/download")).content.startswith(b"%PDF")
    gate, body = f"/tickets/{first['id']}/validate", {"token": shown["token"]}
    done(await shop.admin.post(gate, body), 200)
    refused(await shop.admin.post(gate, body), 409, "ALREADY_ADMITTED")


async def _give_the_other_back(shop: Shop, ann: Caller, booked: Any, departure: Departure) -> None:
    seats = departure.pick(booked["tickets"][1]["seat_number"])
    path = f"/bookings/{booked['id']}"
    quote = await ann.read(f"{path}/cancellation-quote", seat_ids=seats)
    cancelled = done(await ann.post(f"{path}/cancel", {"seat_ids": seats}), 200)
    assert cancelled["refund_amount"] == quote["refund_amount"] == 500.0
    details = await ann.read(f"/cancellations/{cancelled['cancellation_id']}/details")
    assert details["refund_amount"] == 500.0
    assert (await shop.statuses(departure))["A2"] == "available"
    assert (await ann.read(f"{path}/details"))["status"] == "confirmed"


async def test_a_hold_that_runs_out_is_somebody_elses_chance(shop: Shop) -> None:
    departure = await shop.departure()
    ann, eve = await shop.customer(), await shop.customer()
    held = await shop.reserve(ann, departure, "A1")
    body = {"schedule_id": departure.id, "seat_ids": departure.pick("A1")}

    shop.clock.advance(minutes=14, seconds=59)
    refused(await eve.post("/reservations/create", body), 409, "SEAT_TAKEN")
    shop.clock.advance(seconds=1)
    taken = done(await eve.post("/reservations/create", body), 201)
    refused(await pay(ann, held), 409, "HOLD_EXPIRED")
    done(await pay(eve, taken), 201)
    assert (await ann.read("/bookings/history"))["total"] == 0
    assert shop.api.system.fsck().violations == []


async def test_a_seat_is_sold_again_on_legs_that_do_not_overlap(shop: Shop) -> None:
    departure = await shop.departure("Mumbai", "Lonavala", "Pune")
    ann, eve = await shop.customer(), await shop.customer()
    first = {"origin_city": "Mumbai", "destination_city": "Lonavala"}
    second = {"origin_city": "Lonavala", "destination_city": "Pune"}
    body = {"schedule_id": departure.id, "seat_ids": departure.pick("A1")}

    for who, part in ((ann, first), (eve, second)):
        done(await pay(who, await shop.reserve(who, departure, "A1", **part)), 201)
    for part in (first, second, {}):
        taken = await ann.post("/reservations/create", {**body, **part})
        refused(taken, 409, "SEAT_TAKEN")
    assert (await shop.statuses(departure, **first))["A1"] == "booked"
    (mine,) = (await ann.read("/bookings/history"))["bookings"]
    assert mine["schedule"]["route"] == first

    # One leg comes back, the other stays.
    done(await ann.post(f"/bookings/{mine['id']}/cancel", {}), 200)
    assert (await shop.statuses(departure, **first))["A1"] == "available"
    assert (await shop.statuses(departure, **second))["A1"] == "booked"
    done(await ann.post("/reservations/create", {**body, **first}), 201)
    assert shop.api.system.fsck().violations == []


async def _late(shop: Shop, ann: Caller, departure: Departure) -> tuple[Any, Any]:
    """A transfer that is still on its way when its hold is over."""
    held = await shop.reserve(ann, departure, "A1")
    waiting = done(await pay(ann, held, "bank_transfer"), 201)
    shop.clock.advance(hours=20)
    return held, waiting


async def test_late_money_claims_the_seats_that_are_still_free(shop: Shop) -> None:
    departure, ann = await shop.departure(), await shop.customer()
    held, waiting = await _late(shop, ann, departure)
    assert (await shop.statuses(departure))["A1"] == "available"

    for _ in range(2):
        assert (await shop.deliver(event(waiting))).status_code == 200
    ann = await shop.back(ann)
    booked = await ann.read(f"/bookings/{held['id']}/details")
    assert (booked["status"], len(booked["tickets"])) == ("confirmed", 1)
    assert (await shop.statuses(departure))["A1"] == "booked"
    assert shop.api.system.fsck().violations == []


async def test_late_money_for_seats_that_are_gone_comes_back_in_full(shop: Shop) -> None:
    departure = await shop.departure()
    ann, eve = await shop.customer(), await shop.customer()
    held, waiting = await _late(shop, ann, departure)
    ann, eve = await shop.back(ann), await shop.back(eve)
    taken = await shop.book(eve, departure, "A1")

    for _ in range(2):
        assert (await shop.deliver(event(waiting))).status_code == 200
    payment = await ann.read(f"/payments/{waiting['payment_id']}")
    assert (payment["status"], payment["booking_id"]) == ("refunded", None)
    answer = await ann.get(f"/bookings/{held['id']}/details")
    refused(answer, 409)
    assert (await ann.read("/bookings/history"))["total"] == 0
    assert (await eve.read(f"/bookings/{taken['id']}/details"))["status"] == "confirmed"
    assert sum(refund.amount for refund in shop.api.system.refunds.find()) == 50_000
    assert shop.api.system.fsck().violations == []


async def test_a_payment_under_way_extends_the_hold(shop: Shop) -> None:
    departure, ann, eve = await shop.departure(), await shop.customer(), await shop.customer()
    held = await shop.reserve(ann, departure, "A1")
    shop.clock.advance(minutes=10)
    waiting = done(await pay(ann, held, "bank_transfer"), 201)

    shop.clock.advance(minutes=14)
    body = {"schedule_id": departure.id, "seat_ids": departure.pick("A1")}
    refused(await eve.post("/reservations/create", body), 409, "SEAT_TAKEN")
    assert (await shop.deliver(event(waiting))).status_code == 200
    assert (await ann.read(f"/bookings/{held['id']}/details"))["status"] == "confirmed"
