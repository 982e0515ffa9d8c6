"""The event contract's envelope around whatever goes wrong, the framework included."""

import pytest

from tests.support.api_house import counted, failed, told
from tests.support.api_shop import Caller, Shop

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/nothing", "/api/v1/events/1/2/3"])
async def test_a_path_that_is_none_is_404(path: str, shop: Shop) -> None:
    failed(await shop.nobody.get(path), 404, "NOT_FOUND")


async def test_another_method_is_405_and_says_which_there_are(shop: Shop) -> None:
    answer = await shop.nobody.delete("/api/v1/events")

    failed(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET"


_UNREADABLE = [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b'{"email": "\\ud800"}']


@pytest.mark.parametrize("body", _UNREADABLE)
async def test_a_body_that_cannot_be_read_is_400(body: bytes, shop: Shop) -> None:
    answer = await shop.nobody.post("/api/v1/auth/login", content=body, headers=JSON)

    failed(answer, 400, "VALIDATION_ERROR")


async def test_a_body_that_is_huge_is_413(shop: Shop) -> None:
    huge = b'{"email": "' + b"a" * 200_000 + b'"}'

    failed(await shop.nobody.post("/api/v1/auth/login", content=huge, headers=JSON), 413)


async def test_validation_names_the_fields(shop: Shop) -> None:
    error = failed(await shop.nobody.post("/api/v1/auth/login", {"email": "a"}), 400)

    assert error["details"]["errors"] == [
        {"field": "password", "in": "body", "message": "Field required"}
    ]


async def test_an_idempotency_key_as_documented(shop: Shop, ann: Caller) -> None:
    show = await counted(shop)
    body, path = {"event_id": show.id, "quantity": 1}, "/api/v1/bookings"
    first = await ann.post(path, body, key="unique-request-id-123")
    told(first, 201)

    again = await ann.post(path, body, key="unique-request-id-123")
    assert (again.status_code, again.content) == (201, first.content)
    other = await ann.post(path, {**body, "quantity": 2}, key="unique-request-id-123")
    failed(other, 422, "IDEMPOTENCY_KEY_REUSED")
    failed(await ann.post(path, body, key="x" * 300), 400, "VALIDATION_ERROR")


async def test_a_refusal_is_repeated_time_stamp_and_all(fresh_shop: Shop) -> None:
    ann = await fresh_shop.customer()
    show = await counted(fresh_shop, ("General", 50.0, 1))
    body = {"event_id": show.id, "quantity": 2}
    first = await ann.post("/api/v1/bookings", body, key="refused")
    failed(first, 409, "EVENT_SOLD_OUT")

    fresh_shop.clock.advance(minutes=10)
    again = await ann.post("/api/v1/bookings", body, key="refused")
    assert again.content == first.content
