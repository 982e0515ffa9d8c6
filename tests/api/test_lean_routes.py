"""A lean route answers as the framework would, but for what it costs."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from booking_api.http.lean import LeanRoute

pytestmark = pytest.mark.anyio


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1)]
    count: int = 1


class Answered(BaseModel):
    name: str
    count: int
    who: str


async def who_asks(request: Request) -> str:
    return request.headers.get("x-name", "nobody")


Who = Annotated[str, Depends(who_asks)]


async def echo(asked: Asked, who: Who) -> Answered:
    """Say it again."""
    return Answered(name=asked.name, count=asked.count, who=who)


def app_with(route_class: type[Any] | None) -> FastAPI:
    app, router = FastAPI(), APIRouter()
    router.add_api_route(
        "/echo", echo, methods=["POST"], status_code=201, route_class_override=route_class
    )
    app.include_router(router)
    return app


async def answer_of(app: FastAPI, **options: Any) -> tuple[int, str, bytes]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://booking.test") as client:
        answer = await client.post("/echo", **options)
    return answer.status_code, answer.headers["content-type"], answer.content


JSON = {"content-type": "application/json"}
REQUESTS: list[dict[str, Any]] = [
    {"json": {"name": "Ann", "count": 3}, "headers": {"x-name": "Bob"}},
    {"json": {"name": "Zoë 🎫"}},
    {"json": {"name": ""}},
    {"json": {"name": "Ann", "role": "admin"}},
    {"json": {"name": "Ann", "count": "3"}},
    {"json": {"name": "Ann", "count": 10**30}},
    {"json": ["Ann"]},
    {"json": None},
    {"content": b"", "headers": JSON},
    {"content": b'{"name": ', "headers": JSON},
    {"content": b'{"name": "\xff"}', "headers": JSON},
    {"content": b"[" * 20_000, "headers": JSON},
    {"content": b'{"name": "Ann", "name": "Bob"}', "headers": JSON},
    {"content": b'{"name": "Ann"}', "headers": {"content-type": "application/json; charset=utf-8"}},
    {"content": b'{"name": "Ann"}', "headers": {"content-type": "application/vnd.x+json"}},
    {"content": b'{"name": "Ann"}', "headers": {"content-type": "text/plain"}},
    {"content": b'{"name": "Ann"}'},
    {"data": {"name": "Ann"}},
]


@pytest.mark.parametrize("options", REQUESTS, ids=range(len(REQUESTS)))
async def test_it_answers_as_the_framework_does(options: dict[str, Any]) -> None:
    lean = await answer_of(app_with(LeanRoute), **options)

    assert lean == await answer_of(app_with(None), **options)


def test_it_is_documented_as_ever() -> None:
    assert app_with(LeanRoute).openapi() == app_with(None).openapi()


async def with_a_query(asked: Asked, page: Annotated[int, Query()] = 1) -> Answered:
    return Answered(name=asked.name, count=page, who="")


async def who_asks_for(name: str) -> str:
    return name


async def with_a_deep_dependency(
    asked: Asked, who: Annotated[str, Depends(who_asks_for)]
) -> Answered:
    return Answered(name=asked.name, count=1, who=who)


async def without_a_body(who: Who) -> Answered:
    return Answered(name="", count=1, who=who)


async def without_a_model(asked: Asked) -> dict[str, int]:
    return {asked.name: asked.count}


@pytest.mark.parametrize(
    "endpoint", [with_a_query, with_a_deep_dependency, without_a_body, without_a_model]
)
def test_an_endpoint_that_is_not_plain_is_refused_at_once(endpoint: Any) -> None:
    with pytest.raises(ValueError, match="/echo"):
        APIRouter().add_api_route("/echo", endpoint, route_class_override=LeanRoute)
