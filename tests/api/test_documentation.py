"""What `/docs`, `/redoc` and `/openapi.json` say and load."""

import re
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from booking_api.app import create_app
from booking_api.directory import Server
from tests.support.api import Api, settings_for

pytestmark = pytest.mark.anyio

WRITES = {"post", "put", "patch", "delete"}


def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, of_path in schema["paths"].items()
        for method, operation in of_path.items()
    }


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` stands for."""
    if "$ref" not in part:
        return part
    found: Any = schema
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    assert isinstance(found, dict)
    return found


def without_key(schema: dict[str, Any]) -> list[str]:
    """Writes that do not declare the header."""
    return [
        name
        for name, operation in operations(schema).items()
        if name.split()[0].lower() in WRITES
        and not any(
            (found["name"], found["in"], found["required"]) == ("Idempotency-Key", "header", False)
            for found in (resolved(schema, each) for each in operation.get("parameters", []))
        )
    ]


@pytest.fixture
def schema() -> dict[str, Any]:
    return create_app(settings_for("sqlite:///nowhere.sqlite3")).openapi()


def test_every_write_takes_an_idempotency_key(schema: dict[str, Any]) -> None:
    assert len([name for name in operations(schema) if not name.startswith("GET ")]) > 30
    assert without_key(schema) == []


def test_a_write_without_one_would_be_noticed(schema: dict[str, Any]) -> None:
    """Negative control."""
    del schema["paths"]["/reservations/create"]["post"]["parameters"]

    assert without_key(schema) == ["POST /reservations/create"]


def test_reads_take_none(schema: dict[str, Any]) -> None:
    assert "Idempotency-Key" not in str(schema["paths"]["/routes"]["get"].get("parameters"))


def test_writes_say_what_the_key_and_the_body_limit_answer(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema).items():
        if not name.startswith("GET "):
            assert {"409", "413", "422", "429", "503"} <= set(operation["responses"]), name


def test_who_must_wait_is_told_how_long(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema).items():
        for status, response in operation["responses"].items():
            assert "X-Request-ID" in response["headers"], name
            assert ("Retry-After" in response["headers"]) == (status in {"429", "503"}), name
    (retry,) = {
        str(resolved(schema, response["headers"]["Retry-After"]))
        for operation in operations(schema).values()
        for status, response in operation["responses"].items()
        if status == "429"
    }
    assert "integer" in retry


def test_it_is_made_once() -> None:
    app = create_app(settings_for("sqlite:///nowhere.sqlite3"))

    assert app.openapi() is app.openapi()
    assert str(app.openapi()).count("'$ref': '#/components/parameters/IdempotencyKey'") == len(
        [name for name in operations(app.openapi()) if not name.startswith("GET ")]
    )


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_pages_load_nothing_from_elsewhere(path: str, api: Api) -> None:
    page = await api.ask("GET", path)

    assert page.status_code == 200
    assert "//" not in page.text
    loaded = re.findall(r'(?:src|href|spec-url)="(?!data:)([^"]+)"', page.text)
    assert len(loaded) >= 2
    for address in loaded:
        answer = await api.ask("GET", f"/{address}")
        assert answer.status_code == 200, address
        assert answer.headers["x-content-type-options"] == "nosniff"
        kind = {"js": "text/javascript", "css": "text/css"}.get(address.rpartition(".")[2])
        assert kind is None or answer.headers["content-type"].startswith(kind)
        assert len(answer.content) > 100


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_pages_may_run_only_scripts_of_this_server(path: str, api: Api) -> None:
    page = await api.ask("GET", path)

    (policy,) = page.headers.get_list("content-security-policy")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert (rules["default-src"], rules["script-src"]) == ("'none'", "'self'")
    assert rules["frame-ancestors"] == "'none'"
    # So there must be none in the page itself.
    assert re.findall(r"<script(?![^>]*src=)|\bon\w+=", page.text) == []


async def test_answers_are_no_pages(api: Api) -> None:
    answer = await api.ask("GET", "/healthz")

    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("name", ["__init__.py", "..%2f__init__.py", "favicon.png", "start.js.map"])
async def test_only_the_pages_own_files_are_served(name: str, api: Api) -> None:
    assert (await api.ask("GET", f"/docs/assets/{name}")).status_code in {404, 422}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/user/me", "GET, PUT"),
        ("DELETE", "/routes", "GET, POST"),
        ("POST", "/routes/1", "DELETE, GET, PUT"),
        ("POST", "/users/1/profile", "GET, PUT"),
        ("GET", "/booking/reserve", "POST"),
        ("BREW", "/payments/1", "GET"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    method: str, path: str, allowed: str, api: Api
) -> None:
    answer = await api.ask(method, path)

    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == allowed


async def test_methods_of_one_path_in_several_routers_are_all_named(sqlite_url: str) -> None:
    readers, writers, others = APIRouter(), APIRouter(), APIRouter()

    async def answer() -> None: ...

    readers.add_api_route("/things/{name}", answer, methods=["GET"])
    writers.add_api_route("/things/{number}", answer, methods=["PUT", "DELETE"])
    others.add_api_route("/things/{name}/parts", answer, methods=["POST"])
    app = Server()
    for router in (readers, others, writers):
        app.mount_router(router)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://booking.test") as client:
        refused = await client.patch("/things/1")

    assert (refused.status_code, refused.headers["allow"]) == (405, "DELETE, GET, PUT")
