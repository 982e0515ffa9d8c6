"""`Idempotency-Key`: the same request again, other bodies, at once, and after crashes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from booking_api.app import create_app
from booking_api.deps import NeverStored, Repeat
from booking_api.http.problems import Problem
from booking_core.clock import ManualClock
from booking_core.errors import DatabaseBusy, Refused
from tests.support.api import Api, running, settings_for, somebody
from tests.support.raw import rows

pytestmark = pytest.mark.anyio

KEY = {"Idempotency-Key": "try-1"}


class Desk:
    """An endpoint that counts, and does what it is told."""

    def __init__(self) -> None:
        self.count = 0
        self.keys: list[str | None] = []
        self.act: Callable[[], Awaitable[Response | None]] = self.nothing

    async def nothing(self) -> None:
        return None

    async def serve(self, request: Request, call: Repeat) -> Response:
        self.count += 1
        self.keys.append(call.key)
        body = await request.body()
        done = await self.act()
        if done is not None:
            return done
        headers = {"Location": f"/desk/{self.count}", "X-Volatile": str(self.count)}
        return Response(
            f"{self.count}: {body.decode()}", 201, headers=headers, media_type="text/plain"
        )

    def open(self, app: FastAPI) -> None:
        for method in ("POST", "PUT", "PATCH", "DELETE", "GET"):
            app.add_api_route("/desk", self.serve, methods=[method], response_model=None)
            app.add_api_route("/desk/2", self.serve, methods=[method], response_model=None)
        app.add_api_route(
            "/secret", self.serve, methods=["POST"], response_model=None, dependencies=[NeverStored]
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def api(database_url: str, clock: ManualClock, desk: Desk) -> AsyncIterator[Api]:
    app = create_app(settings_for(database_url), clock=clock)
    desk.open(app)
    async with running(settings_for(database_url), app=app) as served:
        yield served


async def post(api: Api, body: str = "a", path: str = "/desk", **options: Any) -> httpx.Response:
    options.setdefault("headers", KEY)
    return await api.ask(options.pop("method", "POST"), path, content=body, **options)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_repetition_is_answered_byte_for_byte(method: str, api: Api, desk: Desk) -> None:
    first = await post(api, method=method)
    again = await post(api, method=method)

    assert desk.count == 1
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("content-type", "location", "content-length"):
        assert again.headers[name] == first.headers[name]
    assert "x-volatile" not in again.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


async def test_without_a_key_everything_is_done_each_time(api: Api, desk: Desk) -> None:
    """Negative control."""
    for _ in range(2):
        await post(api, headers={})

    assert desk.count == 2
    assert desk.keys == [None, None]


async def test_reads_know_no_keys(api: Api, desk: Desk) -> None:
    for _ in range(2):
        await post(api, method="GET")

    assert desk.count == 2


@pytest.mark.parametrize("changed", [{"body": "b"}, {"path": "/desk?x=1"}])
async def test_another_request_under_the_key(changed: dict[str, str], api: Api, desk: Desk) -> None:
    await post(api)

    refused = await post(api, **changed)

    assert (refused.status_code, refused.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert refused.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
    assert desk.count == 1
    assert (await post(api)).status_code == 201


async def test_keys_belong_to_a_route_and_a_principal(api: Api, desk: Desk) -> None:
    ann, bob = await somebody(api), await somebody(api, "bob@example.com")

    for headers in (KEY, {**KEY, **ann.headers}, {**KEY, **bob.headers}):
        for path in ("/desk", "/desk/2"):
            assert (await post(api, path=path, headers=headers)).status_code == 201
    await post(api, method="PUT")

    assert desk.count == 7
    # The engine, which knows no routes, is told them apart too; and people it knows by itself.
    assert len(set(desk.keys)) == 3


async def test_a_day_later_the_key_is_free(api: Api, desk: Desk, clock: ManualClock) -> None:
    await post(api)
    clock.advance(hours=24, seconds=-1)
    assert (await post(api, "b")).status_code == 422

    clock.advance(seconds=1)

    assert (await post(api, "b")).text == "2: b"


async def test_refusals_are_kept_too(api: Api, desk: Desk) -> None:
    async def refuse() -> Response:
        raise Refused("Not on a Sunday.", at=str(desk.count))

    desk.act = refuse
    first = await post(api)
    desk.act = desk.nothing
    again = await post(api)

    assert first.status_code == 409
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert desk.count == 1


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (RuntimeError("a defect"), 500),
        (DatabaseBusy("busy"), 503),
        (Problem(401, "INVALID_TOKEN", "who?"), 401),
        (Problem(429, "RATE_LIMITED", "slow down"), 429),
    ],
)
async def test_what_may_succeed_later_is_not_kept(
    failure: Exception, status: int, api: Api, desk: Desk
) -> None:
    async def fail() -> Response:
        raise failure

    desk.act = fail
    assert (await post(api)).status_code == status
    desk.act = desk.nothing

    assert (await post(api)).text == "2: a"
    # The engine is told the same key again, should the first attempt have been committed after all.
    assert desk.keys[0] == desk.keys[1] is not None


async def test_while_the_first_is_served_others_are_told_so(api: Api, desk: Desk) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def take_long() -> None:
        begun.set()
        await go_on.wait()

    desk.act = take_long
    first = asyncio.create_task(post(api))
    await begun.wait()
    other = await post(api)
    go_on.set()

    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_IN_PROGRESS")
    assert other.headers["retry-after"] == "1"
    assert (await first).text == "1: a"
    assert (await post(api)).text == "1: a"
    assert desk.count == 1


async def test_many_at_once_are_done_once(api: Api, desk: Desk) -> None:
    answers = await asyncio.gather(*(post(api) for _ in range(12)))

    assert desk.count == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.text for answer in answers if answer.status_code == 201} == {"1: a"}


async def test_after_a_crash_the_key_is_free_within_a_minute(
    api: Api, desk: Desk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies leaves a request in flight, and nobody to finish it."""

    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    desk.act = hang
    with monkeypatch.context() as dead:
        # Who is killed tidies nothing up.
        dead.setattr(api.system.requests, "forget", lambda _: None)
        crashed = asyncio.create_task(post(api))
        await begun.wait()
        crashed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await crashed
    desk.act = desk.nothing

    clock.advance(seconds=59)
    assert (await post(api)).status_code == 409
    assert (await post(api, "b")).status_code == 422
    clock.advance(seconds=1)
    assert (await post(api)).text == "2: a"
    assert desk.keys[0] == desk.keys[1] is not None


