"""Bases of request and response bodies, and of their fields."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from booking_core.ids import is_storable

# No body has as many. Each that is unknown would be told of, at a cost a thousand times that of
# sending it.
_MOST_FIELDS = 64


class Body(BaseModel):
    """A request body. Unknown fields are refused, so that nobody sets `role` or `status`."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _has_few_fields(cls, given: object) -> object:
        if isinstance(given, dict) and len(given) > _MOST_FIELDS:
            raise ValueError(f"has more than {_MOST_FIELDS} fields")
        return given

    @field_validator("*", mode="after")
    @classmethod
    def _is_storable(cls, value: object) -> object:
        """Neither database stores every text that JSON can spell. Looked at last, when it is known
        to be no longer than it may be."""
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
    """Without recursion, for JSON may be nested deeper than that goes."""
    unseen = [value]
    while unseen:
        part = unseen.pop()
        if isinstance(part, str):
            _storable(part)
        elif isinstance(part, SecretStr):
            _storable(part.get_secret_value())
        elif isinstance(part, list):
            unseen += part
        elif isinstance(part, dict):
            unseen += [*part, *part.values()]


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
