"""`/booking` of the trip contract: reserve, confirm, my tickets."""

from typing import Any

import pytest

from tests.support.api_shapes import inexact_money
from tests.support.api_shop import (
    ABSENT,
    ABSENT_TRIP,
    CARD,
    CODE,
    DECLINED,
    WANTS_CODE,
    Caller,
    Departure,
    Shop,
    done,
    event,
    names_field,
    refused,
)

pytestmark = pytest.mark.anyio


def order(departure: Departure, *numbers: str, **changes: Any) -> dict[str, Any]:
    wanted = departure.pick(*(numbers or ("A1",)))
    return {"trip_id": departure.trip, "seat_ids": wanted, **changes}


def payment(held: Any, method: str = "upi", **changes: Any) -> dict[str, Any]:
    return {"booking_id": held["booking_id"], "payment_method": method, **changes}


@pytest.fixture
async def held(ann: Caller, departure: Departure) -> Any:
    """Ann holds A1 for 500.00."""
    return done(await ann.post("/booking/reserve", order(departure)), 200)


async def tickets_of(who: Caller) -> Any:
    return (await who.read("/booking/my-tickets"))["bookings"]


async def test_a_hold_says_what_it_costs_and_until_when(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    answer = await ann.post("/booking/reserve", order(departure, "A1", "A2"))
    held = done(answer, 200)

    assert {"booking_id", "expires_at", "total_amount"} <= held.keys()
    assert (held["total_amount"], held["expires_at"]) == (1000.0, "2024-01-15T10:45:00Z")
    assert inexact_money(answer) == []
    assert (await shop.statuses(departure))["A1"] == "held"
    # The bus contract calls it a reservation.
    assert (await ann.read(f"/reservations/{held['booking_id']}/details"))["status"] == "active"
    assert await tickets_of(ann) == []


@pytest.mark.parametrize(
    ("method", "more"),
    [("card", {"card_number": CARD}), ("upi", {}), ("wallet", {}), ("upi", {"amount": 500.0})],
)
async def test_a_confirmed_booking_has_its_ticket(
    method: str, more: dict[str, Any], shop: Shop, ann: Caller, departure: Departure
) -> None:
    held = done(await ann.post("/booking/reserve", order(departure)), 200)
    answer = await ann.post("/booking/confirm", payment(held, method, **more))
    booked = done(answer, 200)

    assert (booked["booking_id"], booked["status"]) == (held["booking_id"], "confirmed")
    assert inexact_money(answer) == []
    (ticket,) = booked["tickets"]
    assert (ticket["seat_number"], ticket["validity_status"]) == ("A1", "valid")
    assert ticket["ticket_number"].startswith("TKT20240115")
    (mine,) = await tickets_of(ann)
    assert mine["booking_id"] == held["booking_id"]
    assert mine["trip"]["id"] == departure.trip
    assert mine["tickets"] == booked["tickets"]
    assert (await shop.statuses(departure))["A1"] == "booked"


async def test_a_decline_is_402_and_another_try_is_welcome(ann: Caller, held: Any) -> None:
    declined = payment(held, "card", card_number=DECLINED)

    refused(await ann.post("/booking/confirm", declined), 402, "PAYMENT_DECLINED")
    assert await tickets_of(ann) == []
    done(await ann.post("/booking/confirm", payment(held)), 200)


async def test_a_card_that_wants_a_code_is_not_confirmed_yet(ann: Caller, held: Any) -> None:
    asked = payment(held, "card", card_number=WANTS_CODE)
    waiting = done(await ann.post("/booking/confirm", asked), 200)
    assert (waiting["status"], waiting["tickets"]) != ("confirmed", [])
    assert waiting["payment_status"] == "requires_action"
    assert waiting["tickets"] == []

    path = f"/payments/{waiting['payment_id']}/confirm"
    done(await ann.post(path, {"code": CODE}), 200)
    assert len(await tickets_of(ann)) == 1


async def test_a_transfer_confirms_when_the_bank_says_so(
    shop: Shop, ann: Caller, held: Any
) -> None:
    waiting = done(await ann.post("/booking/confirm", payment(held, "bank_transfer")), 200)
    assert (waiting["payment_status"], waiting["tickets"]) == ("pending", [])
    news = event({**waiting, "amount": waiting["total_amount"]})

    assert (await shop.deliver(news)).status_code == 200
    assert len(await tickets_of(ann)) == 1


@pytest.mark.parametrize("amount", [0, 1, 499.99, 500.01, 5e10])
async def test_another_amount_is_409_and_charges_nothing(
    amount: float, shop: Shop, ann: Caller, held: Any
) -> None:
    answer = await ann.post("/booking/confirm", payment(held, amount=amount))

    refused(answer, 409, "AMOUNT_MISMATCH")
    assert await tickets_of(ann) == []
    done(await ann.post("/booking/confirm", payment(held)), 200)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trip_id", None),
        ("trip_id", "many"),
        ("trip_id", 1.5),
        ("trip_id", 2**70),
        ("seat_ids", []),
        ("seat_ids", None),
        ("seat_ids", [7]),
        ("status", "confirmed"),
        ("expires_at", "2030-01-01T00:00:00Z"),
        ("amount", 1.0),
        ("user_id", ABSENT),
        ("role", "admin"),
    ],
)
async def test_a_bad_order_is_422_and_names_the_field(
    field: str, value: Any, shop: Shop, ann: Caller, departure: Departure
) -> None:
    names_field(
        await ann.post("/booking/reserve", order(departure, **{field: value})), "body", field
    )
    assert set((await shop.statuses(departure)).values()) == {"available"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("booking_id", None),
        ("booking_id", 5),
        ("payment_method", None),
        ("payment_method", "cash"),
        ("amount", "much"),
        ("amount", -1),
        ("card_number", 4242424242424242),
        ("status", "confirmed"),
        ("user_id", ABSENT),
    ],
)
async def test_a_bad_confirmation_is_422_and_names_the_field(
    field: str, value: Any, ann: Caller, held: Any
) -> None:
    answer = await ann.post("/booking/confirm", payment(held, **{"amount": 500.0, field: value}))

    names_field(answer, "body", field)
    assert await tickets_of(ann) == []


