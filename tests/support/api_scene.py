"""Something that every operation can be asked about: Ann, what is hers, and what is for sale."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
}


async def set_scene(shop: Shop, template: str) -> Scene:
    """Everything that the path may name, Ann's where somebody's."""
    if template.startswith(ride_scene.PREFIXES):
        return Scene(*await ride_scene.set_up(shop, template))
    departure, ann = await shop.departure(), await shop.customer()
    ids = {
        "schedule_id": departure.id,
        "trip_id": str(departure.trip),
        "seat_id": departure.seats["B1"],
        "user_id": ann.id,
    }
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
