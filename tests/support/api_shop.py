"""A bus company as its customers and its office meet it: over HTTP alone.

Whatever a contract test needs is made through the contracts themselves.
"""

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson

from booking_core.clock import ManualClock
from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from booking_core.domain.webhooks import signature_of
from booking_core.ids import new_id
from tests.support.api import Api, Person, logged_in, running, settings_for, somebody
from tests.support.people import PASSWORD, register

OPENED = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
"""When the examples of the bus document begin."""
DEPARTS = datetime(2024, 1, 20, 8, 0, tzinfo=UTC)
ABSENT = "01a1fcfa-0000-7000-8000-000000000000"
"""An identifier that nothing has."""
ABSENT_TRIP = 999_999
WEBHOOK_SECRET = "7f3c9b1d0e5a4826b9d8c1f2a3e4d5c6"
CARD, DECLINED, WANTS_CODE = "4242424242424242", "4000000000000002", "4000000000003220"
CODE = "123456"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody, or nobody, who asks."""

    api: Api
    headers: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    email: str = ""
    token: str = ""

    async def ask(
        self, method: str, path: str, body: Any = None, key: str | None = None, **options: Any
    ) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            options["json"] = body
        return await self.api.ask(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.ask("POST", path, body, **options)

    async def put(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.ask("PUT", path, body, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        return await self.ask("DELETE", path, **options)

    async def read(self, path: str, **params: Any) -> Any:
        """The document that is there."""
        return done(await self.get(path, params=params), 200)


@dataclass(frozen=True, slots=True)
class Departure:
    """A schedule on sale, as the bus contract calls it; `trip` as the trip contract does."""

    id: str
    trip: int
    cities: tuple[str, ...]
    seats: Mapping[str, str]
    """Seat ids by seat number, in the order of the map."""

    def pick(self, *numbers: str) -> list[str]:
        return [self.seats[number] for number in numbers]


@dataclass(frozen=True, slots=True)
class Shop:
    """A running server, its clock, and its office."""

    api: Api
    clock: ManualClock
    admin: Caller
    nobody: Caller

    async def customer(self) -> Caller:
        """Somebody new, logged in."""
        return caller(self.api, await somebody(self.api, f"c{next(_numbers)}@example.com"))

    async def back(self, who: Caller) -> Caller:
        """A customer of ours who logs in anew, after a while."""
        return caller(self.api, await logged_in(self.api, who.email))

    async def worker(self, role: Role) -> Caller:
        return await worker(self.api, role)

    def program(self, *scopes: Scope) -> Caller:
        """An API key with these scopes."""
        _, secret = self.api.system.api_keys.create("program", list(scopes), "test")
        return Caller(self.api, {"X-API-Key": secret})

    async def departure(
        self,
        *cities: str,
        km: float = 150.0,
        seats: int = 8,
        price: float = 500.0,
        at: datetime = DEPARTS,
    ) -> Departure:
        """A departure of a new bus on a new line, `km` from its first city to its last."""
        stops = cities or own_cities("Mumbai", "Pune")
        route = await self.route(*stops, km=km)
        bus = await self.bus(seats)
        made = await self.admin.post(
            "/schedules",
            {
                "route_id": route["id"],
                "bus_id": bus["id"],
                "departure_datetime": stamp(at),
                "arrival_datetime": stamp(at + timedelta(hours=3, minutes=30)),
                "base_price": price,
            },
        )
        return await self.look_at(done(made, 201)["id"], stops)

    async def look_at(self, schedule_id: str, cities: tuple[str, ...] = ()) -> Departure:
        found = await self.nobody.read(f"/schedules/{schedule_id}/seats")
        numbered = {seat["seat_number"]: seat["seat_id"] for seat in found["seats"]}
        return Departure(schedule_id, found["trip_id"], cities, numbered)

    async def route(self, *cities: str, km: float = 150.0) -> Any:
        between = [
            {"city": city, "distance_km": km * n / (len(cities) - 1)}
            for n, city in enumerate(cities[1:-1], start=1)
        ]
        body = {
            "origin_city": cities[0],
            "destination_city": cities[-1],
            "distance_km": km,
            "stops": between,
        }
        return done(await self.admin.post("/routes", body), 201)

    async def bus(self, seats: int = 8, number: str | None = None) -> Any:
        body = {
            "bus_number": number or f"MH-{next(_numbers)}",
            "bus_type": "deluxe",
            "total_seats": seats,
        }
        return done(await self.admin.post("/buses", body), 201)

    async def statuses(self, departure: Departure, **part: str) -> dict[str, str]:
        """Seat numbers and how they stand."""
        found = await self.nobody.read(f"/schedules/{departure.id}/seats", **part)
        return {seat["seat_number"]: seat["status"] for seat in found["seats"]}

    async def reserve(self, who: Caller, departure: Departure, *numbers: str, **more: Any) -> Any:
        """A reservation of these seats, the first one by default."""
        chosen = departure.pick(*numbers) if numbers else [next(iter(departure.seats.values()))]
        body = {"schedule_id": departure.id, "seat_ids": chosen, **more}
        return done(await who.post("/reservations/create", body), 201)

    async def book(self, who: Caller, departure: Departure, *numbers: str) -> Any:
        """The details of a booking that is paid for."""
        held = await self.reserve(who, departure, *numbers)
        done(await pay(who, held), 201)
        return await who.read(f"/bookings/{held['id']}/details")

    async def deliver(
        self, body: Mapping[str, Any] | bytes, at: datetime | None = None, secret: str = ""
    ) -> httpx.Response:
        """What a bank says, signed by it."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        key = (secret or WEBHOOK_SECRET).encode()
        signed = {"X-Signature": signature_of(key, raw, at or self.clock.now())}
        return await self.nobody.post("/payments/webhook", content=raw, headers=signed)