async def test_what_is_ordered_must_be_there(shop: Shop, ann: Caller, departure: Departure) -> None:
    elsewhere = await shop.departure()

    for changes in (
        {"trip_id": ABSENT_TRIP},
        {"seat_ids": [ABSENT]},
        {"seat_ids": elsewhere.pick("A1")},
    ):
        refused(await ann.post("/booking/reserve", order(departure, **changes)), 404)


async def test_a_taken_seat_is_409(eve: Caller, departure: Departure, held: Any) -> None:
    refused(await eve.post("/booking/reserve", order(departure)), 409, "SEAT_TAKEN")


async def test_ten_seats_are_the_most(shop: Shop, ann: Caller) -> None:
    departure = await shop.departure(seats=12)
    answer = await ann.post("/booking/reserve", order(departure, *list(departure.seats)[:11]))

    refused(answer, 409, "HOLD_LIMIT_REACHED")


async def test_nobody_confirms_for_somebody_else(eve: Caller, ann: Caller, held: Any) -> None:
    foreign = await eve.post("/booking/confirm", payment(held))
    absent = await eve.post("/booking/confirm", payment({"booking_id": ABSENT}))

    refused(foreign, 404)
    assert foreign.text.replace(held["booking_id"], ABSENT) == absent.text
    assert await tickets_of(eve) == []
    done(await ann.post("/booking/confirm", payment(held)), 200)


async def test_a_hold_that_is_over_is_not_confirmed(fresh_shop: Shop) -> None:
    ann = await fresh_shop.customer()
    departure = await fresh_shop.departure()
    held = done(await ann.post("/booking/reserve", order(departure)), 200)

    fresh_shop.clock.advance(minutes=15)
    refused(await ann.post("/booking/confirm", payment(held)), 409, "HOLD_EXPIRED")
    assert await tickets_of(ann) == []


@pytest.mark.parametrize(("param", "value"), [("page", 0), ("per_page", 0), ("page", "x")])
async def test_a_bad_page_is_422(param: str, value: Any, ann: Caller) -> None:
    names_field(await ann.get("/booking/my-tickets", params={param: value}), "query", param)


async def test_my_tickets_are_mine(ann: Caller, eve: Caller, held: Any) -> None:
    done(await ann.post("/booking/confirm", payment(held)), 200)

    assert await tickets_of(eve) == []


@pytest.mark.parametrize("end", ["origin", "destination"])
async def test_a_stop_where_it_does_not_call_is_named_by_its_own_field(
    ann: Caller, departure: Departure, end: str
) -> None:
    answer = await ann.post("/booking/reserve", order(departure, **{end: "Goa"}))

    refused(answer, 422, "UNKNOWN_STOP")
    names_field(answer, "body", end)
