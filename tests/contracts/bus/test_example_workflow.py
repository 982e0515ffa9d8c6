"""The example workflow of the bus document on its own dates: every answer is the one printed
there, but for ids."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.support.api_shapes import inexact_money, misfits
from tests.support.api_shop import Caller, Shop, done, open_shop, stamp

pytestmark = pytest.mark.anyio

JOHN = {
    "email": "john.doe@example.com",
    "password": "SecurePass123",
    "first_name": "John",
    "last_name": "Doe",
    "phone_number": "1234567890",
}
REGISTERED = {
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "email": "john.doe@example.com",
    "first_name": "John",
    "last_name": "Doe",
    "role": "customer",
    "is_active": True,
    "created_at": "2024-01-15T10:30:00Z",
}
LOGGED_IN = {
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
    "token_type": "bearer",
    "user_id": "550e8400-e29b-41d4-a716-446655440000",
}
FOUND = {
    "schedules": [
        {
            "id": "schedule-123",
            "departure_datetime": "2024-01-20T08:00:00Z",
            "arrival_datetime": "2024-01-20T11:30:00Z",
            "base_price": 500.00,
            "available_seats": 28,
            "bus": {"bus_number": "MH-12-AB-1234", "bus_type": "deluxe"},
            "route": {"origin_city": "Mumbai", "destination_city": "Pune", "distance_km": 150.0},
        }
    ]
}
SEATS = [
    {"seat_number": "A1", "seat_type": "standard"},
    {"seat_number": "A2", "seat_type": "standard"},
]
RESERVED = {
    "id": "reservation-456",
    "schedule_id": "schedule-123",
    "reservation_datetime": "2024-01-15T10:35:00Z",
    "expiry_datetime": "2024-01-15T10:50:00Z",
    "status": "active",
    "total_amount": 1000.00,
    "seats": SEATS,
}
BOOKED = {
    "id": "booking-789",
    "booking_reference": "BK20240115001",
    "status": "confirmed",
    "total_amount": 1000.00,
    "schedule": {
        "departure_datetime": "2024-01-20T08:00:00Z",
        "bus": {"bus_number": "MH-12-AB-1234"},
        "route": {"origin_city": "Mumbai", "destination_city": "Pune"},
    },
    "seats": SEATS,
    "ticket": {
        "ticket_number": "TKT20240115001",
        "qr_code": "data:image/png;base64,iVBORw0KGgoAAAANS...",
        "validity_status": "valid",
    },
}
# What no two servers have in common.
OWN = re.compile(r"(id|\w+_id|access_token|qr_code)")


@pytest.fixture(scope="module")
async def walk(shop: Shop) -> dict[str, Any]:
    """The six steps, once; their answers by name."""
    return await _walk(shop)


async def _walk(shop: Shop) -> dict[str, Any]:
    await _set_the_scene(shop)
    answers: dict[str, Any] = {}
    guest = shop.nobody
    answers["registered"] = await guest.post("/users/register", JOHN)
    credentials = {name: JOHN[name] for name in ("email", "password")}
    answers["logged in"] = await guest.post("/users/login", credentials)
    token = done(answers["logged in"], 200)["access_token"]
    john = Caller(shop.api, {"Authorization": f"Bearer {token}"})
    wanted = {"origin_city": "Mumbai", "destination_city": "Pune", "date": "2024-01-20"}
    answers["found"] = await john.get("/schedules/search", params=wanted)
    schedule = done(answers["found"], 200)["schedules"][0]["id"]
    seats = (await shop.look_at(schedule)).pick("A1", "A2")
    shop.clock.advance(minutes=5)
    order = {"schedule_id": schedule, "seat_ids": seats}
    answers["reserved"] = await john.post("/reservations/create", order)
    reservation = done(answers["reserved"], 201)["id"]
    payment = {"reservation_id": reservation, "payment_method": "upi", "amount": 1000.00}
    answers["paid"] = await john.post("/payments/initiate", payment)
    booking = done(answers["paid"], 201)["booking_id"]
    answers["booked"] = await john.get(f"/bookings/{booking}/details")
    return answers


async def _set_the_scene(shop: Shop) -> None:
    """The departure of the document: 28 seats to be had."""
    route = await shop.route("Mumbai", "Pune", km=150.0)
    bus = await shop.bus(28, "MH-12-AB-1234")
    (departure,) = FOUND["schedules"]
    done(
        await shop.admin.post(
            "/schedules",
            {
                "route_id": route["id"],
                "bus_id": bus["id"],
                "departure_datetime": departure["departure_datetime"],
                "arrival_datetime": departure["arrival_datetime"],
                "base_price": 500.00,
            },
        ),
        201,
    )


@pytest.mark.parametrize(
    ("step", "status", "example"),
    [
        ("registered", 201, REGISTERED),
        ("logged in", 200, LOGGED_IN),
        ("found", 200, FOUND),
        ("reserved", 201, RESERVED),
        ("booked", 200, BOOKED),
    ],
)
def test_every_answer_is_the_printed_one(
    step: str, status: int, example: dict[str, Any], walk: dict[str, Any]
) -> None:
    answer = done(walk[step], status)

    assert misfits(example, answer) == []
    assert differences(example, answer) == []
    assert inexact_money(walk[step]) == []


def test_a_payment_that_succeeds_says_so(walk: dict[str, Any]) -> None:
    paid = done(walk["paid"], 201)

    assert paid["payment_id"]
    assert (paid["status"], paid["amount"], paid["currency"]) == ("succeeded", 1000.00, "INR")
    assert paid["booking_id"] == done(walk["reserved"], 201)["id"]


def test_the_ticket_carries_a_picture(walk: dict[str, Any]) -> None:
    booked = done(walk["booked"], 200)

    assert booked["ticket"]["qr_code"].startswith("data:image/png;base64,iVBORw0KGgoAAAANS")
    assert [ticket["ticket_number"] for ticket in booked["tickets"]] == [
        "TKT20240115001",
        "TKT20240115002",
    ]
    assert {ticket["seat_number"] for ticket in booked["tickets"]} == {"A1", "A2"}
    listed = {"id", "ticket_number", "seat_number", "qr_code", "validity_status"}
    assert all(listed <= ticket.keys() for ticket in booked["tickets"])


def test_no_secret_comes_back(walk: dict[str, Any]) -> None:
    for answer in walk.values():
        assert "SecurePass123" not in answer.text
        assert "password" not in answer.text
        assert "argon2" not in answer.text


async def test_the_same_on_postgresql(postgres_url: str) -> None:
    async with open_shop(postgres_url) as shop:
        walked = await _walk(shop)

        assert differences(BOOKED, done(walked["booked"], 200)) == []
        assert differences(FOUND, done(walked["found"], 200)) == []
        assert stamp(shop.clock.now() + timedelta(minutes=15)) == RESERVED["expiry_datetime"]


def differences(example: Any, answer: Any, at: str = "$") -> list[str]:
    """Where an answer says something else than the example, ids and secrets aside."""
    if isinstance(example, dict):
        return [
            wrong
            for name, value in example.items()
            if not OWN.fullmatch(name)
            for wrong in differences(value, answer[name], f"{at}.{name}")
        ]
    if isinstance(example, list):
        lengths = [] if len(example) == len(answer) else [f"{at}: {len(answer)} entries"]
        return lengths + [
            wrong
            for number, (expected, given) in enumerate(zip(example, answer, strict=False))
            for wrong in differences(expected, given, f"{at}[{number}]")
        ]
    return [] if example == answer else [f"{at}: {answer!r} instead of {example!r}"]
