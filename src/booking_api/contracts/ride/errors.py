"""Errors as the ride contract's document has them: `{"success": false, "message", "code"}`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict

from booking_api.http.errors import Rendered
from booking_api.http.problems import Problem
from booking_api.models import Answer
from booking_api.openapi import described
from booking_core.errors import IdempotencyKeyReused

# Of what is wrong with a request the message names these; `errors` has all.
_MOST_NAMED = 3
# What any route may answer.
_ALWAYS = (400, 422, 429, 503)

UNAUTHENTICATED = "Invalid or expired token."
MALFORMED = "Malformed WebSocket request."


class RideError(Answer):
    """`errors` are there where a request is not valid; some codes bring more, as `attempts_left`
    with OTP_INVALID."""

    model_config = ConfigDict(extra="allow")

    success: Literal[False] = False
    message: str
    code: str
    errors: list[dict[str, Any]] | None = None


def render(problem: Problem, _: datetime | None = None) -> Rendered:
    """What is not valid is 400; what a program may want of an error stands beside its code."""
    body: dict[str, Any] = {
        "success": False,
        "message": _message(problem),
        "code": problem.code,
    }
    body |= {name: value for name, value in problem.details.items() if name not in body}
    if problem.errors:
        body["errors"] = list(problem.errors)
    return Rendered(_status(problem), body)


def render_refusal(problem: Problem, _: datetime | None = None) -> Rendered:
    """The same of a handshake, whose messages are given."""
    rendered = render(problem)
    messages = {401: UNAUTHENTICATED, 400: MALFORMED}
    message = messages.get(rendered.status, rendered.body["message"])
    return Rendered(rendered.status, {**rendered.body, "message": message})


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: its own error statuses, and those that every route has."""
    found = described(RideError, *statuses, *_ALWAYS)
    found[422]["description"] = "The Idempotency-Key was used for another request"
    return found


OWN = errors(401, 403, 404)
WRITE = errors(401, 403, 404, 409, 413)


def _status(problem: Problem) -> int:
    is_invalid = problem.status == 422 and problem.code != IdempotencyKeyReused.code
    return 400 if is_invalid else problem.status


def _message(problem: Problem) -> str:
    named = [_named(entry) for entry in problem.errors[:_MOST_NAMED]]
    return "; ".join(named) or problem.message


def _named(entry: Mapping[str, Any]) -> str:
    """With the field in front, where one is meant and not named yet."""
    field, text = ".".join(map(str, entry["loc"][1:])), str(entry["msg"])
    return text if not field or field in text else f"{field}: {text}"
