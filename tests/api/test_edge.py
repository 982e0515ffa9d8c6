"""What every answer carries, what is logged of a request, and what is not."""

import gzip
import json
import re
import shutil
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from fastapi import Response
from starlette.types import Scope

from booking_api.app import create_app
from booking_api.calls import run
from booking_api.http.addresses import client_address
from booking_api.settings import Settings
from booking_core.ids import is_id
from tests.support.api import PASSWORD, Api, running, settings_for, somebody

pytestmark = pytest.mark.anyio

Lines = list[MutableMapping[str, Any]]

LARGE = json.dumps([{"seat": number, "status": "free"} for number in range(200)]).encode()


@pytest.fixture
def logged() -> Iterator[Lines]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    settings = settings_for(sqlite_url, cors_origins="https://shop.example")
    app = create_app(settings)

    async def large() -> Response:
        return Response(LARGE, media_type="application/json", headers={"ETag": '"7"'})

    async def picture() -> Response:
        return Response(LARGE, media_type="image/png")

    async def cached() -> Response:
        return Response(b"{}", headers={"Cache-Control": "max-age=5"})

    async def fail() -> None:
        raise RuntimeError

    for path, endpoint in (
        ("/large", large),
        ("/picture", picture),
        ("/cached", cached),
        ("/fail/{number}", fail),
    ):
        app.add_api_route(path, endpoint, methods=["GET"])
    async with running(settings, app=app) as served:
        yield served


async def test_every_answer_has_a_request_id(api: Api) -> None:
    for path in ("/healthz", "/nowhere", "/fail/1", "/user/me"):
        answer = await api.ask("GET", path)
        assert is_id(answer.headers["x-request-id"])


@pytest.mark.parametrize("given", ["trace-1", "a" * 128, "00-4bf92f35:7/x=+._"])
async def test_a_clients_request_id_is_kept(given: str, api: Api) -> None:
    answer = await api.ask("GET", "/healthz", headers={"X-Request-ID": given})

    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", [b"", b"a" * 129, b"a b", b'{"a"}', b"\xc3\xbc", b"a\tb"])
async def test_unless_it_could_do_harm(given: bytes, api: Api) -> None:
    answer = await api.ask("GET", "/healthz", headers=[(b"X-Request-ID", given)])

    assert is_id(answer.headers["x-request-id"])


async def test_one_line_for_a_request(api: Api, logged: Lines) -> None:
    person = await somebody(api)
    logged.clear()
    headers = {**person.headers, "X-Request-ID": "trace-1"}
    await api.ask("GET", f"/users/{person.id}/profile?token=hush", headers=headers)

    (line,) = logged
    assert isinstance(line.pop("ms"), float)
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/users/{user_id}/profile",
        "status": 200,
        "request_id": "trace-1",
        "principal": person.id,
        "address": "127.0.0.1",
    }


async def test_logs_hold_no_secret(api: Api, logged: Lines) -> None:
    person = await somebody(api)
    headers = {**person.headers, "X-API-Key": "bk_hush", "Idempotency-Key": "hush-key"}
    await api.ask("POST", "/auth/login", json={"email": "a@example.com", "password": "hush"})
    await api.ask("POST", "/auth/refresh", json={"refresh_token": person.refresh_token})
    await api.ask("PUT", "/user/me?token=hush", json={"first_name": "Hush"}, headers=headers)
    await api.ask("GET", "/nowhere/hush?token=hush")
    await api.ask("GET", "/fail/7?token=hush")

    text = json.dumps(logged, default=str)
    assert len(logged) >= 7
    for secret in (PASSWORD, person.token, person.refresh_token, "hush", "Hush"):
        assert secret not in text


async def test_a_defect_is_logged_with_its_request(api: Api, logged: Lines) -> None:
    answer = await api.ask("GET", "/fail/7")

    failed = [line for line in logged if line["event"] == "failed"]
    assert answer.status_code == 500
    assert [line["request_id"] for line in failed] == [answer.headers["x-request-id"]]


