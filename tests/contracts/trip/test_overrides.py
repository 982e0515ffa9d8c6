"""`/admin` and `/seed` of the trip contract: overrides, and what they do for everybody else."""

from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest

from booking_core.domain.api_keys import Scope
from tests.support.api_shop import (
    ABSENT,
    ABSENT_TRIP,
    Caller,
    Departure,
    Shop,
    done,
    names_field,
    open_shop,
    pay,
    refused,
)
from tests.support.builders import hold

pytestmark = pytest.mark.anyio


def seat_path(departure: Departure, number: str, act: str) -> str:
    return f"/admin/seats/{departure.seats[number]}/{act}"


async def test_a_blocked_seat_is_for_nobody_until_it_is_unblocked(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    block, unblock = (seat_path(departure, "A1", act) for act in ("block", "unblock"))
    order = {"trip_id": departure.trip, "seat_ids": departure.pick("A1")}

    done(await shop.admin.post(block), 200)
    assert (await shop.statuses(departure))["A1"] == "blocked"
    refused(await ann.post("/booking/reserve", order), 409, "SEAT_TAKEN")
    refused(await shop.admin.post(block), 409)
    found = await shop.nobody.read(f"/trip/{departure.trip}")
    assert found["available_seats"] == 7
    # A block is nobody's reservation.
    active = await shop.admin.read("/admin/reservations/active", per_page=100)
    assert departure.id not in {one["schedule_id"] for one in active["reservations"]}

    done(await shop.admin.post(unblock), 200)
    refused(await shop.admin.post(unblock), 409, "SEAT_NOT_BLOCKED")
    done(await ann.post("/booking/reserve", order), 200)


async def test_what_is_held_or_sold_is_not_blocked(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    await shop.reserve(ann, departure, "A1")
    await shop.book(ann, departure, "A2")

    for number in ("A1", "A2"):
        refused(await shop.admin.post(seat_path(departure, number, "block")), 409)
        refused(await shop.admin.post(seat_path(departure, number, "unblock")), 409)
    for act in ("block", "unblock"):
        refused(await shop.admin.post(f"/admin/seats/{ABSENT}/{act}"), 404)
        refused(await shop.admin.post(f"/admin/seats/A1/{act}"), 404)


async def test_a_hold_is_extended_from_now_on(fresh_shop: Shop) -> None:
    departure = await fresh_shop.departure()
    ann = await fresh_shop.customer()
    held = await fresh_shop.reserve(ann, departure, "A1")
    assert held["expiry_datetime"] == "2024-01-15T10:45:00Z"
    fresh_shop.clock.advance(minutes=10)

    path = f"/admin/bookings/{held['id']}/extend"
    extended = done(await fresh_shop.admin.post(path), 200)
    assert extended["expires_at"] == "2024-01-15T10:55:00Z"
    fresh_shop.clock.advance(minutes=9)
    done(await pay(ann, held), 201)
    refused(await fresh_shop.admin.post(path), 409)


@pytest.mark.parametrize("minutes", [0, -5, 1.5, "long", 10**9])
async def test_a_bad_extension_is_422(
    minutes: Any, shop: Shop, ann: Caller, departure: Departure
) -> None:
    held = await shop.reserve(ann, departure, "A1")
    path = f"/admin/bookings/{held['id']}/extend"

    names_field(await shop.admin.post(path, {"minutes": minutes}), "body", "minutes")
    names_field(await shop.admin.post(path, {"expires_at": "2030"}), "body", "expires_at")


async def test_a_hold_that_is_over_is_not_extended(fresh_shop: Shop) -> None:
    departure = await fresh_shop.departure()
    ann = await fresh_shop.customer()
    held = await fresh_shop.reserve(ann, departure, "A1")
    fresh_shop.clock.advance(minutes=15)

    refused(await fresh_shop.admin.post(f"/admin/bookings/{held['id']}/extend"), 409)


async def test_a_hold_is_released(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    held = await shop.reserve(ann, departure, "A1")
    path = f"/admin/bookings/{held['id']}/release"

    done(await shop.admin.post(path, {"reason": "asked for"}), 200)
    await shop.reserve(eve, departure, "A1")
    refused(await shop.admin.post(path), 409)


@pytest.mark.parametrize("amount", [0, 123.45, 1000.0])
async def test_a_booking_is_cancelled_with_a_chosen_refund(
    amount: float, shop: Shop, ann: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure, "A1", "A2")
    path = f"/admin/bookings/{booked['id']}/cancel"

    cancelled = done(await shop.admin.post(path, {"refund_amount": amount}), 200)
    assert cancelled["refund_amount"] == amount
    assert cancelled["seats"] == ["A1", "A2"]
    assert (await ann.read(f"/bookings/{booked['id']}/details"))["status"] == "cancelled"
    assert (await shop.statuses(departure))["A1"] == "available"
    refused(await shop.admin.post(path, {"refund_amount": amount}), 409)


async def test_by_default_the_policy_says_what_comes_back(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure, "A1")
    cancelled = done(await shop.admin.post(f"/admin/bookings/{booked['id']}/cancel"), 200)

    assert cancelled["refund_amount"] == 500.0


async def test_no_more_comes_back_than_was_paid(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    booked = await shop.book(ann, departure, "A1")
    path = f"/admin/bookings/{booked['id']}/cancel"

    for amount in (500.01, 5e10):
        answer = await shop.admin.post(path, {"refund_amount": amount})
        assert answer.status_code in {409, 422}, answer.text
        refused(answer, answer.status_code)
    names_field(await shop.admin.post(path, {"refund_amount": -1}), "body", "refund_amount")
    names_field(await shop.admin.post(path, {"refund_amount": 0.001}), "body", "refund_amount")
    assert (await ann.read(f"/bookings/{booked['id']}/details"))["status"] == "confirmed"


async def test_a_trip_off_sale_is_not_sold(shop: Shop, ann: Caller, departure: Departure) -> None:
    path = f"/admin/trips/{departure.trip}/sale"
    held = await shop.reserve(ann, departure, "A1")
    order = {"trip_id": departure.trip, "seat_ids": departure.pick("A2")}

    assert done(await shop.admin.put(path, {"on_sale": False}), 200)["on_sale"] is False
    refused(await ann.post("/booking/reserve", order), 409, "NOT_ON_SALE")
    # What is held may still be paid for.
    done(await pay(ann, held), 201)
    done(await shop.admin.put(path, {"on_sale": True}), 200)
    done(await ann.post("/booking/reserve", order), 200)


@pytest.mark.parametrize("body", [{}, {"on_sale": None}, {"on_sale": "perhaps"}])
async def test_a_bad_sale_is_422(body: Any, shop: Shop, departure: Departure) -> None:
    path = f"/admin/trips/{departure.trip}/sale"

    names_field(await shop.admin.put(path, body), "body", "on_sale")
    refused(await shop.admin.put(f"/admin/trips/{ABSENT_TRIP}/sale", {"on_sale": True}), 404)


async def test_overrides_know_what_is_there(shop: Shop) -> None:
    for act in ("extend", "release", "cancel"):
        for absent in (ABSENT, "booking-789"):
            refused(await shop.admin.post(f"/admin/bookings/{absent}/{act}"), 404)


async def test_a_key_does_what_its_scope_says(
    shop: Shop, ann: Caller, departure: Departure
) -> None:
    clerk, stocker = shop.program(Scope.BOOKINGS), shop.program(Scope.INVENTORY)
    held = await shop.reserve(ann, departure, "A1")
    release = f"/admin/bookings/{held['id']}/release"

    refused(await stocker.post(release), 403)
    refused(await clerk.post(seat_path(departure, "A2", "block")), 403)
    done(await clerk.post(release), 200)
    done(await stocker.post(seat_path(departure, "A2", "block")), 200)


async def test_the_seed_fills_an_empty_database_once(sqlite_url: str) -> None:
    async with open_shop(sqlite_url) as shop:
        done(await shop.admin.post("/seed"), 200)
        day = shop.clock.now().date().replace(day=17).isoformat()
        wanted = {"origin": "Mumbai", "destination": "Pune", "date": day}
        once = (await shop.nobody.read("/trip/search", **wanted))["trips"]
        assert once
        trip = await shop.nobody.read(f"/trip/{once[0]['id']}")
        assert (len(trip["seats"]), trip["price"]) == (40, 500.0)
        assert trip["seats"][0]["seat_number"] == "A1"

        done(await shop.admin.post("/seed"), 200)
        assert (await shop.nobody.read("/trip/search", **wanted))["trips"] == once


async def test_the_seed_is_held_as_the_settings_say_and_on_record(sqlite_url: str) -> None:
    async with open_shop(sqlite_url, None, hold_seconds=300) as shop:
        done(await shop.admin.post("/seed"), 200)

        found = shop.api.system.inventories(limit=1)[0]
        held = hold(shop.api.system, found.id, "A1")
        assert held.expires_at - held.held_at == timedelta(seconds=300)
        (act,), _ = shop.api.system.activity.find(entity="timetable")
        assert (act.act.actor, act.act.action) == (shop.admin.id, "imported")


async def test_there_is_no_seed_in_production(sqlite_url: str) -> None:
    production = {"environment": "production", "secret_key": token_hex(32)}
    async with open_shop(sqlite_url, None, **production) as shop:
        for who in (shop.nobody, await shop.customer(), shop.admin):
            refused(await who.post("/seed"), 404)
