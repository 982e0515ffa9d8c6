"""Something that every operation can be asked about: Ann, what is hers, and what is for sale."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from tests.support import api_house as house
from tests.support import ride_scene
from tests.support.api_shop import ABSENT, WANTS_CODE, Caller, Shop, done, pay


@dataclass(frozen=True)
class Scene:
    """Ann, what is hers, and who drives her; `ids` fill paths and bodies."""

    ann: Caller
    ids: dict[str, str]
    driver: Caller | None = None

    @property
    def absent(self) -> dict[str, str]:
        """The same names for what is not there; trips have no owners."""
        names = self.ids.keys() - {"trip_id"}
        nothing = ABSENT if self.driver is None else ride_scene.ABSENT
        return dict.fromkeys(names, nothing)

    def path(self, template: str, **others: str) -> str:
        return template.format(**{**self.ids, **others})

    def body(self, method: str, template: str, **others: str) -> Any:
        """One that the operation takes."""
        ids = {**self.ids, **others}
        if template.startswith(("/admin/bookings", "/admin/reservations")):
            return {}
        made = {**_BODIES, **ride_scene.BODIES}.get((method, template))
        return None if made is None else made(ids)


PARAMS = {
    "/schedules/search": {
        "origin_city": "Mumbai",
        "destination_city": "Pune",
        "date": "2024-01-20",
    },
    "/trip/search": {"origin": "Mumbai", "destination": "Pune", "date": "2024-01-20"},
}


_CITIES = {"origin_city": "Goa", "destination_city": "Hampi", "distance_km": 300.0}
_BUS = {"bus_type": "deluxe", "total_seats": 8}
_VENUE = {"name": "A", "address": "1 B", "city": "Pune", "country": "India", "capacity": 500}
_BODIES: dict[tuple[str, str], Callable[[dict[str, str]], Any]] = {
    ("PUT", "/user/me"): lambda _: {"first_name": "A"},
    ("PUT", "/users/{user_id}/profile"): lambda _: {"first_name": "A"},
    ("POST", "/booking/reserve"): lambda i: {
        "trip_id": int(i["trip_id"]),
        "seat_ids": [i["seat_id"]],
    },
    ("POST", "/booking/confirm"): lambda i: {
        "booking_id": i["reservation_id"],
        "payment_method": "upi",
    },
    ("PUT", "/admin/trips/{trip_id}/sale"): lambda _: {"on_sale": True},
    ("POST", "/routes"): lambda _: _CITIES,
    ("PUT", "/routes/{route_id}"): lambda _: _CITIES,
    ("POST", "/buses"): lambda i: {"bus_number": f"{i['seat_id']}", **_BUS},
    ("PUT", "/buses/{bus_id}"): lambda i: {"bus_number": f"B {i['seat_id']}", **_BUS},
    ("POST", "/schedules"): lambda i: {
        "route_id": i["route_id"],
        "bus_id": i["bus_id"],
        "departure_datetime": "2024-02-01T08:00:00Z",
        "arrival_datetime": "2024-02-01T12:00:00Z",
        "base_price": 500.0,
    },
    ("POST", "/reservations/create"): lambda i: {
        "schedule_id": i["schedule_id"],
        "seat_ids": [i["seat_id"]],
    },
    ("POST", "/bookings/create"): lambda i: {"reservation_id": i["booking_id"]},
    ("POST", "/bookings/{booking_id}/cancel"): lambda _: {},
    ("POST", "/payments/initiate"): lambda i: {
        "reservation_id": i["reservation_id"],
        "payment_method": "upi",
        "amount": 500.0,
    },
    ("POST", "/payments/{payment_id}/confirm"): lambda _: {"code": "123456"},
    ("POST", "/tickets/{ticket_id}/validate"): lambda i: {"token": i["token"]},
    ("PUT", "/api/v1/users/profile"): lambda _: {"full_name": "A"},
    ("POST", "/api/v1/bookings"): lambda i: {"event_id": i["event_id"], "quantity": 1},
    ("POST", "/api/v1/bookings/{booking_id}/confirm"): lambda _: {"payment_method": "upi"},
    ("POST", "/api/v1/waitlist/join"): lambda i: {"event_id": i["sold_out_id"]},
    ("POST", "/api/v1/admin/venues"): lambda _: _VENUE,
    ("PUT", "/api/v1/admin/venues/{venue_id}"): lambda _: {"name": "A"},
    ("POST", "/api/v1/admin/events"): lambda i: house.event_body(
        i["venue_id"], price_tiers=[{"tier": "General", "price": 50.0, "capacity": 5}]
    ),
    ("PUT", "/api/v1/admin/events/{event_id}"): lambda _: {"name": "A"},
    ("POST", "/api/v1/admin/vouchers"): lambda i: {"code": code_of(i["event_id"]), "percent": 5},
    ("POST", "/api/bookings/"): lambda i: {
        "user_id": i["user_id"],
        "event_id": i["event_id"],
        "number_of_tickets": 1,
    },
    **{
        ("POST", f"/console/acts/{name}"): made
        for name, made in {
            "extend-holds": lambda i: {"booking_ids": [i["reservation_id"]]},
            "release-holds": lambda _: {"booking_ids": [ABSENT]},
            "block-seats": lambda i: {
                "inventory_id": i["inventory_id"],
                "seat_ids": [i["seat_id"]],
            },
            "unblock-seats": lambda i: {
                "inventory_id": i["inventory_id"],
                "seat_ids": [i["seat_id"]],
            },
            "set-sale": lambda i: {"inventory_id": i["inventory_id"], "on_sale": True},
            "hold": lambda i: {
                "inventory_id": i["inventory_id"],
                "customer": "a guest",
                "seat_ids": [i["seat_id"]],
            },
            "cancel-booking": lambda i: {"booking_id": i["booking_id"]},
            "resend-tickets": lambda i: {"booking_id": i["booking_id"]},
            "check-in": lambda i: {"ticket_id": i["ticket_id"]},
            "offer-now": lambda i: {"inventory_id": i["inventory_id"]},
            "reassign-ride": lambda _: {"number": 999_999},
            "cancel-ride": lambda _: {"number": 999_999},
            "retry-refund": lambda _: {"refund_id": ABSENT},
            "retry-messages": lambda _: {},
            "set-role": lambda i: {"user_id": i["user_id"], "role": "customer"},
            "set-active": lambda i: {"user_id": i["user_id"], "is_active": True},
            "create-key": lambda _: {"key_name": "gate", "scopes": ["gate"]},
            "revoke-key": lambda _: {"key_id": ABSENT},
        }.items()
    },
}


_SHARED: WeakKeyDictionary[Any, Scene] = WeakKeyDictionary()


async def set_scene(shop: Shop, template: str) -> Scene:
    """Everything that the path may name, Ann's where somebody's. Of what is the office's alone a
    shop has one scene for all."""
    if template.startswith("/api/"):
        return await _set_house_scene(shop, template)
    if template.startswith(ride_scene.PREFIXES):
        return Scene(*await ride_scene.set_up(shop, template))
    if not template.startswith("/console"):
        return await _set_scene(shop, template)
    if shop.api.app not in _SHARED:
        _SHARED[shop.api.app] = await _set_scene(shop, template)
    return _SHARED[shop.api.app]


async def _set_scene(shop: Shop, template: str) -> Scene:
    departure, ann = await shop.departure(), await shop.customer()
    ids = {
        "schedule_id": departure.id,
        "trip_id": str(departure.trip),
        "seat_id": departure.seats["B1"],
        "user_id": ann.id,
    }
    ids["inventory_id"] = shop.api.system.inventory_of_seat(ids["seat_id"])
    held = await shop.reserve(ann, departure, "A1")
    ids["reservation_id"] = held["id"]
    booked = await shop.book(ann, departure, "A2")
    ids["booking_id"] = booked["id"]
    if "/admin/bookings" in template and "cancel" not in template:
        ids["booking_id"] = held["id"]
    ids["ticket_id"] = booked["ticket"]["id"]
    ids["token"] = shop.api.system.tickets.shown(booked["ticket"]["id"]).token
    if "payment_id" in template:
        waiting = await shop.reserve(ann, departure, "A3")
        paid = await pay(ann, waiting, "card", card_number=WANTS_CODE)
        ids["payment_id"] = done(paid, 201)["payment_id"]
    if "cancellation_id" in template:
        other = await shop.book(ann, departure, "A4")
        cancelled = done(await ann.post(f"/bookings/{other['id']}/cancel", {}), 200)
        ids["cancellation_id"] = cancelled["cancellation_id"]
    if template.startswith(("/routes", "/buses", "/schedules")):
        ids["route_id"] = (await shop.route("Goa", "Hampi"))["id"]
        ids["bus_id"] = (await shop.bus())["id"]
    if "unblock" in template:
        done(await shop.admin.post(f"/admin/seats/{ids['seat_id']}/block"), 200)
    return Scene(ann, ids)


async def _set_house_scene(shop: Shop, template: str) -> Scene:
    ann = await shop.customer()
    ids = {"user_id": ann.id}
    if "venue_id" in template or template.endswith("/admin/events"):
        ids["venue_id"] = (await house.venue(shop))["id"]
    if "{" in template or template.endswith(("/bookings", "/bookings/", "/vouchers")):
        show = await house.counted(shop)
        ids["event_id"] = show.id
        ids["booking_id"] = (await house.hold(ann, show, quantity=1))["id"]
    if "waitlist" in template:
        ids |= await _waiting(shop, ann)
    if "voucher_id" in template:
        body = {"code": code_of(ann.id), "percent": 5}
        ids["voucher_id"] = house.told(await shop.admin.post("/api/v1/admin/vouchers", body), 201)[
            "id"
        ]
    return Scene(ann, ids)


def code_of(some_id: str) -> str:
    """A voucher's code that nothing else has."""
    return some_id.replace("-", "")


async def _waiting(shop: Shop, ann: Caller) -> dict[str, str]:
    """Ann is offered a place of one event; another is sold out."""
    eve = await shop.customer()
    full, freed = [await house.counted(shop, ("General", 50.0, 1)) for _ in range(2)]
    await house.hold(eve, full, quantity=1)
    given_back = await house.hold(eve, freed, quantity=1)
    joined = await ann.post("/api/v1/waitlist/join", {"event_id": freed.id})
    house.told(await eve.delete(f"/api/v1/bookings/{given_back['id']}"), 200)
    return {
        "sold_out_id": full.id,
        "waitlist_id": house.told(joined, 201)["waitlist_id"],
    }
