"""Access tokens that must not be accepted, tried over HTTP."""

import base64
import json
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from jwt.warnings import InsecureKeyLengthWarning

from booking_api.tokens import AccessTokens, InvalidToken
from booking_core.clock import ManualClock
from booking_core.domain.accounts import Role
from booking_core.domain.api_keys import Scope
from booking_core.ids import new_id
from tests.support.api import Api, Person, logged_in, running, settings_for, somebody

pytestmark = pytest.mark.anyio

Forge = Callable[[Api, Person], str]


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def key_of(api: Api) -> bytes:
    return api.system.key("access-tokens")


def signed(api: Api, claims: dict[str, Any], algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key_of(api), algorithm=algorithm)


def changed(**changes: Any) -> Forge:
    """The person's own token, signed with the right key, with other claims; None drops one."""

    def forge(api: Api, person: Person) -> str:
        claims = {**claims_of(person.token), **changes}
        return signed(api, {name: value for name, value in claims.items() if value is not None})

    return forge


def without_signature(api: Api, person: Person) -> str:
    header, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "none", "typ": "JWT"}, claims_of(person.token))
    )
    return f"{header}.{body}."


def tampered(api: Api, person: Person) -> str:
    """Somebody else's name in it, with the signature of the original."""
    header, _, signature = person.token.split(".")
    claims = {**claims_of(person.token), "sub": new_id()}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{body}.{signature}"


def with_another_algorithm(api: Api, person: Person) -> str:
    """The right key, and an algorithm that a careless server would take."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureKeyLengthWarning)
        return signed(api, claims_of(person.token), "HS512")


FORGERIES: dict[str, Forge] = {
    "none": without_signature,
    "tampered": tampered,
    "other algorithm": with_another_algorithm,
    "other key": lambda _, who: jwt.encode(claims_of(who.token), b"k" * 32, algorithm="HS256"),
    "refresh as access": lambda _, who: who.refresh_token,
    "refresh type": changed(typ="refresh"),
    "other audience": changed(aud="somebody-else"),
    "several audiences": changed(aud=["booking-api", "somebody-else"]),
    "other issuer": changed(iss="somebody-else"),
    "unknown session": changed(sid=new_id()),
    "session of somebody else": changed(sub=new_id()),
    "no identifier": changed(sid="1 OR 1=1"),
    "from the future": changed(iat=4_000_000_000, exp=4_100_000_000),
    "expiry as text": changed(exp="4000000000"),
    "expiry without end": changed(exp=10**30),
    **{
        f"without {name}": changed(**{name: None})
        for name in ("aud", "exp", "iat", "iss", "jti", "sid", "sub", "typ")
    },
    "nothing like a token": lambda *_: "x.y.z",
    "no ASCII": lambda *_: "ü".encode().decode("latin-1"),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_forgeries_are_refused_alike(forge: Forge, api: Api) -> None:
    person = await somebody(api)
    authorization = f"Bearer {forge(api, person)}".encode("latin-1")

    answer = await api.ask("GET", "/user/me", headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert answer.json()["code"] == "INVALID_TOKEN"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_forger_can_do_it_right(api: Api) -> None:
    """Negative control: re-signing by itself breaks nothing."""
    person = await somebody(api)
    token = changed()(api, person)

    answer = await api.ask("GET", "/user/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200
    assert answer.json()["id"] == person.id


async def test_a_token_ends_by_the_clock(frozen_api: Api, clock: ManualClock) -> None:
    person = await somebody(frozen_api)
    lifetime = frozen_api.runtime.tokens.lifetime

    clock.advance(seconds=lifetime.total_seconds() - 1)
    assert (await frozen_api.ask("GET", "/user/me", headers=person.headers)).status_code == 200
    clock.advance(seconds=1)

    refused = await frozen_api.ask("GET", "/user/me", headers=person.headers)
    assert refused.status_code == 401


async def test_a_disabled_account_is_locked_out_at_once(api: Api) -> None:
    person = await somebody(api)
    api.system.accounts.set_active(person.id, False, actor="operator")

    refused = await api.ask("GET", "/user/me", headers=person.headers)

    assert refused.status_code == 401


async def test_a_role_counts_at_once(api: Api) -> None:
    ann, bob = await somebody(api), await somebody(api, "bob@example.com")
    path = f"/users/{bob.id}/profile"
    assert (await api.ask("GET", path, headers=ann.headers)).status_code == 404

    api.system.accounts.set_role(ann.id, Role.ADMIN, actor="operator")

    assert (await api.ask("GET", path, headers=ann.headers)).status_code == 200


@pytest.mark.parametrize("scheme", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Token abc", ""])
async def test_other_schemes_are_no_credentials(scheme: str, api: Api) -> None:
    answer = await api.ask("GET", "/user/me", headers={"Authorization": scheme})

    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_api_keys(header: str, api: Api) -> None:
    person = await somebody(api)
    key, secret = api.system.api_keys.create("robot", [Scope.READ], "operator")
    headers = {header: f"Bearer {secret}" if header == "Authorization" else secret}
    path = f"/users/{person.id}/profile"

    read = await api.ask("GET", path, headers=headers)
    change = await api.ask("PUT", path, headers=headers, json={"first_name": "Eve"})
    own = await api.ask("GET", "/user/me", headers=headers)
    api.system.api_keys.revoke(key.id, actor="operator")
    revoked = await api.ask("GET", path, headers=headers)

    assert [read.status_code, change.status_code, own.status_code] == [200, 404, 403]
    assert revoked.status_code == 401


async def test_tokens_survive_a_restart_without_a_secret_of_their_own(sqlite_url: str) -> None:
    async with running(settings_for(sqlite_url)) as first:
        person = await somebody(first)
    async with running(settings_for(sqlite_url)) as second:
        answer = await second.ask("GET", "/user/me", headers=person.headers)

    assert answer.status_code == 200


async def test_another_secret_makes_all_tokens_void(sqlite_url: str) -> None:
    async with running(settings_for(sqlite_url, secret_key="one secret" * 4)) as first:
        person = await somebody(first)
    async with running(settings_for(sqlite_url, secret_key="two secret" * 4)) as second:
        refused = await second.ask("GET", "/user/me", headers=person.headers)
        assert refused.status_code == 401
        again = await logged_in(second, person.email)
        assert (await second.ask("GET", "/user/me", headers=again.headers)).status_code == 200


def test_a_signature_is_checked_once_but_time_each_time(clock: ManualClock) -> None:
    tokens = AccessTokens(b"k" * 32, clock, timedelta(minutes=1))
    token = tokens.issue(new_id(), new_id())

    assert tokens.read(token) == tokens.read(token)
    clock.advance(minutes=1)
    with pytest.raises(InvalidToken):
        tokens.read(token)
