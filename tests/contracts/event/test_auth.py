"""`/api/v1/auth` and `/api/v1/users` of the event contract."""

from typing import Any

import pytest

from booking_core.domain.accounts import Role
from tests.support.api_house import buy, counted, failed, hold, seated, told
from tests.support.api_shapes import misfits
from tests.support.api_shop import Caller, Shop, own_cities

pytestmark = pytest.mark.anyio

REGISTERED = {
    "user": {
        "id": "550e8400-e29b-41d4-a716-446655440000",
        "email": "user@example.com",
        "full_name": "John Doe",
        "role": "user",
        "created_at": "2024-01-15T10:30:00Z",
    },
    "access_token": "eyJhbGciOiJIUzI1...",
    "refresh_token": "eyJhbGciOiJIUzI1...",
    "token_type": "bearer",
    "expires_in": 1800,
}
TOKENS = {name: value for name, value in REGISTERED.items() if name != "user"}
PROFILE = {
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "email": "user@example.com",
    "full_name": "John Doe",
    "phone": "+1234567890",
    "role": "user",
    "created_at": "2024-01-01T00:00:00Z",
    "stats": {"total_bookings": 15, "upcoming_events": 3, "total_spent": 2500.00},
}


def john(**changes: Any) -> dict[str, Any]:
    (number,) = own_cities("john")
    return {
        "email": f"{number.replace(' ', '.')}@example.com",
        "password": "SecurePass123!",
        "full_name": "John Doe",
        "phone": "+1234567890",
        **changes,
    }


async def register(shop: Shop, **changes: Any) -> tuple[dict[str, Any], Any]:
    asked = john(**changes)
    return asked, told(await shop.nobody.post("/api/v1/auth/register", asked), 201)


def bearer(shop: Shop, token: str) -> Caller:
    return Caller(shop.api, {"Authorization": f"Bearer {token}"})


async def test_a_registration_logs_in(shop: Shop) -> None:
    asked = john()
    answer = await shop.nobody.post("/api/v1/auth/register", asked)
    registered = told(answer, 201)

    assert answer.json()["message"] == "Registration successful"
    assert misfits(REGISTERED, registered) == []
    assert registered["user"]["role"] == "user"
    assert registered["user"]["full_name"] == "John Doe"
    assert (registered["token_type"], registered["expires_in"]) == ("bearer", 1800)
    me = bearer(shop, registered["access_token"])
    assert told(await me.get("/api/v1/users/profile"), 200)["email"] == asked["email"]


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "no address"},
        {"email": None},
        {"password": "short"},
        {"full_name": " "},
        {"full_name": "x" * 201},
        {"phone": "call me"},
        {"role": "admin"},
        {"is_active": True},
    ],
    ids=str,
)
async def test_a_registration_that_is_not_valid_is_400(shop: Shop, changes: Any) -> None:
    answer = await shop.nobody.post("/api/v1/auth/register", john(**changes))

    error = failed(answer, 400, "VALIDATION_ERROR")
    assert next(iter(changes)) in str(error["details"])


async def test_an_address_is_taken_once(shop: Shop) -> None:
    asked, _ = await register(shop)

    answer = await shop.nobody.post("/api/v1/auth/register", asked)
    failed(answer, 409, "EMAIL_TAKEN")


async def test_login_refresh_logout(shop: Shop) -> None:
    asked, _ = await register(shop)
    credentials = {name: asked[name] for name in ("email", "password")}

    tokens = told(await shop.nobody.post("/api/v1/auth/login", credentials), 200)
    assert misfits(TOKENS, tokens) == []
    renewal = {"refresh_token": tokens["refresh_token"]}
    renewed = told(await shop.nobody.post("/api/v1/auth/refresh", renewal), 200)
    assert misfits(TOKENS, renewed) == []
    again = await shop.nobody.post("/api/v1/auth/refresh", renewal)
    failed(again, 401, "AUTH_INVALID_TOKEN")

    _, other = await register(shop)
    me = bearer(shop, other["access_token"])
    told(await me.post("/api/v1/auth/logout"), 200)
    failed(await me.get("/api/v1/users/profile"), 401, "AUTH_INVALID_TOKEN")


