"""Errors as the admission contract words them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from booking_api.http.errors import Rendered
from booking_api.http.problems import Problem
from booking_api.openapi import described

_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
_MESSAGES = {
    "BOOKING_NOT_FOUND": "Booking not found",
    "EVENT_NOT_FOUND": "Event not found",
    "INVENTORY_NOT_FOUND": "Event not found",
    "USER_NOT_FOUND": "User not found",
}
_GIVEN_UP = frozenset({"cancelled", "released"})
# What is not valid is 400 here; 422 is a key that was used for another request.
_ALWAYS = (400, 422, 429, 503)


class AdmissionError(BaseModel):
    """The shape of an error in the admission contract."""

    error: str
    details: str | None = None


class SoldOutAnswer(AdmissionError):
    """Of a booking that asks for more than is left."""

    available_tickets: int | None = None
    requested_tickets: int | None = None


def render(problem: Problem, _: datetime) -> Rendered:
    if problem.code == "NOT_ENOUGH_PLACES":
        return Rendered(409, _insufficient(problem))
    if problem.code == "ILLEGAL_TRANSITION" and problem.details.get("current") in _GIVEN_UP:
        return Rendered(400, {"error": "Booking is already cancelled"})
    is_invalid = problem.status == 422 and problem.code != _KEY_REUSED
    body: dict[str, Any] = {"error": _MESSAGES.get(problem.code, problem.message)}
    details = _places(problem) if is_invalid else problem.code
    if problem.status not in (401, 404) and details:
        body["details"] = details
    return Rendered(400 if is_invalid else problem.status, body)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: its own error statuses, and those that every route has."""
    return described(AdmissionError, *statuses, *_ALWAYS)


WRITE = errors(401, 403, 404, 409, 413)
SALE = {**WRITE, **described(SoldOutAnswer, 409)}


def _insufficient(problem: Problem) -> dict[str, Any]:
    return {
        "error": "Insufficient tickets",
        "available_tickets": problem.details["available"],
        "requested_tickets": problem.details["requested"],
    }


def _places(problem: Problem) -> str:
    """Each field with what is wrong about it."""
    told = []
    for entry in problem.errors:
        place, *names = entry["loc"]
        told.append(f"{'.'.join(map(str, names)) or place}: {entry['msg']}")
    return "; ".join(told)
