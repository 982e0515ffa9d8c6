"""Accounts and logins, as both bus contracts offer them."""

from typing import Any

import pytest

from booking_core.domain.accounts import Role
from booking_core.ids import new_id
from tests.support.api import PASSWORD, Api, Person, logged_in, running, settings_for, somebody

pytestmark = pytest.mark.anyio

JOHN = {
    "email": "john.doe@example.com",
    "password": "SecurePass123",
    "first_name": "John",
    "last_name": "Doe",
    "phone_number": "1234567890",
}
# Where a contract keeps registration and the rest of it, and what a creation answers.
CONTRACTS = [("/auth", 200), ("/users", 201)]


@pytest.fixture(params=["/auth", "/users"])
def logins(request: pytest.FixtureRequest) -> str:
    prefix: str = request.param
    return prefix


async def test_the_bus_documents_example(api: Api) -> None:
    registered = await api.ask("POST", "/users/register", json=JOHN)
    assert registered.status_code == 201
    account = registered.json()
    assert list(account) == [
        "id", "email", "first_name", "last_name", "role", "is_active", "created_at"
    ]  # fmt: skip
    assert account["role"] == "customer"
    assert account["is_active"] is True
    assert account["created_at"].endswith("Z")
    assert len(account["created_at"]) == len("2024-01-15T10:30:00Z")

    credentials = {name: JOHN[name] for name in ("email", "password")}
    tokens = (await api.ask("POST", "/users/login", json=credentials)).json()
    assert tokens["token_type"] == "bearer"
    assert tokens["user_id"] == account["id"]
    assert tokens["expires_in"] == 1800

    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    profile = await api.ask("GET", f"/users/{account['id']}/profile", headers=headers)
    assert profile.json() == {**account, "phone_number": "1234567890"}


@pytest.mark.parametrize(("prefix", "created"), CONTRACTS)
async def test_a_token_of_any_login_works_everywhere(prefix: str, created: int, api: Api) -> None:
    assert (await api.ask("POST", f"{prefix}/register", json=JOHN)).status_code == created
    credentials = {name: JOHN[name] for name in ("email", "password")}
    answer = await api.ask("POST", f"{prefix}/login", json=credentials)
    tokens = answer.json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    trip = await api.ask("GET", "/user/me", headers=headers)
    bus = await api.ask("GET", f"/users/{tokens['user_id']}/profile", headers=headers)

    assert trip.json() == bus.json()


async def test_a_first_name_is_not_asked_for(api: Api) -> None:
    asked = {"email": "jo@example.com", "password": PASSWORD}
    answer = await api.ask("POST", "/auth/register", json=asked)

    assert answer.json()["first_name"] == "jo"


@pytest.mark.parametrize("field", ["role", "is_active", "id", "user_id", "status", "created_at"])
async def test_nobody_sets_what_is_not_asked_for(field: str, logins: str, api: Api) -> None:
    answer = await api.ask("POST", f"{logins}/register", json={**JOHN, field: "admin"})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": None}, "email"),
        ({"password": "short"}, "password"),
        ({"password": JOHN["email"]}, "password"),
        ({"password": 12345678}, "password"),
        ({"first_name": " "}, "first_name"),
        ({"first_name": "a\x00b"}, "first_name"),
        ({"last_name": "Doe\r\nBcc: all@example.com"}, "last_name"),
        ({"phone_number": "call me"}, "phone_number"),
    ],
)
async def test_what_is_wrong_is_named(
    change: dict[str, Any], field: str, logins: str, api: Api
) -> None:
    answer = await api.ask("POST", f"{logins}/register", json={**JOHN, **change})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]
    assert "SecurePass123" not in answer.text


async def test_an_address_is_taken_once(logins: str, api: Api) -> None:
    await api.ask("POST", "/users/register", json=JOHN)
    again = {**JOHN, "email": "John.Doe@Example.com"}

    answer = await api.ask("POST", f"{logins}/register", json=again)

    assert (answer.status_code, answer.json()["code"]) == (409, "EMAIL_TAKEN")


async def test_wrong_credentials_are_refused_alike(logins: str, api: Api) -> None:
    await api.ask("POST", "/users/register", json=JOHN)

    wrong = [
        await api.ask("POST", f"{logins}/login", json={"email": email, "password": "wrong"})
        for email in (JOHN["email"], "nobody@example.com", "no address")
    ]

    assert {(answer.status_code, answer.text) for answer in wrong} == {(401, wrong[0].text)}
    assert wrong[0].json()["code"] == "INVALID_CREDENTIALS"


