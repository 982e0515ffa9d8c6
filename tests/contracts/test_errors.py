"""Errors look the same wherever they come from, the framework included."""

from typing import Any

import pytest

from tests.support.api_shop import ABSENT, Caller, Departure, Shop, refused

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("path", ["/nothing", "/users", "/bookings/1/2/3", "//"])
async def test_a_path_that_is_none_is_404(path: str, shop: Shop) -> None:
    refused(await shop.nobody.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users/login"),
        ("PATCH", "/buses"),
        ("DELETE", "/bookings/history"),
        ("PUT", "/trip/1"),
        ("POST", "/activity-logs"),
    ],
)
async def test_another_method_is_405_and_says_which_there_are(
    method: str, path: str, shop: Shop
) -> None:
    answer = await shop.admin.ask(method, path)

    refused(answer, 405)
    assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1, 2", b"nonsense", b"\xff\xfe\x00", b'{"email": "a', b"NaN"]
)
async def test_a_body_that_is_no_json_is_refused(body: bytes, shop: Shop) -> None:
    answer = await shop.nobody.post("/users/login", content=body, headers=JSON)

    assert answer.status_code in {400, 422}
    refused(answer, answer.status_code)


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null", "true"])
async def test_a_body_that_is_no_object_is_422(body: str, shop: Shop) -> None:
    refused(await shop.nobody.post("/users/login", content=body, headers=JSON), 422)


async def test_a_body_that_is_deep_is_refused(shop: Shop) -> None:
    deep = b'{"email":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    answer = await shop.nobody.post("/users/login", content=deep, headers=JSON)

    assert 400 <= answer.status_code < 500
    refused(answer, answer.status_code)


async def test_a_body_that_is_huge_is_413(shop: Shop) -> None:
    huge = b'{"email": "' + b"a" * 2_000_000 + b'"}'

    refused(await shop.nobody.post("/users/login", content=huge, headers=JSON), 413)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "\U0010ffff" * 50])
async def test_text_that_no_database_stores_is_never_a_500(
    text: str, shop: Shop, ann: Caller, departure: Departure
) -> None:
    as_json = text.encode("unicode_escape").decode()
    for path, body in (
        ("/reservations/create", f'{{"schedule_id": "{as_json}", "seat_ids": ["{as_json}"]}}'),
        ("/users/login", f'{{"email": "{as_json}", "password": "{as_json}"}}'),
        ("/bookings/create", f'{{"reservation_id": "{as_json}"}}'),
    ):
        spelled = body.replace("\\x00", "\\u0000").replace("\\U0010ffff", "\\udbff\\udfff")
        answer = await ann.post(path, content=spelled.encode(), headers=JSON)
        assert 400 <= answer.status_code < 500
        refused(answer, answer.status_code)


@pytest.mark.parametrize("key", ["x" * 300, "", "é", "a b\x7f"])
async def test_a_key_that_is_none_is_refused(key: str, ann: Caller) -> None:
    answer = await ann.post(
        "/bookings/create",
        {"reservation_id": ABSENT},
        headers={"Idempotency-Key": key.encode("latin-1")},
    )

    assert answer.status_code in {400, 404, 422}
    refused(answer, answer.status_code)


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [("nobody", "/bookings/history", 401), ("nobody", "/nothing", 404), ("admin", "/trip/x", 422)],
)
async def test_no_error_shows_what_is_inside(who: str, path: str, status: int, shop: Shop) -> None:
    asker: Caller = getattr(shop, who)
    answer = await asker.get(path)

    refused(answer, status)
    for inside in ("Traceback", "sqlalchemy", "booking_core", "pydantic.dev", 'File "'):
        assert inside not in answer.text
    assert answer.headers["X-Request-Id"]


async def test_every_body_refuses_unknown_fields(shop: Shop) -> None:
    document = shop.api.app.openapi()
    schemas = document["components"]["schemas"]
    loose = [
        f"{method.upper()} {path}: {name}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        for name in _bodies(operation)
        if schemas[name].get("additionalProperties") is not False
        # A provider may say more than we read.
        and path != "/payments/webhook"
    ]

    assert loose == []


def _bodies(operation: Any) -> set[str]:
    """Names of the schemas of a request body."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    refs = [schema, *schema.get("anyOf", [])]
    return {one["$ref"].rsplit("/", 1)[-1] for one in refs if "$ref" in one}
