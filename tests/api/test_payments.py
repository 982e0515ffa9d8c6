"""`/payments` of the bus contract, as its document and the settled questions say."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.domain.payments import PaymentState
from booking_core.domain.webhooks import signature_of
from booking_core.ids import new_id
from tests.support.api import Api, Person, running, settings_for, somebody
from tests.support.builders import bus, hold

pytestmark = pytest.mark.anyio

SECRET = "a webhook secret that nobody else knows"
CARD, DECLINED, WANTS_CODE = "4242424242424242", "4000000000000002", "4000000000003220"


@pytest.fixture
async def api(database_url: str, clock: ManualClock) -> AsyncIterator[Api]:
    settings = settings_for(database_url, webhook_secret=SECRET)
    async with running(settings, clock) as served:
        yield served


@pytest.fixture
async def ann(api: Api) -> Person:
    return await somebody(api)


@pytest.fixture
def held(api: Api, ann: Person) -> Booking:
    """Ann holds a seat for 500.00 INR."""
    inventory = api.system.create_inventory(bus(4, legs=1, price=50_000, currency="INR"))
    return hold(api.system, inventory, "1A", customer=ann.id)


async def initiate(api: Api, who: Person | None, held: Booking, **asked: Any) -> httpx.Response:
    headers = {} if who is None else who.headers
    if (key := asked.pop("key", None)) is not None:
        headers = {**headers, "Idempotency-Key": key}
    body = {"reservation_id": held.id, "payment_method": "upi", "amount": 500.0, **asked}
    return await api.ask("POST", "/payments/initiate", json=body, headers=headers)


async def deliver(
    api: Api, body: bytes, signature: str | None = None, **headers: str
) -> httpx.Response:
    signed = signature or signature_of(SECRET.encode(), body, api.runtime.clock.now())
    return await api.ask(
        "POST", "/payments/webhook", content=body, headers={"X-Signature": signed, **headers}
    )


def event(payment: str, kind: str = "succeeded", **changes: Any) -> bytes:
    return orjson.dumps(
        {
            "event_id": new_id(),
            "type": f"payment.{kind}",
            "payment_id": payment,
            "amount": 500.00,
            "currency": "INR",
            **changes,
        }
    )


@pytest.mark.parametrize(
    "paid_with",
    [
        {"payment_method": "upi"},
        {"payment_method": "wallet"},
        {"payment_method": "card", "card_number": CARD},
    ],
)
async def test_a_method_that_succeeds_at_once_confirms_the_booking(
    api: Api, ann: Person, held: Booking, paid_with: dict[str, str]
) -> None:
    answer = await initiate(api, ann, held, **paid_with)

    assert answer.status_code == 201
    assert answer.json() == {
        "payment_id": answer.json()["payment_id"],
        "status": "succeeded",
        "booking_id": held.id,
        "amount": 500.0,
        "currency": "INR",
    }
    assert b'"amount":500.0' in answer.content
    assert api.system.booking(held.id).state == "confirmed"


async def test_a_declined_card_is_402(api: Api, ann: Person, held: Booking) -> None:
    answer = await initiate(api, ann, held, payment_method="card", card_number=DECLINED)

    assert (answer.status_code, answer.json()["code"]) == (402, "PAYMENT_DECLINED")
    assert api.system.booking(held.id).state == "held"
    assert (await initiate(api, ann, held)).status_code == 201


async def test_a_card_that_wants_a_second_step(api: Api, ann: Person, held: Booking) -> None:
    begun = (await initiate(api, ann, held, payment_method="card", card_number=WANTS_CODE)).json()
    assert (begun["status"], begun["booking_id"]) == ("requires_action", None)
    path = f"/payments/{begun['payment_id']}/confirm"

    wrong = await api.ask("POST", path, json={"code": "000000"}, headers=ann.headers)
    right = await api.ask("POST", path, json={"code": "123456"}, headers=ann.headers)

    assert (wrong.status_code, wrong.json()["code"]) == (402, "PAYMENT_DECLINED")
    assert (right.status_code, right.json()["status"]) == (200, "succeeded")
    assert right.json()["booking_id"] == held.id


async def test_a_third_wrong_code_is_the_last(api: Api, ann: Person, held: Booking) -> None:
    begun = await initiate(api, ann, held, payment_method="card", card_number=WANTS_CODE)
    path = f"/payments/{begun.json()['payment_id']}/confirm"

    codes = ["1", "2", "3", "123456"]
    answers = [
        await api.ask("POST", path, json={"code": code}, headers=ann.headers) for code in codes
    ]

    assert {answer.status_code for answer in answers} == {402}
    assert api.system.booking(held.id).state == "held"


async def test_a_bank_transfer_stays_pending_until_the_webhook(
    api: Api, ann: Person, held: Booking
) -> None:
    begun = (await initiate(api, ann, held, payment_method="bank_transfer")).json()
    assert begun["status"] == "pending"
    path = f"/payments/{begun['payment_id']}"
    body = event(begun["payment_id"])

    answers = [await deliver(api, body) for _ in range(2)]

    assert [(a.status_code, a.json()["payment_status"]) for a in answers] == [
        (200, "succeeded"),
        (200, "succeeded"),
    ]
    shown = (await api.ask("GET", path, headers=ann.headers)).json()
    assert (shown["status"], shown["booking_id"]) == ("succeeded", held.id)
    assert (shown["payment_method"], shown["reservation_id"]) == ("bank_transfer", held.id)


@pytest.mark.parametrize("amount", [499.99, 500.01, 0, 50_000])
async def test_another_amount_is_a_conflict_and_charges_nothing(
    api: Api, ann: Person, held: Booking, amount: float
) -> None:
    answer = await initiate(api, ann, held, amount=amount)

    assert (answer.status_code, answer.json()["code"]) == (409, "AMOUNT_MISMATCH")
    assert api.system.payments.of_booking(held.id) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payment_method", "cash"),
        ("payment_method", None),
        ("card_number", CARD),
        ("amount", "NaN"),
        ("amount", -1),
        ("amount", 500.001),
        ("status", "succeeded"),
        ("user_id", "x"),
    ],
)
async def test_a_body_that_makes_no_sense_is_422_and_names_the_field(
    api: Api, ann: Person, held: Booking, field: str, value: object
) -> None:
    answer = await initiate(api, ann, held, **{field: value})

    assert answer.status_code == 422
    assert field in {part for entry in answer.json()["detail"] for part in entry["loc"]}


@pytest.mark.parametrize("number", [None, "4242424242424241", "not a number", "4" * 41])
async def test_a_card_that_is_none_is_not_repeated_in_the_answer(
    api: Api, ann: Person, held: Booking, number: str | None
) -> None:
    answer = await initiate(api, ann, held, payment_method="card", card_number=number)

    assert answer.status_code == 422
    assert "card_number" in answer.text
    assert number is None or number not in answer.text


async def test_what_is_somebody_elses_is_absent(api: Api, ann: Person, held: Booking) -> None:
    eve = await somebody(api, "eve@example.com")
    payment = (await initiate(api, ann, held, payment_method="bank_transfer")).json()["payment_id"]
    absent = new_id()
    pairs = [
        (("POST", "/payments/initiate"), {"reservation_id": held.id}, {"reservation_id": absent}),
        (("GET", f"/payments/{payment}"), None, None),
        (("POST", f"/payments/{payment}/confirm"), {"code": "1"}, {"code": "1"}),
    ]
    for (method, path), foreign, unknown in pairs:
        extra = {"payment_method": "upi", "amount": 500} if "initiate" in path else {}
        answers = [
            await api.ask(method, path, json=foreign and {**foreign, **extra}, headers=eve.headers),
            await api.ask(
                method,
                path.replace(payment, absent),
                json=unknown and {**unknown, **extra},
                headers=eve.headers,
            ),
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        texts = [
            a.text.replace(held.id, "X").replace(payment, "X").replace(absent, "X") for a in answers
        ]
        assert texts[0] == texts[1]


async def test_nobody_pays_without_a_login(api: Api, held: Booking) -> None:
    assert (await initiate(api, None, held)).status_code == 401
    assert (await api.ask("GET", f"/payments/{new_id()}")).status_code == 401


async def test_the_same_key_is_answered_the_same(api: Api, ann: Person, held: Booking) -> None:
    first = await initiate(api, ann, held, key="k")
    again = await initiate(api, ann, held, key="k")
    other = await initiate(api, ann, held, key="k", payment_method="wallet")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.content == again.content
    assert len(api.system.payments.of_booking(held.id)) == 1


async def test_a_hold_that_is_over_cannot_be_paid_for(
    api: Api, ann: Person, held: Booking, clock: ManualClock
) -> None:
    clock.advance(minutes=16)
    answer = await initiate(api, ann, held)

    assert (answer.status_code, answer.json()["code"]) == (409, "HOLD_EXPIRED")


@pytest.mark.parametrize("off", [-301, 301])
async def test_a_stale_webhook_is_400_and_changes_nothing(
    api: Api, ann: Person, held: Booking, clock: ManualClock, off: int
) -> None:
    payment = (await initiate(api, ann, held, payment_method="bank_transfer")).json()["payment_id"]
    body = event(payment)
    stale = signature_of(SECRET.encode(), body, clock.now() + timedelta(seconds=off))

    answer = await deliver(api, body, stale)

    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_SIGNATURE")
    assert api.system.payments.get(payment).state is PaymentState.PENDING


async def test_a_webhook_without_a_signature_is_400(api: Api) -> None:
    answer = await api.ask("POST", "/payments/webhook", content=b"{}")

    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_SIGNATURE")


async def test_the_raw_body_is_what_was_signed(api: Api, ann: Person, held: Booking) -> None:
    """Another writing of the same JSON is another body."""
    payment = (await initiate(api, ann, held, payment_method="bank_transfer")).json()["payment_id"]
    body = event(payment)
    spaced = b" " + body
    signed = signature_of(SECRET.encode(), body, api.runtime.clock.now())

    assert (await deliver(api, spaced, signed)).status_code == 400
    assert (await deliver(api, spaced)).status_code == 200


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"amount": 499}, (409, "AMOUNT_MISMATCH")),
        ({"currency": "USD"}, (409, "AMOUNT_MISMATCH")),
        ({"payment_id": "01976e00-0000-7000-8000-00000000ffff"}, (404, "PAYMENT_NOT_FOUND")),
        ({"payment_id": "x"}, (404, "PAYMENT_NOT_FOUND")),
        ({"type": "payment.paid"}, (422, "INVALID_REQUEST")),
        ({"extra": 1}, (422, "INVALID_REQUEST")),
    ],
)
async def test_a_signed_event_that_does_not_fit_is_refused(
    api: Api, ann: Person, held: Booking, change: dict[str, Any], refusal: tuple[int, str]
) -> None:
    payment = (await initiate(api, ann, held, payment_method="bank_transfer")).json()["payment_id"]

    answer = await deliver(api, event(payment, **change))

    assert (answer.status_code, answer.json()["code"]) == refusal
    assert api.system.payments.get(payment).state is PaymentState.PENDING
