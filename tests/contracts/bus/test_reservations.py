"""`/reservations` of the bus contract: fifteen minutes to make up one's mind."""

from typing import Any

import pytest

from tests.support.api_shapes import inexact_money, misfits
from tests.support.api_shop import (
    ABSENT,
    Caller,
    Departure,
    Shop,
    done,
    names_field,
    own_cities,
    pay,
    refused,
)

pytestmark = pytest.mark.anyio

RESERVED = {
    "id": "reservation-456",
    "schedule_id": "schedule-123",
    "reservation_datetime": "2024-01-15T10:35:00Z",
    "expiry_datetime": "2024-01-15T10:50:00Z",
    "status": "active",
    "total_amount": 1000.00,
    "seats": [{"seat_number": "A1", "seat_type": "standard"}],
}


def order(departure: Departure, *numbers: str, **changes: Any) -> dict[str, Any]:
    wanted = departure.pick(*(numbers or ("A1",)))
    return {"schedule_id": departure.id, "seat_ids": wanted, **changes}


async def test_a_reservation_holds_its_seats(shop: Shop, ann: Caller, departure: Departure) -> None:
    answer = await ann.post("/reservations/create", order(departure, "A1", "A2"))
    held = done(answer, 201)

    assert misfits(RESERVED, held) == []
    assert inexact_money(answer) == []
    assert (held["status"], held["total_amount"]) == ("active", 1000.00)
    assert [seat["seat_number"] for seat in held["seats"]] == ["A1", "A2"]
    assert (await shop.statuses(departure))["A1"] == "held"
    assert await ann.read(f"/reservations/{held['id']}/details") == held
    assert held in (await ann.read("/reservations/active"))["reservations"]


async def test_a_seat_is_held_once(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    await shop.reserve(ann, departure, "A2")

    for who in (eve, ann):
        taken = await who.post("/reservations/create", order(departure, "A1", "A2"))
        refused(taken, 409, "SEAT_TAKEN")
    # All or nothing: A1 stays free.
    assert (await shop.statuses(departure))["A1"] == "available"
    assert (await eve.read("/reservations/active"))["reservations"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schedule_id", None),
        ("schedule_id", 7),
        ("seat_ids", []),
        ("seat_ids", None),
        ("seat_ids", "A1"),
        ("seat_ids", [1]),
        ("seat_ids", {"A1": True}),
        ("status", "confirmed"),
        ("expires_at", "2030-01-01T00:00:00Z"),
        ("expiry_datetime", "2030-01-01T00:00:00Z"),
        ("amount", 1.00),
        ("total_amount", 1.00),
        ("role", "admin"),
    ],
)
async def test_a_bad_order_is_422_and_names_the_field(
    field: str, value: Any, shop: Shop, ann: Caller, departure: Departure
) -> None:
    asked = order(departure, **{field: value})

    names_field(await ann.post("/reservations/create", asked), "body", field)
    assert set((await shop.statuses(departure)).values()) == {"available"}


async def test_a_seat_named_twice_is_422(ann: Caller, departure: Departure) -> None:
    refused(await ann.post("/reservations/create", order(departure, "A1", "A1")), 422)


async def test_what_is_ordered_must_be_there(shop: Shop, ann: Caller, departure: Departure) -> None:
    elsewhere = await shop.departure()

    for changes in (
        {"schedule_id": ABSENT},
        {"schedule_id": "schedule-123"},
        {"seat_ids": [ABSENT]},
        {"seat_ids": ["seat-001"]},
        {"seat_ids": elsewhere.pick("A1")},
    ):
        refused(await ann.post("/reservations/create", order(departure, **changes)), 404)


