"""Bases of request and response bodies, and of their fields."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    field_validator,
)

from booking_core.ids import is_storable


class Body(BaseModel):
    """A request body. Unknown fields are refused, so that nobody sets `role` or `status`."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _is_storable(cls, value: object) -> object:
        """Neither database stores every text that JSON can spell."""
        _require_storable(value)
        return value


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(from_attributes=True)


class ErrorAnswer(BaseModel):
    """The shape of an error in the trip and bus contracts."""

    detail: str | list[dict[str, Any]]
    code: str
    details: dict[str, Any] | None = None


def _require_storable(value: object) -> None:
    if isinstance(value, str):
        _storable(value)
    elif isinstance(value, list):
        for item in value:
            _require_storable(item)
    elif isinstance(value, dict):
        for item in (*value, *value.values()):
            _require_storable(item)


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("holds a character that cannot be stored")
    return text


def _instant(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# A time as the documents write it: `2024-01-15T10:30:00Z`, whole seconds.
Instant = Annotated[
    datetime,
    PlainSerializer(_instant, return_type=str, when_used="json"),
    Field(examples=["2024-01-15T10:30:00Z"]),
]
# Text that both databases can store.
Text = Annotated[str, AfterValidator(_storable)]
# The same without blanks around it, one to 200 characters.
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_storable),
]
