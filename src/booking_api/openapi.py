"""What `/docs` says: error responses as they are, tags in their order, headers of all."""

from typing import Any

from pydantic import BaseModel

from booking_api.models import ErrorAnswer

Schema = dict[str, Any]

DESCRIPTION = """
One engine, several public contracts, listed by tag. Accounts and tokens are shared: a token from
any login works everywhere. Send it as `Authorization: Bearer …`.

Every write takes an `Idempotency-Key`: the same key with the same body is answered the same for
24 hours, without being done again. Every answer carries an `X-Request-ID`, by which the server's
logs know the request.
"""

_MEANINGS = {
    400: "The request cannot be understood",
    401: "No valid token",
    402: "The payment was declined, or is still due",
    403: "Not for this role",
    404: "Absent, or somebody else's",
    409: "A rule or the present state says no; `code` says which",
    410: "It has expired",
    413: "The body is too large",
    422: "The request is not valid; the field is named",
    429: "Too many requests; see Retry-After",
    503: "Not now; see Retry-After",
}
# What any route may answer.
_ALWAYS = (422, 429, 503)
_REFERENCE = "#/components/schemas/{model}"
# Of errors, by name; no two may have the same.
_SHAPES: dict[str, type[BaseModel]] = {}


def _answer(shape: type[BaseModel], status: int) -> Schema:
    named = {"$ref": _REFERENCE.format(model=shape.__name__)}
    return {
        "description": _MEANINGS[status],
        "content": {"application/json": {"schema": named}},
    }


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: its own error statuses, and those that every route has."""
    return described(ErrorAnswer, *statuses, *_ALWAYS)


def described(shape: type[BaseModel], *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The same for errors of another shape, and for these statuses alone.

    By reference: given as a `model`, the framework would make a validator for each status of each
    route, more than a thousand in all, which no answer goes through. Raises ValueError for a shape
    whose name another has.
    """
    if _SHAPES.setdefault(shape.__name__, shape) is not shape:
        raise ValueError(f"there is another {shape.__name__}")
    return {status: _answer(shape, status) for status in sorted({*statuses})}


OPEN = errors(404)
"""Of a read that anybody may make."""
OWN = errors(401, 403, 404)
"""Of a read of one's own things."""
WRITE = errors(400, 401, 403, 404, 409, 413)
"""Of a write by somebody who is logged in."""

_WRITES = ("post", "put", "patch", "delete")
# Of every write, whatever its route says: another request under the same key is being served, and
# a body that is too large.
_OF_WRITES = (409, 413)
_HASTY = ("429", "503")

_PARAMETERS: Schema = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": (
            "A name of your choice for this write. Sent again with the same body within 24 hours, "
            "it gets the same answer and nothing is done twice; with another body 422. "
            "Answers that hold tokens are not kept."
        ),
        "schema": {"type": "string", "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
        "example": "7c1d5e0a-order-42",
    }
}
_HEADERS: Schema = {
    "RetryAfter": {
        "description": "In how many seconds to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "RequestId": {
        "description": "The request's name in the server's logs: yours, or a new one.",
        "required": True,
        "schema": {"type": "string", "maxLength": 128},
    },
}


def complete(schema: Schema) -> Schema:
    """Add what holds for all operations and needs nothing from a route. Changes `schema`."""
    parts = schema.setdefault("components", {})
    parts["parameters"] = {**parts.get("parameters", {}), **_PARAMETERS}
    parts["headers"] = {**parts.get("headers", {}), **_HEADERS}
    _add_shapes(parts.setdefault("schemas", {}))
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            if method in _WRITES:
                _complete_write(operation)
            for status, response in operation["responses"].items():
                response.setdefault("headers", {}).update(_headers_of(status))
    return schema


def _complete_write(operation: Schema) -> None:
    parameters = operation.setdefault("parameters", [])
    parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    for status in _OF_WRITES:
        operation["responses"].setdefault(str(status), _answer(ErrorAnswer, status))


def _headers_of(status: str) -> Schema:
    names = {"X-Request-ID": "RequestId"}
    if status in _HASTY:
        names["Retry-After"] = "RetryAfter"
    return {name: {"$ref": f"#/components/headers/{part}"} for name, part in names.items()}


def _add_shapes(schemas: Schema) -> None:
    """Of errors, with what they consist of."""
    for name, shape in _SHAPES.items():
        described_by = shape.model_json_schema(ref_template=_REFERENCE, mode="serialization")
        schemas.update(described_by.pop("$defs", {}))
        schemas[name] = described_by
