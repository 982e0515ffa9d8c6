"""Errors become responses here, in the shape of the contract whose path was asked for."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from booking_api.http.prefixes import ByPrefix
from booking_api.http.problems import (
    Problem,
    internal,
    invalid,
    not_authenticated,
    of_engine,
)
from booking_core.errors import BookingError


class Rendered(NamedTuple):
    """An error as a contract answers it."""

    status: int
    body: Mapping[str, Any]


# A contract's shape of an error, which it was at that time.
Renderer = Callable[[Problem, datetime], Rendered]

_CODES = {
    400: "BAD_REQUEST",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    413: "BODY_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}
_UNREADABLE = "There was an error parsing the body"
# Of what is wrong with a request no more is told than people read: it may be as long as a request.
_MOST_ERRORS = 20
_LONGEST_TEXT = 300


def detail_and_code(problem: Problem, _: datetime | None = None) -> Rendered:
    """`{"detail", "code"}`: trip, bus, and whatever belongs to no contract."""
    body: dict[str, Any] = {"detail": problem.errors or problem.message, "code": problem.code}
    if problem.details:
        body["details"] = problem.details
    return Rendered(problem.status, body)


def problem_of(error: Exception) -> Problem:
    """Any error as a problem; what nobody foresaw tells nothing of itself."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, BookingError):
        return of_engine(error)
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        return _of_framework(error)
    return internal()


def _of_validation(error: RequestValidationError) -> Problem:
    """Without the input: a password that is too short is still a password."""
    errors = [
        {
            "loc": [part if isinstance(part, int) else _clipped(part) for part in entry["loc"]],
            "msg": _clipped(entry["msg"]),
            "type": entry["type"],
        }
        for entry in error.errors()[:_MOST_ERRORS]
    ]
    return Problem(422, "VALIDATION_ERROR", "The request is not valid.", errors=errors)


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _of_framework(error: HTTPException) -> Problem:
    if error.status_code == 401:
        return not_authenticated(str(error.detail))
    if error.detail == _UNREADABLE:
        return invalid("The body is no valid JSON text.", "body", kind="json_invalid")
    code = _CODES.get(error.status_code, f"HTTP_{error.status_code}")
    return Problem(error.status_code, code, str(error.detail), dict(error.headers or {}))


class Renderers:
    """Which contract's shape an error gets, by the path asked for."""

    def __init__(self) -> None:
        self._by_prefix: ByPrefix[Renderer] = ByPrefix(detail_and_code)

    def add(self, prefixes: tuple[str, ...], renderer: Renderer) -> None:
        self._by_prefix.add(prefixes, renderer)

    def response(self, path: str, problem: Problem, now: datetime) -> Response:
        rendered = self._by_prefix.of(path)(problem, now)
        # Escaped to ASCII: a message may quote half a surrogate pair, which has no UTF-8 form.
        return Response(
            json.dumps(rendered.body, default=str),
            rendered.status,
            headers=dict(problem.headers),
            media_type="application/json",
        )


def install(app: FastAPI, renderers: Renderers) -> None:
    """Have the framework render through `renderers` whatever endpoints and it itself raise."""

    async def render(request: Request, error: Exception) -> Response:
        now = request.app.state.runtime.clock.now()
        return renderers.response(request.url.path, problem_of(error), now)

    for kind in (Problem, BookingError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, render)
