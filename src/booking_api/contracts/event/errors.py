"""Errors in the event contract's envelope, by its document's codes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from fastapi import status as http
from pydantic import BaseModel

from booking_api.http.errors import Rendered
from booking_api.http.problems import Problem
from booking_api.models import Instant
from booking_api.openapi import described

VALIDATION = "VALIDATION_ERROR"
_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
# What the document calls by another name, and answers with another status.
_TRANSLATED: dict[str, tuple[str, int]] = {
    "INVALID_CREDENTIALS": ("AUTH_INVALID_CREDENTIALS", 401),
    "TOKEN_EXPIRED": ("AUTH_TOKEN_EXPIRED", 401),
    "INVALID_TOKEN": ("AUTH_INVALID_TOKEN", 401),
    "NOT_AUTHENTICATED": ("AUTH_INVALID_TOKEN", 401),
    "FORBIDDEN": ("AUTH_UNAUTHORIZED", 403),
    "SEAT_TAKEN": ("BOOKING_SEATS_UNAVAILABLE", 409),
    "NOT_ENOUGH_PLACES": ("EVENT_SOLD_OUT", 409),
    "NO_ADJACENT_SEATS": ("EVENT_SOLD_OUT", 409),
    "HOLD_EXPIRED": ("BOOKING_EXPIRED", 410),
    "INVENTORY_NOT_FOUND": ("EVENT_NOT_FOUND", 404),
    "PAYMENT_DECLINED": ("PAYMENT_FAILED", 402),
    "RATE_LIMITED": ("RATE_LIMIT_EXCEEDED", 429),
    "TOO_MANY_ATTEMPTS": ("RATE_LIMIT_EXCEEDED", 429),
    "INTERNAL_ERROR": ("SERVER_ERROR", 500),
    "CONSTRAINT_VIOLATED": ("SERVER_ERROR", 500),
}


# What is not valid is 400 here; 422 is a key that was used for another request.
_ALWAYS = (400, 422, 429, 503)
_GIVEN_UP = frozenset({"cancelled", "released"})


class ErrorInside(BaseModel):
    code: str
    message: str
    details: dict[str, Any]


class ErrorEnvelope(BaseModel):
    """The shape of an error in the event contract."""

    success: Literal[False]
    error: ErrorInside
    timestamp: Instant


def render(problem: Problem, now: datetime) -> Rendered:
    code, status = _translated(problem)
    shape = ErrorEnvelope(
        success=False,
        error=ErrorInside(code=code, message=problem.message, details=_details(problem)),
        timestamp=now,
    )
    return Rendered(status, shape.model_dump(mode="json"))


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: its own error statuses, and those that every route has."""
    return described(ErrorEnvelope, *statuses, *_ALWAYS)


OPEN = errors(404)
OWN = errors(401, 403, 404)
WRITE = errors(401, 403, 404, 409, 410, 413)
GUEST_WRITE = errors(401, 409, 413)


def _translated(problem: Problem) -> tuple[str, int]:
    if problem.status == http.HTTP_422_UNPROCESSABLE_CONTENT and problem.code != _KEY_REUSED:
        return VALIDATION, http.HTTP_400_BAD_REQUEST
    if problem.code == "ILLEGAL_TRANSITION" and problem.details.get("current") in _GIVEN_UP:
        return "BOOKING_ALREADY_CANCELLED", http.HTTP_409_CONFLICT
    return _TRANSLATED.get(problem.code, (problem.code, problem.status))


def _details(problem: Problem) -> dict[str, Any]:
    details: dict[str, Any] = dict(problem.details)
    if problem.errors:
        details["errors"] = [_told(entry) for entry in problem.errors]
    elif problem.field is not None:
        details["field"] = problem.field
    return details


def _told(entry: Mapping[str, Any]) -> dict[str, str]:
    place, *names = entry["loc"]
    return {
        "field": ".".join(str(name) for name in names) or str(place),
        "in": str(place),
        "message": entry["msg"],
    }
