"""Fields of requests that mean the same in several contracts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime, BeforeValidator, Field

from booking_api.http.problems import Problem, invalid
from booking_api.models import Line
from booking_core.errors import InvalidRequest
from booking_core.money import to_minor


def _written_out(value: object) -> object:
    """A number is no date, though pydantic would count seconds from 1970."""
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, date):
        return value
    raise ValueError("write a date as YYYY-MM-DD")


def _text_only(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError("write a time as YYYY-MM-DDThh:mm:ssZ")  # noqa: TRY004 - pydantic wants it
    return value


# `2024-01-20`.
Day = Annotated[date, BeforeValidator(_written_out), Query(examples=["2024-01-20"])]
# `2024-01-20T08:00:00Z`, or with another offset from UTC.
TimeIn = Annotated[
    AwareDatetime, BeforeValidator(_text_only), Field(examples=["2024-01-20T08:00:00Z"])
]
City = Annotated[Line, Field(max_length=100, examples=["Mumbai"])]
# The two ends of the part of a departure that is meant; all of it without them.
Boarding = Annotated[City | None, Query(description="Board here instead of at the first stop.")]
Leaving = Annotated[City | None, Query(description="Leave here instead of at the last stop.")]
Page = Annotated[int, Query(ge=1, le=1_000_000)]
PerPage = Annotated[int, Query(ge=1, le=100)]


def minor(amount: Decimal, currency: str, field: str) -> int:
    """Minor units of an amount in a body. Raises a 422 Problem for a fraction that the currency
    does not know."""
    try:
        return to_minor(amount, currency)
    except ValueError:
        raise invalid(f"{currency} knows no such fraction.", "body", field) from None


@contextmanager
def named_in(place: str, **names: str) -> Iterator[None]:
    """Within, what the engine finds wrong is said of the client's own fields: they stand in
    `place` (`query`, `body`), and `names` translates those that are called otherwise there."""
    try:
        yield
    except InvalidRequest as error:
        raise _renamed(error, place, names) from error


def _renamed(error: InvalidRequest, place: str, names: dict[str, str]) -> Problem:
    field = names.get(error.field or "", error.field)
    entry: dict[str, Any] = {
        "loc": [place] if field is None else [place, field],
        "msg": error.message,
        "type": error.code.lower(),
    }
    return Problem(422, error.code, error.message, field=field, errors=[entry])
