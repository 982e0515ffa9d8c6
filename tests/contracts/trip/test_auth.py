"""`/auth` and `/user` of the trip contract; its document answers 200 to everything that works."""

from typing import Any

import pytest

from booking_core.domain.accounts import Role
from tests.support.api import PASSWORD
from tests.support.api_shop import Caller, Shop, done, names_field, own_cities, refused

pytestmark = pytest.mark.anyio


def somebody_new(**changes: Any) -> dict[str, Any]:
    (name,) = own_cities("jim")
    return {
        "email": f"{name.replace(' ', '.')}@example.com",
        "password": PASSWORD,
        "first_name": "Jim",
        "last_name": "Doe",
        **changes,
    }


async def test_register_login_logout(shop: Shop) -> None:
    asked = somebody_new()
    user = done(await shop.nobody.post("/auth/register", asked), 200)
    assert (user["email"], user["role"]) == (asked["email"], "customer")

    credentials = {name: asked[name] for name in ("email", "password")}
    tokens = done(await shop.nobody.post("/auth/login", credentials), 200)
    assert tokens["token_type"] == "bearer"
    jim = Caller(shop.api, {"Authorization": f"Bearer {tokens['access_token']}"})
    assert (await jim.read("/user/me"))["id"] == user["id"]

    done(await jim.post("/auth/logout"), 200)
    refused(await jim.get("/user/me"), 401)
    refused(await jim.get("/booking/my-tickets"), 401)


@pytest.mark.parametrize("login", ["/auth/login", "/users/login"])
async def test_a_token_of_any_login_works_in_every_contract(login: str, shop: Shop) -> None:
    asked = somebody_new()
    done(await shop.nobody.post("/auth/register", asked), 200)
    credentials = {name: asked[name] for name in ("email", "password")}
    tokens = done(await shop.nobody.post(login, credentials), 200)
    jim = Caller(shop.api, {"Authorization": f"Bearer {tokens['access_token']}"})

    for path in ("/user/me", "/booking/my-tickets", "/bookings/history", "/reservations/active"):
        done(await jim.get(path), 200)


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "none"), ("password", ""), ("role", "admin"), ("is_active", True), ("id", "1")],
)
async def test_a_bad_registration_is_422_and_names_the_field(
    field: str, value: Any, shop: Shop
) -> None:
    answer = await shop.nobody.post("/auth/register", somebody_new(**{field: value}))

    names_field(answer, "body", field)


async def test_an_address_registers_once_in_all_contracts(shop: Shop, ann: Caller) -> None:
    again = somebody_new(email=ann.email)

    refused(await shop.nobody.post("/auth/register", again), 409, "EMAIL_TAKEN")


async def test_a_wrong_password_is_401(shop: Shop, ann: Caller) -> None:
    wrong = {"email": ann.email, "password": "WrongPass123"}

    refused(await shop.nobody.post("/auth/login", wrong), 401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer a.b.c",
        "Basic YW5uOnBhc3N3b3Jk",
        "Token nonsense",
    ],
)
async def test_a_missing_or_bad_token_is_401(header: str | None, shop: Shop) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = await shop.nobody.get("/user/me", headers=headers)

    refused(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_ends_after_half_an_hour(fresh_shop: Shop) -> None:
    ann = await fresh_shop.customer()

    fresh_shop.clock.advance(seconds=1_799)
    done(await ann.get("/user/me"), 200)
    fresh_shop.clock.advance(seconds=1)
    refused(await ann.get("/user/me"), 401)


async def test_one_changes_ones_own_profile(ann: Caller) -> None:
    after = done(await ann.put("/user/me", {"last_name": "Smith"}), 200)

    assert (after["first_name"], after["last_name"]) == ("Ann", "Smith")
    assert await ann.read("/user/me") == after


@pytest.mark.parametrize("field", ["role", "is_active", "id", "email", "password_hash"])
async def test_a_profile_takes_no_other_fields(field: str, ann: Caller) -> None:
    before = await ann.read("/user/me")

    names_field(await ann.put("/user/me", {field: "admin"}), "body", field)
    assert await ann.read("/user/me") == before


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.DRIVER])
async def test_the_office_is_closed_to_others(role: Role, shop: Shop) -> None:
    who = await shop.worker(role)

    refused(await who.get("/admin/dashboard"), 403)
    refused(await shop.nobody.get("/admin/dashboard"), 401)