@asynccontextmanager
async def open_shop(
    database_url: str, clock: ManualClock | None = None, **settings: Any
) -> AsyncIterator[Shop]:
    """A shop on a database; its clock stands at OPENED by default."""
    moment = clock or ManualClock(OPENED)
    given = settings_for(database_url, webhook_secret=WEBHOOK_SECRET, **settings)
    async with running(given, moment) as api:
        yield Shop(api, moment, await worker(api, Role.ADMIN), Caller(api))


def caller(api: Api, person: Person) -> Caller:
    return Caller(api, person.headers, person.id, person.email, person.token)


async def worker(api: Api, role: Role) -> Caller:
    """A new user of this role, logged in."""
    email = f"{role}{next(_numbers)}@example.com"
    user = register(api.system, email)
    api.system.accounts.set_role(user.id, role, actor="test")
    return caller(api, await logged_in(api, email, PASSWORD))


async def pay(who: Caller, reservation: Any, method: str = "upi", **more: Any) -> httpx.Response:
    """Pay what a reservation costs."""
    key = more.pop("key", None)
    body = {
        "reservation_id": reservation["id"],
        "payment_method": method,
        "amount": reservation["total_amount"],
        **more,
    }
    return await who.post("/payments/initiate", body, key=key)


def event(payment: Any, kind: str = "succeeded", **changes: Any) -> dict[str, Any]:
    """What a bank says of a payment."""
    return {
        "event_id": new_id(),
        "type": f"payment.{kind}",
        "payment_id": payment["payment_id"],
        "amount": payment["amount"],
        "currency": payment["currency"],
        **changes,
    }


def own_cities(*names: str) -> tuple[str, ...]:
    """Cities that no other test sells journeys between."""
    number = next(_numbers)
    return tuple(f"{name} {number}" for name in names)


def stamp(moment: datetime) -> str:
    """As the contracts write a moment."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def done(answer: httpx.Response, status: int) -> Any:
    """The document of an answer that must have this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    return answer.json() if answer.content else None


def refused(answer: httpx.Response, status: int, code: str | None = None) -> Any:
    """The error of an answer; asserts its contract's shape, and its code where one is given."""
    error = done(answer, status)
    if answer.url.path.startswith(("/rides", "/driver")):
        assert error["success"] is False, error
        assert error["message"], error
    else:
        assert {"detail", "code"} <= error.keys() <= {"detail", "code", "details"}, error
        assert error["detail"]
    assert isinstance(error["code"], str)
    assert error["code"] == error["code"].upper()
    if code is not None:
        assert error["code"] == code, error
    return error


def names_field(answer: httpx.Response, *path: str | int) -> None:
    """Asserts a 422 whose detail says which field is meant."""
    error = refused(answer, 422)
    if isinstance(error["detail"], str):
        assert str(path[-1]) in f"{error['detail']} {error.get('details')}", error
    else:
        places = [tuple(entry["loc"]) for entry in error["detail"]]
        assert any(place[: len(path)] == path for place in places), error