async def test_whose_a_reservation_is_cannot_be_said(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    for user_id in (eve.id, ann.id, ABSENT):
        asked = order(departure, user_id=user_id)
        names_field(await ann.post("/reservations/create", asked), "body", "user_id")
    assert (await shop.statuses(departure))["A1"] == "available"


async def test_ten_seats_are_the_most(shop: Shop, ann: Caller) -> None:
    departure = await shop.departure(seats=20)
    numbers = list(departure.seats)
    eleven, ten, one_more = numbers[:11], numbers[:10], numbers[10:11]

    too_many = await ann.post("/reservations/create", order(departure, *eleven))
    refused(too_many, 409, "HOLD_LIMIT_REACHED")
    done(await ann.post("/reservations/create", order(departure, *ten)), 201)
    # Nor by several orders.
    too_many = await ann.post("/reservations/create", order(departure, *one_more))
    refused(too_many, 409, "HOLD_LIMIT_REACHED")
    assert list((await shop.statuses(departure)).values()).count("held") == 10


async def test_somebody_elses_reservation_is_not_there(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    held = await shop.reserve(ann, departure)

    for method, tail in (("GET", "/details"), ("DELETE", "")):
        foreign = await eve.ask(method, f"/reservations/{held['id']}{tail}")
        absent = await eve.ask(method, f"/reservations/{ABSENT}{tail}")
        refused(foreign, 404)
        assert foreign.text.replace(held["id"], "ID") == absent.text.replace(ABSENT, "ID")
    assert (await eve.read("/reservations/active"))["reservations"] == []
    assert (await ann.read(f"/reservations/{held['id']}/details"))["status"] == "active"


async def test_a_reservation_that_is_given_back_frees_its_seats(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    held = await shop.reserve(ann, departure, "A1", "A2")

    assert (await ann.delete(f"/reservations/{held['id']}")).status_code in {200, 204}
    assert (await ann.read("/reservations/active"))["reservations"] == []
    await shop.reserve(eve, departure, "A1", "A2")
    refused(await pay(ann, held), 409)


async def test_a_reservation_ends_by_itself(fresh_shop: Shop) -> None:
    ann, eve = await fresh_shop.customer(), await fresh_shop.customer()
    departure = await fresh_shop.departure()
    held = await fresh_shop.reserve(ann, departure, "A1")

    fresh_shop.clock.advance(minutes=14, seconds=59)
    assert (await fresh_shop.statuses(departure))["A1"] == "held"
    fresh_shop.clock.advance(seconds=1)
    assert (await fresh_shop.statuses(departure))["A1"] == "available"
    assert (await ann.read("/reservations/active"))["reservations"] == []
    assert (await ann.read(f"/reservations/{held['id']}/details"))["status"] == "expired"
    refused(await pay(ann, held), 409)
    await fresh_shop.reserve(eve, departure, "A1")


async def test_a_part_of_the_journey_costs_its_part(shop: Shop, ann: Caller) -> None:
    cities = own_cities("Mumbai", "Lonavala", "Pune")
    departure = await shop.departure(*cities, km=150.0, price=500.0)
    mumbai, lonavala, pune = cities

    first = await shop.reserve(ann, departure, "A1", origin_city=mumbai, destination_city=lonavala)
    second = await shop.reserve(ann, departure, "A1", origin_city=lonavala, destination_city=pune)
    # Half of the distance each.
    assert (first["total_amount"], second["total_amount"]) == (250.0, 250.0)
    whole = order(departure, "A1")
    refused(await ann.post("/reservations/create", whole), 409, "SEAT_TAKEN")


async def test_a_part_that_is_not_travelled_is_422(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    mumbai, pune = departure.cities

    for origin, destination in ((pune, mumbai), ("Atlantis", pune), (mumbai, "Atlantis")):
        asked = order(departure, origin_city=origin, destination_city=destination)
        refused(await ann.post("/reservations/create", asked), 422)


async def test_what_has_left_cannot_be_reserved(fresh_shop: Shop) -> None:
    ann = await fresh_shop.customer()
    departure = await fresh_shop.departure()
    fresh_shop.clock.advance(days=5)

    late = await fresh_shop.back(ann)
    refused(await late.post("/reservations/create", order(departure)), 409, "DEPARTURE_PASSED")
