"""What went wrong with a request, before any contract gives it its shape."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from booking_core.errors import (
    BadSignature,
    BookingError,
    ConstraintViolated,
    GatewayUnreachable,
    IdempotencyKeyReused,
    ImportFailed,
    InternalError,
    InvalidRequest,
    InvalidTicket,
    MailFailed,
    NotAuthenticated,
    NotFound,
    OtpInvalid,
    PaymentDeclined,
    PaymentRequired,
    Refused,
    StorageError,
    TooManyAttempts,
)

Headers = Mapping[str, str]

# The nearest class in an error's ancestry decides.
_STATUSES: dict[type[BookingError], int] = {
    BookingError: 409,
    InvalidRequest: 422,
    BadSignature: 400,
    NotAuthenticated: 401,
    NotFound: 404,
    Refused: 409,
    PaymentDeclined: 402,
    PaymentRequired: 402,
    IdempotencyKeyReused: 422,
    TooManyAttempts: 429,
    ImportFailed: 422,
    InvalidTicket: 422,
    OtpInvalid: 400,
    InternalError: 500,
    MailFailed: 503,
    GatewayUnreachable: 503,
    StorageError: 503,
    ConstraintViolated: 500,
}
_RETRY_SECONDS = 1
_PRIVATE_MESSAGE = (
    "The server failed on a defect of its own. Please report it, with the X-Request-ID."
)
_BUSY_MESSAGE = "This cannot be served right now. Try again in a moment."


@dataclasses.dataclass(eq=False)
class Problem(Exception):
    """An answer that is no success: raise it anywhere below the router.

    `errors` is for validation: `{"loc", "msg", "type"}` each. `details` may be shown to clients.
    """

    status: int
    code: str
    message: str
    headers: Headers = dataclasses.field(default_factory=dict)
    field: str | None = None
    errors: Sequence[Mapping[str, Any]] = ()
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"


def not_authenticated(
    message: str = "Log in, and send the access token: Authorization: Bearer …",
    code: str = "NOT_AUTHENTICATED",
) -> Problem:
    """401, with the challenge that it must carry."""
    return Problem(401, code, message, {"WWW-Authenticate": "Bearer"})


def forbidden(message: str = "This is not for you to do.") -> Problem:
    return Problem(403, "FORBIDDEN", message)


def not_found() -> Problem:
    """What an unknown path gets."""
    return Problem(404, "NOT_FOUND", "Not Found")


def too_many(message: str, retry_after: int, code: str = "RATE_LIMITED") -> Problem:
    """429; `retry_after` in seconds, at least one."""
    return Problem(429, code, message, {"Retry-After": str(max(1, retry_after))})


def busy(retry_after: int) -> Problem:
    """503 of a server that has too much to do; `retry_after` in seconds."""
    return Problem(503, "SERVER_BUSY", _BUSY_MESSAGE, {"Retry-After": str(retry_after)})


def invalid(message: str, *loc: str | int, kind: str = "value_error") -> Problem:
    """422 that names the place, as `invalid("…", "body", "seat_ids")`."""
    return Problem(
        422,
        "VALIDATION_ERROR",
        message,
        field=str(loc[-1]) if loc else None,
        errors=[{"loc": list(loc), "msg": message, "type": kind}],
    )


def internal() -> Problem:
    return Problem(500, "INTERNAL_ERROR", _PRIVATE_MESSAGE)


def of_engine(error: BookingError) -> Problem:
    """The one place where errors of the engine become statuses."""
    status = _status_of(error)
    if status >= 500:
        return _of_failure(error, status)
    if status == 422:
        return _of_invalid(error)
    headers = _headers_of(error, status)
    return Problem(
        status, error.code, error.message, headers, field=error.field, details=error.details
    )


def _status_of(error: BookingError) -> int:
    return next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)


def _of_failure(error: BookingError, status: int) -> Problem:
    """Messages of such errors are for operators: they name hosts and files."""
    if status == 503:
        return Problem(503, error.code, _BUSY_MESSAGE, {"Retry-After": str(_RETRY_SECONDS)})
    return Problem(status, error.code, _PRIVATE_MESSAGE)


def _of_invalid(error: BookingError) -> Problem:
    place = "header" if isinstance(error, IdempotencyKeyReused) else "body"
    loc = [place, error.field] if error.field else [place]
    entry = {"loc": loc, "msg": error.message, "type": error.code.lower()}
    return Problem(422, error.code, error.message, field=error.field, errors=[entry])


def _headers_of(error: BookingError, status: int) -> Headers:
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error.details or status == 429:
        headers["Retry-After"] = str(max(1, math.ceil(error.details.get("retry_after", 1))))
    return headers
