"""`/users` of the bus contract."""

from typing import Any

import pytest

from booking_core.domain.accounts import Role
from tests.support.api import PASSWORD
from tests.support.api_shop import (
    ABSENT,
    Caller,
    Shop,
    done,
    names_field,
    open_shop,
    own_cities,
    refused,
)

pytestmark = pytest.mark.anyio

PROFILE = {"id", "email", "first_name", "last_name", "role", "is_active", "created_at"}


def jane(**changes: Any) -> dict[str, Any]:
    (number,) = own_cities("jane")
    return {
        "email": f"{number.replace(' ', '.')}@example.com",
        "password": "SecurePass123",
        "first_name": "Jane",
        "last_name": "Doe",
        "phone_number": "1234567890",
        **changes,
    }


async def test_a_registration_makes_a_customer_who_can_log_in(shop: Shop) -> None:
    asked = jane()
    user = done(await shop.nobody.post("/users/register", asked), 201)

    assert user.keys() >= PROFILE
    assert (user["role"], user["is_active"]) == ("customer", True)
    credentials = {name: asked[name] for name in ("email", "password")}
    tokens = done(await shop.nobody.post("/users/login", credentials), 200)
    assert (tokens["token_type"], tokens["user_id"]) == ("bearer", user["id"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "not an address"),
        ("email", None),
        ("email", 7),
        ("password", "short"),
        ("password", None),
        ("first_name", ["Jane"]),
        ("role", "admin"),
        ("is_active", True),
        ("id", ABSENT),
    ],
)
async def test_a_bad_registration_is_422_and_names_the_field(
    field: str, value: Any, shop: Shop
) -> None:
    names_field(await shop.nobody.post("/users/register", jane(**{field: value})), "body", field)


async def test_an_address_registers_once_however_it_is_written(shop: Shop) -> None:
    asked = jane()
    done(await shop.nobody.post("/users/register", asked), 201)

    for email in (asked["email"], asked["email"].upper()):
        again = await shop.nobody.post("/users/register", jane(email=email))
        refused(again, 409, "EMAIL_TAKEN")


async def test_a_wrong_password_and_an_unknown_address_look_the_same(
    shop: Shop, ann: Caller
) -> None:
    wrong = {"email": ann.email, "password": "WrongPass123"}
    unknown = {"email": "nobody@example.com", "password": PASSWORD}

    answers = [await shop.nobody.post("/users/login", body) for body in (wrong, unknown)]
    assert refused(answers[0], 401, "INVALID_CREDENTIALS") == refused(answers[1], 401)


async def test_five_failures_close_the_door_for_a_while(sqlite_url: str) -> None:
    async with open_shop(sqlite_url) as shop:
        ann = await shop.customer()
        wrong = {"email": ann.email, "password": "WrongPass123"}
        right = {"email": ann.email, "password": PASSWORD}
        for _ in range(5):
            refused(await shop.nobody.post("/users/login", wrong), 401)

        closed = await shop.nobody.post("/users/login", right)
        refused(closed, 429)
        assert 0 < int(closed.headers["Retry-After"]) <= 900
        # Whichever contract is asked.
        refused(await shop.nobody.post("/auth/login", right), 429)

        shop.clock.advance(seconds=int(closed.headers["Retry-After"]))
        done(await shop.nobody.post("/users/login", right), 200)


async def test_one_reads_and_changes_ones_own_profile(shop: Shop, ann: Caller) -> None:
    path = f"/users/{ann.id}/profile"
    before = await ann.read(path)
    after = done(await ann.put(path, {"first_name": "Anne", "phone_number": "9876543210"}), 200)

    assert before.keys() >= PROFILE
    assert (after["first_name"], after["phone_number"]) == ("Anne", "9876543210")
    assert after["last_name"] == before["last_name"]
    assert await ann.read(path) == after


@pytest.mark.parametrize(
    "field", ["role", "is_active", "email_verified", "password_hash", "id", "user_id"]
)
async def test_a_profile_takes_no_other_fields(field: str, ann: Caller) -> None:
    path = f"/users/{ann.id}/profile"

    names_field(await ann.put(path, {field: "admin"}), "body", field)
    assert (await ann.read(path))["role"] == "customer"


async def test_somebody_elses_profile_is_not_there(shop: Shop, ann: Caller, eve: Caller) -> None:
    for method, body in (("GET", None), ("PUT", {"first_name": "Eve"})):
        foreign = await eve.ask(method, f"/users/{ann.id}/profile", body)
        absent = await eve.ask(method, f"/users/{ABSENT}/profile", body)
        assert foreign.text.replace(ann.id, "ID") == absent.text.replace(ABSENT, "ID")
        refused(foreign, 404)
    assert (await ann.read(f"/users/{ann.id}/profile"))["first_name"] == "Ann"


async def test_an_admin_reads_any_profile(shop: Shop, ann: Caller) -> None:
    assert (await shop.admin.read(f"/users/{ann.id}/profile"))["email"] == ann.email


@pytest.mark.parametrize("logout", ["/users/logout", "/auth/logout"])
async def test_a_logout_ends_the_token_at_once_everywhere(
    logout: str, shop: Shop, ann: Caller
) -> None:
    done(await ann.get("/user/me"), 200)
    done(await ann.post(logout), 200)

    for path in ("/user/me", f"/users/{ann.id}/profile", "/bookings/history"):
        refused(await ann.get(path), 401)
    refused(await ann.post(logout), 401)


@pytest.mark.parametrize("contract", ["users", "auth"])
async def test_a_refresh_token_works_once(contract: str, shop: Shop, ann: Caller) -> None:
    login = {"email": ann.email, "password": PASSWORD}
    first = done(await shop.nobody.post("/users/login", login), 200)
    path = f"/{contract}/refresh"
    asked = {"refresh_token": first["refresh_token"]}
    second = done(await shop.nobody.post(path, asked), 200)

    assert second["refresh_token"] != first["refresh_token"]
    renewed = Caller(shop.api, {"Authorization": f"Bearer {second['access_token']}"})
    done(await renewed.get("/user/me"), 200)
    # Whoever brings it again may have stolen it: the session ends.
    refused(await shop.nobody.post(path, asked), 401)
    refused(await shop.nobody.post(path, {"refresh_token": second["refresh_token"]}), 401)
    refused(await renewed.get("/user/me"), 401)


async def test_roles_are_given_by_the_office_alone(shop: Shop) -> None:
    driver = await shop.worker(Role.DRIVER)

    assert (await driver.read("/user/me"))["role"] == "driver"
    refused(await driver.post("/buses", {}), 403)
