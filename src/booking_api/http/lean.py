"""Routes that are asked for so often that the framework's generality costs more than they do."""

import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeGuard

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_JSON = "application/json"


class LeanRoute(APIRoute):
    """Serves the plain case itself: a JSON object as the body, dependencies that want nothing but
    the request, an answer that is the response model. Everything else, and every body that is not
    valid, it leaves to the framework; what is documented is the same.

    Raises ValueError for an endpoint that never is the plain case.
    """

    def get_route_handler(self) -> Handler:
        plan = _plan_of(self)
        general = super().get_route_handler()

        async def handle(request: Request) -> Response:
            asked = await _body(request, plan.body)
            if asked is None:
                return await general(request)
            given = {name: await call(request) for name, call in plan.dependencies}
            answer = await plan.endpoint(**{plan.body_name: asked}, **given)
            return Response(
                plan.answer.__pydantic_serializer__.to_json(answer, by_alias=True),
                plan.status,
                media_type=_JSON,
            )

        return handle


@dataclass(frozen=True, slots=True)
class _Plan:
    endpoint: Callable[..., Awaitable[BaseModel]]
    body_name: str
    body: type[BaseModel]
    dependencies: tuple[tuple[str, Callable[[Request], Awaitable[Any]]], ...]
    answer: type[BaseModel]
    status: int


def _plan_of(route: APIRoute) -> _Plan:
    dependant = route.dependant
    bodies = dependant.body_params
    if len(bodies) != 1 or not _takes_only(dependant, "body_params", "dependencies"):
        raise ValueError(f"{route.path} takes more than a body")
    if not all(
        one.name and one.request_param_name == "request" and _takes_only(one, "request_param_name")
        for one in dependant.dependencies
    ):
        raise ValueError(f"{route.path} has dependencies that take more than the request")
    body: object = bodies[0].field_info.annotation
    answer: object = route.response_model
    if not _is_model(body) or not _is_model(answer):
        raise ValueError(f"{route.path} takes or gives what is no model")
    return _Plan(
        endpoint=route.endpoint,
        body_name=bodies[0].name,
        body=body,
        dependencies=tuple((str(one.name), one.call) for one in dependant.dependencies),  # type: ignore[misc]  # a dependency has a call
        answer=answer,
        status=route.status_code or 200,
    )


def _takes_only(dependant: Dependant, *fields: str) -> bool:
    wants = (
        "path_params",
        "query_params",
        "header_params",
        "cookie_params",
        "body_params",
        "dependencies",
        "request_param_name",
        "websocket_param_name",
        "http_connection_param_name",
        "response_param_name",
        "background_tasks_param_name",
        "security_scopes_param_name",
    )
    return not any(getattr(dependant, each) for each in wants if each not in fields)


def _is_model(found: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(found, type) and issubclass(found, BaseModel)


async def _body(request: Request, model: type[BaseModel]) -> BaseModel | None:
    """None where it is not plain, or not valid: the framework then says what is wrong with it."""
    if request.headers.get("content-type") != _JSON:
        return None
    try:
        found = json.loads(await request.body())
        return model.model_validate(found) if isinstance(found, dict) else None
    except (ValueError, RecursionError, ValidationError):
        return None
