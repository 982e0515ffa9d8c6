"""`Idempotency-Key` on every write of every contract."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from booking_core.domain.api_keys import Scope
from tests.support import api_house as house
from tests.support.api_scene import set_scene
from tests.support.api_shapes import refused_as
from tests.support.api_shop import (
    ABSENT,
    CODE,
    DECLINED,
    WANTS_CODE,
    Caller,
    Departure,
    Shop,
    done,
    own_cities,
    pay,
    refused,
    stamp,
)
from tests.support.ride_town import Town, asked_for, wrong

pytestmark = pytest.mark.anyio

# Who asks, how, where, with what; and another body.
Write = tuple[Caller, str, str, Any, Any]
Make = Callable[[Shop, Caller, Departure], Awaitable[Write]]

_WRITES: dict[str, Make] = {}
_HOUSE_WRITES: dict[str, Callable[[Shop], Awaitable[Write]]] = {}


def write(make: Make) -> Make:
    _WRITES[make.__name__] = make
    return make


@write
async def reserve(shop: Shop, ann: Caller, departure: Departure) -> Write:
    body = {"schedule_id": departure.id, "seat_ids": departure.pick("A1")}
    other = {"schedule_id": departure.id, "seat_ids": departure.pick("A2")}
    return ann, "POST", "/reservations/create", body, other


@write
async def reserve_on_a_trip(shop: Shop, ann: Caller, departure: Departure) -> Write:
    body = {"trip_id": departure.trip, "seat_ids": departure.pick("A1")}
    return ann, "POST", "/booking/reserve", body, {**body, "seat_ids": departure.pick("A2")}


@write
async def pay_for_it(shop: Shop, ann: Caller, departure: Departure) -> Write:
    held = await shop.reserve(ann, departure, "A1")
    body = {"reservation_id": held["id"], "payment_method": "upi", "amount": 500.0}
    return ann, "POST", "/payments/initiate", body, {**body, "payment_method": "wallet"}


@write
async def be_declined(shop: Shop, ann: Caller, departure: Departure) -> Write:
    held = await shop.reserve(ann, departure, "A1")
    body = {
        "reservation_id": held["id"],
        "payment_method": "card",
        "amount": 500.0,
        "card_number": DECLINED,
    }
    return ann, "POST", "/payments/initiate", body, {**body, "payment_method": "upi"}


@write
async def confirm_on_a_trip(shop: Shop, ann: Caller, departure: Departure) -> Write:
    held = await shop.reserve(ann, departure, "A1")
    body = {"booking_id": held["id"], "payment_method": "upi"}
    return ann, "POST", "/booking/confirm", body, {**body, "payment_method": "wallet"}


@write
async def send_the_code(shop: Shop, ann: Caller, departure: Departure) -> Write:
    held = await shop.reserve(ann, departure, "A1")
    paid = done(await pay(ann, held, "card", card_number=WANTS_CODE), 201)
    path = f"/payments/{paid['payment_id']}/confirm"
    return ann, "POST", path, {"code": CODE}, {"code": "000000"}


@write
async def cancel(shop: Shop, ann: Caller, departure: Departure) -> Write:
    booked = await shop.book(ann, departure, "A1", "A2")
    path = f"/bookings/{booked['id']}/cancel"
    one = departure.pick("A1")
    return ann, "POST", path, {"seat_ids": one}, {"seat_ids": departure.pick("A2")}


@write
async def book(shop: Shop, ann: Caller, departure: Departure) -> Write:
    booked = await shop.book(ann, departure, "A1")
    path, body = "/bookings/create", {"reservation_id": booked["id"]}
    return ann, "POST", path, body, {"reservation_id": ABSENT}


@write
async def give_back(shop: Shop, ann: Caller, departure: Departure) -> Write:
    held = await shop.reserve(ann, departure, "A1")
    return ann, "DELETE", f"/reservations/{held['id']}", None, {"reason": "none"}


@write
async def register(shop: Shop, ann: Caller, departure: Departure) -> Write:
    (name,) = own_cities("joe")
    body = {
        "email": f"{name.replace(' ', '.')}@example.com",
        "password": "SecurePass123",
        "first_name": "Joe",
    }
    return shop.nobody, "POST", "/users/register", body, {**body, "first_name": "Jo"}


@write
async def change_the_profile(shop: Shop, ann: Caller, departure: Departure) -> Write:
    return ann, "PUT", "/user/me", {"first_name": "Anna"}, {"first_name": "Hanna"}


@write
async def make_a_route(shop: Shop, ann: Caller, departure: Departure) -> Write:
    goa, hampi = own_cities("Goa", "Hampi")
    body = {"origin_city": goa, "destination_city": hampi, "distance_km": 300.0}
    return shop.admin, "POST", "/routes", body, {**body, "distance_km": 301.0}


@write
async def make_a_bus(shop: Shop, ann: Caller, departure: Departure) -> Write:
    (number,) = own_cities("KA-01")
    body = {"bus_number": number, "bus_type": "deluxe", "total_seats": 8}
    return shop.admin, "POST", "/buses", body, {**body, "total_seats": 9}


@write
async def make_a_schedule(shop: Shop, ann: Caller, departure: Departure) -> Write:
    body = {
        "route_id": (await shop.route(*own_cities("Goa", "Hampi")))["id"],
        "bus_id": (await shop.bus())["id"],
        "departure_datetime": stamp(shop.clock.now().replace(day=28)),
        "arrival_datetime": stamp(shop.clock.now().replace(day=29)),
        "base_price": 500.0,
    }
    return shop.admin, "POST", "/schedules", body, {**body, "base_price": 501.0}


@write
async def remove_a_bus(shop: Shop, ann: Caller, departure: Departure) -> Write:
    bus = await shop.bus()
    return shop.admin, "DELETE", f"/buses/{bus['id']}", None, {"really": True}


@write
async def block(shop: Shop, ann: Caller, departure: Departure) -> Write:
    path = f"/admin/seats/{departure.seats['A1']}/block"
    return shop.admin, "POST", path, {"reason": "wet"}, {"reason": "torn"}


@write
async def extend(shop: Shop, ann: Caller, departure: Departure) -> Write:
    held = await shop.reserve(ann, departure, "A1")
    path = f"/admin/bookings/{held['id']}/extend"
    return shop.admin, "POST", path, {"minutes": 20}, {"minutes": 21}


@write
async def release(shop: Shop, ann: Caller, departure: Departure) -> Write:
    held = await shop.reserve(ann, departure, "A1")
    path = f"/admin/bookings/{held['id']}/release"
    return shop.admin, "POST", path, {"reason": "a"}, {"reason": "b"}


@write
async def release_a_reservation(shop: Shop, ann: Caller, departure: Departure) -> Write:
    held = await shop.reserve(ann, departure, "A1")
    path = f"/admin/reservations/{held['id']}/release"
    return shop.admin, "POST", path, {"reason": "a"}, {"reason": "b"}


@write
async def cancel_with_a_refund(shop: Shop, ann: Caller, departure: Departure) -> Write:
    booked = await shop.book(ann, departure, "A1", "A2")
    path = f"/admin/bookings/{booked['id']}/cancel"
    body = {"refund_amount": 100.0, "seat_ids": departure.pick("A1")}
    return shop.admin, "POST", path, body, {**body, "seat_ids": departure.pick("A2")}


@write
async def stop_the_sale(shop: Shop, ann: Caller, departure: Departure) -> Write:
    path = f"/admin/trips/{departure.trip}/sale"
    return shop.admin, "PUT", path, {"on_sale": False}, {"on_sale": True}


@write
async def let_in(shop: Shop, ann: Caller, departure: Departure) -> Write:
    ticket = (await shop.book(ann, departure, "A1"))["ticket"]
    token = shop.api.system.tickets.shown(ticket["id"]).token
    path = f"/tickets/{ticket['id']}/validate"
    return shop.admin, "POST", path, {"token": token}, {"token": "another"}


@write
async def ask_for_a_ride(shop: Shop, ann: Caller, departure: Departure) -> Write:
    town = Town(shop)
    town.open()
    return ann, "POST", "/rides", asked_for(town.spot), asked_for(town.spot, vehicle_type="van")


@write
async def guess_the_code(shop: Shop, ann: Caller, departure: Departure) -> Write:
    town = Town(shop)
    town.open()
    trip = await town.accepted()
    code = await trip.code()
    path = f"/driver/rides/{trip.ride}/start"
    return trip.driver, "POST", path, {"otp": wrong(code)}, {"otp": code}


def _write_of(method: str, template: str, other: Any, *, by_office: bool = False) -> None:
    """A write as the scene of its operation makes it."""

    async def make(shop: Shop) -> Write:
        scene = await set_scene(shop, template)
        body = scene.body(method, template)
        who = shop.admin if by_office else scene.ann
        different = {**(body or {}), **other}
        return who, method, scene.path(template), body, different

    _HOUSE_WRITES[f"{method} {template}"] = make


async def _made(name: str, shop: Shop) -> Write:
    if name in _HOUSE_WRITES:
        return await _HOUSE_WRITES[name](shop)
    return await _WRITES[name](shop, await shop.customer(), await shop.departure())


_write_of("PUT", "/api/v1/users/profile", {"full_name": "B"})
_write_of("POST", "/api/v1/bookings", {"quantity": 2})
_write_of("POST", "/api/v1/bookings/{booking_id}/confirm", {"payment_method": "wallet"})
_write_of("POST", "/api/v1/bookings/{booking_id}/extend", {"minutes": 3})
_write_of("DELETE", "/api/v1/bookings/{booking_id}", {"really": True})
_write_of("POST", "/api/v1/payments/initiate/{booking_id}", {"really": True})
_write_of("POST", "/api/v1/waitlist/join", {"quantity": 2})
_write_of("POST", "/api/v1/waitlist/{waitlist_id}/accept", {"really": True})
_write_of("POST", "/api/v1/waitlist/{waitlist_id}/decline", {"really": True})
_write_of("DELETE", "/api/v1/waitlist/{waitlist_id}", {"really": True})
_write_of("POST", "/api/v1/admin/venues", {"city": "Goa"}, by_office=True)
_write_of("PUT", "/api/v1/admin/venues/{venue_id}", {"name": "B"}, by_office=True)
_write_of("POST", "/api/v1/admin/events", {"name": "B"}, by_office=True)
_write_of("PUT", "/api/v1/admin/events/{event_id}", {"name": "B"}, by_office=True)
_write_of("POST", "/api/v1/admin/events/{event_id}/publish", {"really": True}, by_office=True)
_write_of("POST", "/api/v1/admin/events/{event_id}/cancel", {"reason": "storm"}, by_office=True)
_write_of("POST", "/api/v1/admin/vouchers", {"percent": 6}, by_office=True)
_write_of("DELETE", "/api/v1/admin/vouchers/{voucher_id}", {"really": True}, by_office=True)
_write_of("POST", "/api/bookings/", {"number_of_tickets": 2})
_write_of("DELETE", "/api/bookings/{booking_id}/", {"really": True})


async def _cancel_what_was_paid(shop: Shop) -> Write:
    ann = await shop.customer()
    booked = await house.buy(ann, await house.counted(shop), quantity=1)
    return ann, "DELETE", f"/api/v1/bookings/{booked['id']}", None, {"really": True}


_HOUSE_WRITES["cancel what was paid"] = _cancel_what_was_paid


@pytest.mark.parametrize("name", [*_WRITES, *_HOUSE_WRITES])
async def test_a_repetition_is_answered_byte_for_byte_and_done_once(name: str, shop: Shop) -> None:
    who, method, path, body, other = await _made(name, shop)
    (key,) = own_cities("key")

    first = await who.ask(method, path, body, key=key)
    again = await who.ask(method, path, body, key=key)
    assert first.status_code < 500
    assert (again.status_code, again.content) == (first.status_code, first.content)
    reused = await who.ask(method, path, other, key=key)
    refused_as(path, reused, 422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize("name", [*_WRITES, *_HOUSE_WRITES])
async def test_two_at_once_are_done_once(name: str, shop: Shop) -> None:
    who, method, path, body, _ = await _made(name, shop)
    (key,) = own_cities("key")

    answers = await asyncio.gather(*[who.ask(method, path, body, key=key) for _ in range(3)])
    last = await who.ask(method, path, body, key=key)
    for answer in answers:
        if answer.content != last.content:
            refused_as(path, answer, 409, "IDEMPOTENCY_IN_PROGRESS")
        else:
            assert answer.status_code == last.status_code
    assert last.content in {answer.content for answer in answers}


async def test_a_refusal_is_repeated_too(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    held = await shop.reserve(eve, departure, "A1")
    body = {"schedule_id": departure.id, "seat_ids": departure.pick("A1")}
    (key,) = own_cities("key")
    first = await ann.post("/reservations/create", body, key=key)
    refused(first, 409, "SEAT_TAKEN")
    done(await eve.delete(f"/reservations/{held['id']}"), 200)

    assert (await ann.post("/reservations/create", body, key=key)).content == first.content
    done(await ann.post("/reservations/create", body), 201)


async def test_a_key_is_ones_own(
    shop: Shop, ann: Caller, eve: Caller, departure: Departure
) -> None:
    (key,) = own_cities("key")
    for who, number in ((ann, "A1"), (eve, "A2")):
        body = {"schedule_id": departure.id, "seat_ids": departure.pick(number)}
        done(await who.post("/reservations/create", body, key=key), 201)
    # And of one route.
    other = {"trip_id": departure.trip, "seat_ids": departure.pick("A3")}
    done(await ann.post("/booking/reserve", other, key=key), 200)


async def test_a_key_is_remembered_for_a_day(fresh_shop: Shop) -> None:
    stocker = fresh_shop.program(Scope.INVENTORY)
    body: dict[str, Any] = {"bus_number": "KA-01", "bus_type": "deluxe", "total_seats": 8}
    first = await stocker.post("/buses", body, key="k")
    done(first, 201)

    fresh_shop.clock.advance(hours=23, minutes=59)
    assert (await stocker.post("/buses", body, key="k")).content == first.content
    fresh_shop.clock.advance(minutes=2)
    refused(await stocker.post("/buses", body, key="k"), 409, "BUS_NUMBER_TAKEN")
