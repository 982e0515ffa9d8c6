"""What `/docs` says: error responses as they are, tags in their order."""

from typing import Any

from booking_api.models import ErrorAnswer

DESCRIPTION = """
One engine, several public contracts, listed by tag. Accounts and tokens are shared: a token from
any login works everywhere. Send it as `Authorization: Bearer …`.

Every write takes an `Idempotency-Key`: the same key with the same body is answered the same for
24 hours, without being done again.
"""

_MEANINGS = {
    400: "The request cannot be understood",
    401: "No valid token",
    402: "The payment was declined, or is still due",
    403: "Not for this role",
    404: "Absent, or somebody else's",
    409: "A rule or the present state says no; `code` says which",
    413: "The body is too large",
    422: "The request is not valid; the field is named",
    429: "Too many requests; see Retry-After",
    503: "Not now; see Retry-After",
}
# What any route may answer.
_ALWAYS = (422, 429, 503)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: its own error statuses, and those that every route has."""
    return {
        status: {"model": ErrorAnswer, "description": _MEANINGS[status]}
        for status in sorted({*statuses, *_ALWAYS})
    }


OPEN = errors(404)
"""Of a read that anybody may make."""
OWN = errors(401, 403, 404)
"""Of a read of one's own things."""
WRITE = errors(400, 401, 403, 404, 409, 413)
"""Of a write by somebody who is logged in."""
