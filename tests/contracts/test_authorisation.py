"""Who may do what: every operation of the server, and everybody who might ask for it.

An operation that is not in the table fails `test_every_operation_is_classified`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import httpx
import pytest

from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from tests.support.api_shop import (
    ABSENT,
    WANTS_CODE,
    Caller,
    Departure,
    Shop,
    done,
    pay,
    refused,
)

pytestmark = pytest.mark.anyio


class Door(Enum):
    """Whom an operation is for."""

    OPEN = auto()
    """Everybody, without a login too."""
    SIGNED_IN = auto()
    """Users, about themselves; programs have nothing of their own."""
    THEIRS = auto()
    """The user whose thing it is. For others it is not there."""
    OFFICE = auto()
    """Admins, and programs with the scope."""


@dataclass(frozen=True)
class Rule:
    door: Door
    scopes: tuple[Scope, ...] = ()
    """Of programs that may."""
    office_too: bool = False
    """Admins see what belongs to customers."""
    drivers_too: bool = False
    """They stand at the door of the bus."""


OPEN = Rule(Door.OPEN)
USER = Rule(Door.SIGNED_IN)
OWN = Rule(Door.THEIRS)
STOCK = Rule(Door.OFFICE, (Scope.INVENTORY,))
CLERK = Rule(Door.OFFICE, (Scope.BOOKINGS,))
READS = Rule(Door.OFFICE, (Scope.READ,))
ADMIN = Rule(Door.OFFICE)
TICKET = Rule(Door.THEIRS, (Scope.READ, Scope.GATE), office_too=True)

TABLE: dict[tuple[str, str], Rule] = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    # Trip
    ("POST", "/auth/register"): OPEN,
    ("POST", "/auth/login"): OPEN,
    ("POST", "/auth/refresh"): OPEN,
    ("POST", "/auth/logout"): USER,
    ("GET", "/user/me"): USER,
    ("PUT", "/user/me"): USER,
    ("GET", "/trip/search"): OPEN,
    ("GET", "/trip/{trip_id}"): OPEN,
    ("POST", "/booking/reserve"): USER,
    ("POST", "/booking/confirm"): OWN,
    ("GET", "/booking/my-tickets"): USER,
    ("GET", "/admin/dashboard"): READS,
    ("POST", "/admin/seats/{seat_id}/block"): STOCK,
    ("POST", "/admin/seats/{seat_id}/unblock"): STOCK,
    ("POST", "/admin/bookings/{booking_id}/extend"): CLERK,
    ("POST", "/admin/bookings/{booking_id}/release"): CLERK,
    ("POST", "/admin/bookings/{booking_id}/cancel"): CLERK,
    ("PUT", "/admin/trips/{trip_id}/sale"): STOCK,
    ("POST", "/seed"): ADMIN,
    # Bus
    ("POST", "/users/register"): OPEN,
    ("POST", "/users/login"): OPEN,
    ("POST", "/users/refresh"): OPEN,
    ("POST", "/users/logout"): USER,
    ("GET", "/users/{user_id}/profile"): Rule(Door.THEIRS, (Scope.READ,), office_too=True),
    ("PUT", "/users/{user_id}/profile"): Rule(Door.THEIRS, office_too=True),
    ("GET", "/routes"): OPEN,
    ("POST", "/routes"): STOCK,
    ("GET", "/routes/{route_id}"): OPEN,
    ("PUT", "/routes/{route_id}"): STOCK,
    ("DELETE", "/routes/{route_id}"): STOCK,
    ("GET", "/buses"): OPEN,
    ("POST", "/buses"): STOCK,
    ("GET", "/buses/{bus_id}"): OPEN,
    ("PUT", "/buses/{bus_id}"): STOCK,
    ("DELETE", "/buses/{bus_id}"): STOCK,
    ("GET", "/schedules/search"): OPEN,
    ("POST", "/schedules"): STOCK,
    ("GET", "/schedules/{schedule_id}/details"): OPEN,
    ("GET", "/schedules/{schedule_id}/seats"): OPEN,
    ("POST", "/schedules/{schedule_id}/generate-seats"): STOCK,
    ("POST", "/reservations/create"): USER,
    ("GET", "/reservations/active"): USER,
    ("GET", "/reservations/{reservation_id}/details"): OWN,
    ("DELETE", "/reservations/{reservation_id}"): OWN,
    ("POST", "/bookings/create"): OWN,
    ("GET", "/bookings/history"): USER,
    ("GET", "/bookings/{booking_id}/details"): OWN,
    ("GET", "/bookings/{booking_id}/cancellation-quote"): OWN,
    ("POST", "/bookings/{booking_id}/cancel"): OWN,
    ("POST", "/payments/initiate"): OWN,
    ("POST", "/payments/{payment_id}/confirm"): OWN,
    # Its signature says who speaks.
    ("POST", "/payments/webhook"): OPEN,
    ("GET", "/payments/{payment_id}"): Rule(Door.THEIRS, (Scope.READ,), office_too=True),
    ("GET", "/tickets/{ticket_id}"): TICKET,
    ("GET", "/tickets/{ticket_id}/download"): TICKET,
    ("POST", "/tickets/{ticket_id}/validate"): Rule(Door.OFFICE, (Scope.GATE,), drivers_too=True),
    ("GET", "/cancellations/{cancellation_id}/details"): Rule(
        Door.THEIRS, (Scope.READ, Scope.BOOKINGS), office_too=True
    ),
    ("GET", "/admin/reservations/active"): Rule(Door.OFFICE, (Scope.READ, Scope.BOOKINGS)),
    ("POST", "/admin/reservations/{reservation_id}/release"): CLERK,
    ("GET", "/admin/dashboard/metrics"): READS,
    ("GET", "/activity-logs"): READS,
}

_METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


def operations(shop: Shop) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, item in shop.api.app.openapi()["paths"].items()
        for method in item.keys() & _METHODS
    }


async def test_every_operation_is_classified(shop: Shop) -> None:
    found = operations(shop)

    assert found - TABLE.keys() == set(), "say in TABLE whom these are for"
    assert TABLE.keys() - found == set(), "these are no more"


async def test_the_documentation_shows_who_must_log_in(shop: Shop) -> None:
    paths = shop.api.app.openapi()["paths"]

    for (method, path), rule in TABLE.items():
        is_locked = bool(paths[path][method.lower()].get("security"))
        assert is_locked == (rule.door is not Door.OPEN), (method, path)


@dataclass(frozen=True)
class Scene:
    """Ann, what is hers, and a departure; `ids` fill paths and bodies."""

    ann: Caller
    ids: dict[str, str]
    departure: Departure

    def path(self, template: str, **others: str) -> str:
        return template.format(**{**self.ids, **others})

    def body(self, method: str, template: str, **others: str) -> Any:
        """One that the operation takes."""
        ids = {**self.ids, **others}
        if template.startswith("/admin/bookings") or template.startswith("/admin/reservations"):
            return {}
        return _BODIES.get((method, template), lambda _: None)(ids)


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
    return Scene(ann, ids, departure)


Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.mark.parametrize(
    ("method", "template"), [pytest.param(*key, id=" ".join(key)) for key in TABLE]
)
async def test_an_operation_is_for_whom_it_is(method: str, template: str, shop: Shop) -> None:
    rule = TABLE[method, template]
    scene = await set_scene(shop, template)

    async def ask(who: Caller, **others: str) -> httpx.Response:
        path, body = scene.path(template, **others), scene.body(method, template, **others)
        return await who.ask(method, path, body, params=_PARAMS.get(template))

    await _CHECKS[rule.door](shop, scene, rule, ask)


_PARAMS = {
    "/schedules/search": {
        "origin_city": "Mumbai",
        "destination_city": "Pune",
        "date": "2024-01-20",
    },
    "/trip/search": {"origin": "Mumbai", "destination": "Pune", "date": "2024-01-20"},
}


async def _open(shop: Shop, scene: Scene, rule: Rule, ask: Ask) -> None:
    for who in (shop.nobody, scene.ann, await shop.worker(Role.DRIVER), shop.admin):
        # What a login is for may be bad, without that anybody had to log in first.
        assert (await ask(who)).status_code not in {403, 404, 405, 500}


async def _signed_in(shop: Shop, scene: Scene, rule: Rule, ask: Ask) -> None:
    refused(await ask(shop.nobody), 401)
    refused(await ask(shop.program(Scope.READ)), 403)
    driver, admin = await shop.worker(Role.DRIVER), await shop.worker(Role.ADMIN)
    for who in (scene.ann, driver, admin):
        assert (await ask(who)).status_code in {200, 201, 409}


async def _theirs(shop: Shop, scene: Scene, rule: Rule, ask: Ask) -> None:
    refused(await ask(shop.nobody), 401)
    lacking = set(Scope) - {Scope.ADMIN} - set(rule.scopes)
    program = await ask(shop.program(*lacking))
    assert program.status_code in {403, 404}
    refused(program, program.status_code)
    driver = await shop.worker(Role.DRIVER)
    strangers = [await shop.customer(), *([] if rule.drivers_too else [driver])]
    if not rule.office_too:
        strangers.append(shop.admin)
    for stranger in strangers:
        await _sees_nothing(stranger, scene, ask)
    welcome = [shop.program(scope) for scope in rule.scopes]
    welcome += [shop.admin] if rule.office_too else []
    for who in [*welcome, *([driver] if rule.drivers_too else [])]:
        assert (await ask(who)).status_code == 200
    assert (await ask(scene.ann)).status_code in {200, 201}


async def _sees_nothing(stranger: Caller, scene: Scene, ask: Ask) -> None:
    """A foreign id is like an absent one."""
    foreign = await ask(stranger)
    absent = await ask(stranger, **dict.fromkeys(scene.ids.keys() - {"trip_id"}, ABSENT))
    refused(foreign, 404)
    text = foreign.text
    for name, one in scene.ids.items():
        text = text if name == "trip_id" else text.replace(one, ABSENT)
    assert text == absent.text


async def _office(shop: Shop, scene: Scene, rule: Rule, ask: Ask) -> None:
    refused(await ask(shop.nobody), 401)
    driver = await shop.worker(Role.DRIVER)
    for who in (scene.ann, await shop.customer(), *([] if rule.drivers_too else [driver])):
        answer = await ask(who)
        refused(answer, 403)
        # Nor does the refusal tell what is there.
        absent = await ask(who, **dict.fromkeys(scene.ids.keys() - {"trip_id"}, ABSENT))
        assert (absent.status_code, absent.text) == (403, answer.text)
    lacking = set(Scope) - {Scope.ADMIN} - set(rule.scopes)
    refused(await ask(shop.program(*lacking)), 403)
    if rule.drivers_too:
        done(await ask(driver), 200)
    for scope in (*rule.scopes, Scope.ADMIN):
        assert (await ask(shop.program(scope))).status_code in {200, 201, 204, 404, 409}
    assert (await ask(shop.admin)).status_code in {200, 201, 204, 404, 409}


_CHECKS = {
    Door.OPEN: _open,
    Door.SIGNED_IN: _signed_in,
    Door.THEIRS: _theirs,
    Door.OFFICE: _office,
}