async def test_security_headers(api: Api) -> None:
    for path in ("/healthz", "/nowhere", "/fail/1"):
        headers = (await api.ask("GET", path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
    assert (await api.ask("GET", "/cached")).headers.get_list("cache-control") == ["max-age=5"]


async def test_large_answers_are_compressed(api: Api) -> None:
    packed = await api.ask("GET", "/large", headers={"Accept-Encoding": "br, gzip"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == LARGE
    assert int(packed.headers["content-length"]) < len(LARGE) / 4
    assert packed.headers["etag"] == 'W/"7"'
    assert "Accept-Encoding" in packed.headers["vary"]
    assert len(gzip.compress(LARGE)) < len(LARGE)


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        ("/large", "identity"),
        ("/large", "gzip;q=0"),
        ("/large", "br"),
        ("/picture", "gzip"),
        ("/healthz", "gzip"),
    ],
)
async def test_others_are_not(path: str, accepted: str, api: Api) -> None:
    answer = await api.ask("GET", path, headers={"Accept-Encoding": accepted})

    assert "content-encoding" not in answer.headers


async def test_only_named_origins_may_use_it_from_a_browser(api: Api) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-API-Key"}

    async def preflight(origin: str) -> tuple[int, str | None]:
        answer = await api.ask("OPTIONS", "/users/login", headers={"Origin": origin, **asked})
        return answer.status_code, answer.headers.get("access-control-allow-origin")

    assert await preflight("https://shop.example") == (200, "https://shop.example")
    assert await preflight("https://evil.example") == (400, None)
    failed = await api.ask("GET", "/fail/1", headers={"Origin": "https://shop.example"})
    assert failed.headers["access-control-allow-origin"] == "https://shop.example"


async def test_metrics_count_by_template(api: Api) -> None:
    person = await somebody(api)
    for user_id in (person.id, "1", "2"):
        await api.ask("GET", f"/users/{user_id}/profile", headers=person.headers)
    await api.ask("BREW", "/nowhere")

    text = (await api.ask("GET", "/metrics")).text

    def count(**labels: str) -> str:
        inside = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
        found = re.search(
            rf"^booking_http_requests_total\{{{re.escape(inside)}\}} (\S+)$", text, re.MULTILINE
        )
        return found[1] if found else "0"

    assert count(method="GET", route="/users/{user_id}/profile", status="200") == "1.0"
    assert count(method="GET", route="/users/{user_id}/profile", status="404") == "2.0"
    assert count(method="OTHER", route="(none)", status="404") == "1.0"
    assert "booking_http_request_seconds_bucket" in text
    assert "booking_batch_commands_bucket" in text
    assert person.id not in text


async def test_ready_only_with_a_database(api: Api) -> None:
    file = api.runtime.settings.database_url.removeprefix("sqlite:///")
    assert (await api.ask("GET", "/readyz")).json() == {"status": "ok"}

    await run(shutil.move, file, f"{file}.gone")
    answer = await api.ask("GET", "/readyz")
    alive = await api.ask("GET", "/healthz")
    await run(shutil.move, f"{file}.gone", file)

    assert (answer.status_code, answer.json()["code"]) == (503, "DATABASE_UNREACHABLE")
    assert file not in answer.text
    assert alive.status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["6.6.6.6, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("198.51.100.9", ["203.0.113.7"], "198.51.100.9"),
    ],
)
def test_proxies_are_believed_where_they_are_trusted(
    peer: str, forwarded: list[str], found: str
) -> None:
    settings = settings_for("sqlite:///x", trusted_proxies="10.0.0.0/8")
    headers = [(b"x-forwarded-for", entry.encode()) for entry in forwarded]
    scope: Scope = {"type": "http", "client": (peer, 1), "headers": headers}

    assert client_address(scope, settings.trusted_proxies) == found
    assert client_address(scope, ()) == peer


def test_no_proxy_is_trusted_by_default() -> None:
    assert Settings(database_url="sqlite:///x").trusted_proxies == ()