async def test_a_wrong_password_is_401_and_five_are_429(shop: Shop) -> None:
    asked, _ = await register(shop)
    wrong = {"email": asked["email"], "password": "WrongPass123!"}

    for _ in range(5):
        answer = await shop.nobody.post("/api/v1/auth/login", wrong)
        failed(answer, 401, "AUTH_INVALID_CREDENTIALS")
    answer = await shop.nobody.post("/api/v1/auth/login", wrong)
    failed(answer, 429, "RATE_LIMIT_EXCEEDED")
    assert int(answer.headers["Retry-After"]) > 0


async def test_who_has_not_logged_in_is_told_why(fresh_shop: Shop) -> None:
    ann = await fresh_shop.customer()
    path = "/api/v1/users/profile"
    failed(await fresh_shop.nobody.get(path), 401, "AUTH_INVALID_TOKEN")
    failed(await bearer(fresh_shop, "nonsense").get(path), 401, "AUTH_INVALID_TOKEN")
    told(await ann.get(path), 200)

    fresh_shop.clock.advance(seconds=1800)
    failed(await ann.get(path), 401, "AUTH_TOKEN_EXPIRED")


async def test_what_is_for_admins_is_403_for_others(shop: Shop, ann: Caller) -> None:
    for who in (ann, await shop.worker(Role.DRIVER)):
        answer = await who.get("/api/v1/admin/analytics/dashboard")
        failed(answer, 403, "AUTH_UNAUTHORIZED")


async def test_the_profile_counts_what_was_booked(shop: Shop, ann: Caller) -> None:
    show = await seated(shop)
    await buy(ann, show, "A1", "A2")
    await hold(ann, show, "A3")

    profile = told(await ann.get("/api/v1/users/profile"), 200)
    assert misfits(PROFILE, {**profile, "phone": profile["phone"] or ""}) == []
    assert profile["stats"]["total_bookings"] == 1
    assert profile["stats"]["upcoming_events"] == 1
    assert profile["stats"]["total_spent"] == 1000.0


async def test_the_profile_can_be_changed(shop: Shop, ann: Caller) -> None:
    change = {"full_name": "John van Smith", "phone": "+1234567891"}
    changed = told(await ann.put("/api/v1/users/profile", change), 200)

    assert misfits(PROFILE, changed) == []
    assert {name: changed[name] for name in change} == change
    kept = told(await ann.put("/api/v1/users/profile", {"full_name": "Ann"}), 200)
    assert (kept["full_name"], kept["phone"]) == ("Ann", change["phone"])
    failed(await ann.put("/api/v1/users/profile", {"role": "admin"}), 400, "VALIDATION_ERROR")


async def test_ones_bookings_are_listed_in_pages(shop: Shop, ann: Caller, eve: Caller) -> None:
    show = await counted(shop)
    first = await buy(ann, show, quantity=1)
    second = await hold(ann, show, quantity=2)
    await hold(eve, show, quantity=1)

    answer = (await ann.get("/api/v1/users/bookings", params={"per_page": 1})).json()
    assert [one["id"] for one in answer["data"]] == [second["id"]]
    assert answer["pagination"] == {
        "page": 1,
        "per_page": 1,
        "total": 2,
        "total_pages": 2,
        "has_next": True,
        "has_prev": False,
    }
    last = (await ann.get("/api/v1/users/bookings", params={"per_page": 1, "page": 2})).json()
    assert [one["id"] for one in last["data"]] == [first["id"]]
    assert (last["pagination"]["has_next"], last["pagination"]["has_prev"]) == (False, True)
    for status, wanted in (("pending", second), ("confirmed", first)):
        found = (await ann.get("/api/v1/users/bookings", params={"status": status})).json()
        assert [one["id"] for one in found["data"]] == [wanted["id"]]
    odd = await ann.get("/api/v1/users/bookings", params={"status": "lost"})
    failed(odd, 400, "VALIDATION_ERROR")