async def test_too_many_failed_logins(logins: str, api: Api) -> None:
    await api.ask("POST", "/users/register", json=JOHN)
    for _ in range(5):
        wrong = {"email": JOHN["email"], "password": "wrong"}
        assert (await api.ask("POST", f"{logins}/login", json=wrong)).status_code == 401

    right = {"email": JOHN["email"], "password": JOHN["password"]}
    answer = await api.ask("POST", f"{logins}/login", json=right)

    assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60


async def test_logout_counts_at_once_in_every_process(logins: str, database_url: str) -> None:
    """Two apps on one database: what one is told, the other must know with the next request."""
    settings = settings_for(database_url)
    async with running(settings) as one, running(settings) as other:
        person, again = await somebody(one), await logged_in(one, "ann@example.com")
        assert (await other.ask("GET", "/user/me", headers=person.headers)).status_code == 200

        ended = await one.ask("POST", f"{logins}/logout", headers=person.headers)

        assert ended.status_code == 200
        for api in (one, other):
            refused = await api.ask("GET", "/user/me", headers=person.headers)
            assert refused.status_code == 401
        # Negative control: it was this session alone.
        assert (await other.ask("GET", "/user/me", headers=again.headers)).status_code == 200


async def test_a_refresh_token_works_once(logins: str, api: Api) -> None:
    person = await somebody(api)
    path, asked = f"{logins}/refresh", {"refresh_token": person.refresh_token}

    renewed = await api.ask("POST", path, json=asked)
    tokens = renewed.json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert renewed.status_code == 200
    assert (await api.ask("GET", "/user/me", headers=headers)).status_code == 200

    reused = await api.ask("POST", path, json=asked)
    assert (reused.status_code, reused.json()["code"]) == (401, "INVALID_TOKEN")
    # Nobody can tell the thief from the owner, so the session is over.
    assert (await api.ask("GET", "/user/me", headers=headers)).status_code == 401


async def test_an_access_token_refreshes_nothing(api: Api) -> None:
    person = await somebody(api)

    answer = await api.ask("POST", "/auth/refresh", json={"refresh_token": person.token})

    assert answer.status_code == 401


def profile_paths(person: Person) -> tuple[str, str]:
    return "/user/me", f"/users/{person.id}/profile"


@pytest.mark.parametrize("which", [0, 1])
async def test_a_profile_is_changed(which: int, api: Api) -> None:
    person = await somebody(api)
    path = profile_paths(person)[which]

    changed = await api.ask("PUT", path, headers=person.headers, json={"last_name": "Ray"})
    refused = await api.ask("PUT", path, headers=person.headers, json={"role": "admin"})

    assert changed.status_code == 200
    assert (changed.json()["first_name"], changed.json()["last_name"]) == ("Ann", "Ray")
    assert refused.status_code == 422
    assert (await api.ask("GET", path, headers=person.headers)).json() == changed.json()


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_foreign_profile_is_as_absent(method: str, api: Api) -> None:
    ann, bob = await somebody(api), await somebody(api, "bob@example.com")
    options: dict[str, Any] = {"json": {"first_name": "Eve"}} if method == "PUT" else {}

    async def about(user_id: str) -> tuple[int, str]:
        answer = await api.ask(method, f"/users/{user_id}/profile", headers=ann.headers, **options)
        return answer.status_code, answer.text.replace(user_id, "ID")

    absent = await about(new_id())
    assert absent[0] == 404
    assert await about(bob.id) == absent
    assert await about("no-id-at-all") == absent
    assert api.system.accounts.get(bob.id).first_name == "Ann"


async def test_an_admin_reads_and_changes_any(api: Api) -> None:
    admin, bob = await somebody(api), await somebody(api, "bob@example.com")
    api.system.accounts.set_role(admin.id, Role.ADMIN, actor="operator")
    path = f"/users/{bob.id}/profile"

    read = await api.ask("GET", path, headers=admin.headers)
    changed = await api.ask("PUT", path, headers=admin.headers, json={"first_name": "Rob"})

    assert read.json()["email"] == "bob@example.com"
    assert changed.json()["first_name"] == "Rob"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/user/me"),
        ("PUT", "/user/me"),
        ("GET", "/users/1/profile"),
        ("PUT", "/users/1/profile"),
        ("POST", "/auth/logout"),
        ("POST", "/users/logout"),
    ],
)
async def test_guests_are_sent_to_log_in(method: str, path: str, api: Api) -> None:
    options: dict[str, Any] = {"json": {}} if method == "PUT" else {}
    answer = await api.ask(method, path, **options)

    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_AUTHENTICATED")
