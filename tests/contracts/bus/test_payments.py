"""`/payments` of the bus contract: every method and card, and what the bank says later."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.support.api_shapes import inexact_money
from tests.support.api_shop import (
    ABSENT,
    CARD,
    CODE,
    DECLINED,
    OPENED,
    WANTS_CODE,
    Caller,
    Departure,
    Shop,
    done,
    event,
    names_field,
    pay,
    refused,
)

pytestmark = pytest.mark.anyio

AT_ONCE = [("card", CARD), ("upi", None), ("wallet", None)]


@pytest.fixture
async def held(shop: Shop, ann: Caller, departure: Departure) -> Any:
    """Ann holds A1 for 500.00."""
    return await shop.reserve(ann, departure, "A1")


def card(number: str | None) -> dict[str, str]:
    return {} if number is None else {"card_number": number}


async def status_of(ann: Caller, held: Any) -> str:
    found: str = (await ann.read(f"/reservations/{held['id']}/details"))["status"]
    return found


@pytest.mark.parametrize(("method", "number"), AT_ONCE)
async def test_what_succeeds_at_once_confirms_the_booking(
    method: str, number: str | None, ann: Caller, held: Any
) -> None:
    answer = await pay(ann, held, method, **card(number))
    paid = done(answer, 201)

    assert {"payment_id", "status", "booking_id", "amount", "currency"} <= paid.keys()
    assert (paid["status"], paid["booking_id"]) == ("succeeded", held["id"])
    assert (paid["amount"], paid["currency"]) == (500.0, "INR")
    assert inexact_money(answer) == []
    assert "4242" not in answer.text
    booked = await ann.read(f"/bookings/{held['id']}/details")
    assert (booked["status"], booked["ticket"]["validity_status"]) == ("confirmed", "valid")


async def test_a_decline_is_402_and_another_try_is_welcome(ann: Caller, held: Any) -> None:
    refused(await pay(ann, held, "card", card_number=DECLINED), 402, "PAYMENT_DECLINED")

    assert await status_of(ann, held) == "active"
    refused(await ann.get(f"/bookings/{held['id']}/details"), 402)
    done(await pay(ann, held, "card", card_number=CARD), 201)


async def test_a_card_that_wants_a_code(ann: Caller, eve: Caller, held: Any) -> None:
    asked = done(await pay(ann, held, "card", card_number=WANTS_CODE), 201)
    assert asked["status"] == "requires_action"
    assert asked.get("booking_id") is None
    path = f"/payments/{asked['payment_id']}/confirm"

    refused(await eve.post(path, {"code": CODE}), 404)
    assert (await ann.post(path, {"code": "000000"})).status_code in {402, 409, 422}
    assert await status_of(ann, held) == "active"


async def test_the_right_code_confirms(ann: Caller, held: Any) -> None:
    asked = done(await pay(ann, held, "card", card_number=WANTS_CODE), 201)
    path = f"/payments/{asked['payment_id']}/confirm"
    refused(await ann.get(f"/bookings/{held['id']}/details"), 402)
    names_field(await ann.post(path, {}), "body", "code")
    names_field(await ann.post(path, {"code": CODE, "amount": 1}), "body", "amount")

    paid = done(await ann.post(path, {"code": CODE}), 200)
    assert (paid["status"], paid["booking_id"]) == ("succeeded", held["id"])
    assert (await ann.read(f"/bookings/{held['id']}/details"))["status"] == "confirmed"


@pytest.mark.parametrize("amount", [499.99, 500.01, 0, 1, 1000.0, 5e10])
async def test_another_amount_is_409_and_charges_nothing(
    amount: float, shop: Shop, ann: Caller, held: Any
) -> None:
    refused(await pay(ann, held, amount=amount), 409, "AMOUNT_MISMATCH")

    assert await status_of(ann, held) == "active"
    assert [p for p in shop.api.system.payments.find() if p.booking_id == held["id"]] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", None),
        ("amount", -500.0),
        ("amount", "much"),
        ("amount", 500.001),
        ("payment_method", "cash"),
        ("payment_method", None),
        ("reservation_id", None),
        ("reservation_id", 5),
        ("card_number", 4242424242424242),
        ("currency", "JPY"),
        ("user_id", ABSENT),
        ("status", "succeeded"),
    ],
)
async def test_a_bad_payment_is_422_and_names_the_field(
    field: str, value: Any, ann: Caller, held: Any
) -> None:
    names_field(await pay(ann, held, **{field: value}), "body", field)
    assert await status_of(ann, held) == "active"


@pytest.mark.parametrize("number", ["", "4242", "abcd" * 4, "4242424242424241"])
async def test_a_card_that_is_none_is_422(number: str, ann: Caller, held: Any) -> None:
    names_field(await pay(ann, held, "card", card_number=number), "body", "card_number")


async def test_a_card_needs_its_number(ann: Caller, held: Any) -> None:
    names_field(await pay(ann, held, "card"), "body", "card_number")


async def test_nobody_pays_for_somebody_else(ann: Caller, eve: Caller, held: Any) -> None:
    foreign = await pay(eve, held)
    absent = await pay(eve, {**held, "id": ABSENT})

    refused(foreign, 404)
    assert foreign.text.replace(held["id"], ABSENT) == absent.text
    paid = done(await pay(ann, held), 201)
    refused(await eve.get(f"/payments/{paid['payment_id']}"), 404)


async def test_what_is_paid_is_not_paid_again(ann: Caller, held: Any) -> None:
    done(await pay(ann, held), 201)

    refused(await pay(ann, held), 409, "ALREADY_PAID")


async def test_a_transfer_waits_for_the_bank(shop: Shop, ann: Caller, held: Any) -> None:
    waiting = done(await pay(ann, held, "bank_transfer"), 201)
    assert waiting["status"] == "pending"
    assert waiting.get("booking_id") is None
    refused(await ann.post("/bookings/create", {"reservation_id": held["id"]}), 402)
    news = event(waiting)

    for _ in range(3):
        assert (await shop.deliver(news)).status_code == 200
    assert (await ann.read(f"/bookings/{held['id']}/details"))["status"] == "confirmed"
    assert (await ann.read("/bookings/history"))["total"] == 1
    assert len((await ann.read(f"/bookings/{held['id']}/details"))["tickets"]) == 1


async def test_a_transfer_that_fails_leaves_the_hold(shop: Shop, ann: Caller, held: Any) -> None:
    waiting = done(await pay(ann, held, "bank_transfer"), 201)

    assert (await shop.deliver(event(waiting, "failed"))).status_code == 200
    assert await status_of(ann, held) == "active"
    done(await pay(ann, held), 201)


@pytest.mark.parametrize("changes", [{"amount": 499.0}, {"currency": "EUR"}])
async def test_a_bank_that_names_another_amount_confirms_nothing(
    changes: dict[str, Any], shop: Shop, ann: Caller, held: Any
) -> None:
    waiting = done(await pay(ann, held, "bank_transfer"), 201)

    answer = await shop.deliver(event(waiting, **changes))
    assert answer.status_code < 500
    assert await status_of(ann, held) == "active"
    refused(await ann.get(f"/bookings/{held['id']}/details"), 402)


@pytest.mark.parametrize("off", [timedelta(seconds=301), timedelta(seconds=-301)])
async def test_a_signature_of_another_time_is_400(
    off: timedelta, shop: Shop, ann: Caller, held: Any
) -> None:
    waiting = done(await pay(ann, held, "bank_transfer"), 201)

    refused(await shop.deliver(event(waiting), at=OPENED + off), 400)
    assert await status_of(ann, held) == "active"
    within = OPENED + off - off / 301
    assert (await shop.deliver(event(waiting), at=within)).status_code == 200


@pytest.mark.parametrize(
    "signature",
    [None, "", "nonsense", "t=1,v1=00", "v1=00", "t=1705314600", "t=x,v1=y", "t=1705314600,v1=é"],
)
async def test_a_forged_event_is_400(
    signature: str | None, shop: Shop, ann: Caller, held: Any
) -> None:
    waiting = done(await pay(ann, held, "bank_transfer"), 201)
    headers = {} if signature is None else {"X-Signature": signature.encode()}

    forged = await shop.nobody.post(
        "/payments/webhook", content=orjson.dumps(event(waiting)), headers=headers
    )
    refused(forged, 400)
    refused(await shop.deliver(event(waiting), secret="somebody else's secret"), 400)
    assert await status_of(ann, held) == "active"


async def test_a_body_that_was_altered_is_400(shop: Shop, ann: Caller, held: Any) -> None:
    waiting = done(await pay(ann, held, "bank_transfer"), 201)
    failed = event(waiting, "failed")
    signed = await shop.deliver(failed)
    assert signed.status_code == 200
    signature = signed.request.headers["X-Signature"]

    altered = orjson.dumps({**failed, "type": "payment.succeeded"})
    forged = await shop.nobody.post(
        "/payments/webhook", content=altered, headers={"X-Signature": signature}
    )
    refused(forged, 400)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'"text"', b"\xff\xfe", b"null"])
async def test_a_signed_body_that_makes_no_sense_is_refused(body: bytes, shop: Shop) -> None:
    answer = await shop.deliver(body)

    assert answer.status_code in {400, 422}
    refused(answer, answer.status_code)


async def test_an_event_of_an_unknown_payment_is_refused(shop: Shop) -> None:
    unknown = {"payment_id": ABSENT, "amount": 500.0, "currency": "INR"}

    refused(await shop.deliver(event(unknown)), 404)