async def test_who_was_taken_over_does_not_overwrite(
    api: Api, desk: Desk, clock: ManualClock
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def take_very_long() -> None:
        begun.set()
        desk.act = desk.nothing
        await go_on.wait()

    desk.act = take_very_long
    slow = asyncio.create_task(post(api))
    await begun.wait()
    clock.advance(seconds=60)
    second = await post(api)
    go_on.set()
    await slow

    assert (await post(api)).content == second.content


async def test_secrets_are_not_kept(api: Api, desk: Desk, database_url: str) -> None:
    for _ in range(2):
        await post(api, path="/secret")

    assert desk.count == 2
    assert rows(database_url, "SELECT key FROM idempotent_requests") == []


async def test_a_login_under_a_key_leaves_no_token(api: Api, database_url: str) -> None:
    person = await somebody(api)
    asked = {"email": person.email, "password": "SecurePass123"}
    answers = [await api.ask("POST", "/users/login", json=asked, headers=KEY) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert rows(database_url, "SELECT key FROM idempotent_requests") == []


async def test_what_is_kept_tells_no_password(api: Api, database_url: str) -> None:
    """The digest of a body is keyed: who reads the table cannot try passwords against it."""
    asked = {"email": "jo@example.com", "password": "SecurePass123"}
    first = await api.ask("POST", "/users/register", json=asked, headers=KEY)
    again = await api.ask("POST", "/users/register", json=asked, headers=KEY)

    assert (first.status_code, first.content) == (again.status_code, again.content)
    (stored,) = rows(database_url, "SELECT fingerprint FROM idempotent_requests")
    body = first.request.content
    assert stored[0] not in {hashlib.sha256(text).hexdigest() for text in (body, b"\n" + body)}


@pytest.mark.parametrize("key", [b"", b"x" * 256, "schl\u00fcssel".encode(), b"tab\there"])
async def test_keys_that_are_none(key: bytes, api: Api, desk: Desk) -> None:
    headers = [(b"Idempotency-Key", key)]
    refused = await post(api, headers=headers)

    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
    assert desk.count == 0


@pytest.mark.parametrize("path", ["/desk/" + "x" * 3000, "/desk/%00", "/desk/%ff", "/\u00fc"])
async def test_any_path_can_have_a_key(path: str, api: Api) -> None:
    first, again = await post(api, path=path), await post(api, path=path)

    assert first.status_code == again.status_code == 404
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_token_that_is_no_good_is_told_so(api: Api, desk: Desk) -> None:
    """Not what somebody else was answered."""
    person = await somebody(api)
    headers = {**KEY, **person.headers}
    path = "/user/me"
    done = await api.ask("PUT", path, json={"first_name": "Eve"}, headers=headers)
    await api.ask("POST", "/auth/logout", headers=person.headers)

    refused = await api.ask("PUT", path, json={"first_name": "Eve"}, headers=headers)

    assert (done.status_code, refused.status_code) == (200, 401)


async def test_old_answers_are_deleted(
    api: Api, desk: Desk, clock: ManualClock, database_url: str
) -> None:
    await post(api)
    clock.advance(hours=23)
    await post(api, path="/desk/2")
    clock.advance(hours=1)

    assert api.system.requests.forget_old() == 1
    assert api.system.requests.forget_old() == 0
    assert rows(database_url, "SELECT route FROM idempotent_requests") == [("POST /desk/2",)]
