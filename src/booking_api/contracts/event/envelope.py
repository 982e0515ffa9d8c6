"""The envelope of every answer of the event contract."""

from datetime import datetime
from typing import Annotated, Generic, Literal, Self, TypeVar

from fastapi import Depends, Request
from pydantic import Field

from booking_api.models import Answer, Instant

T = TypeVar("T")


async def now_of(request: Request) -> datetime:
    now: datetime = request.app.state.runtime.clock.now()
    return now


# When an answer was made.
Now = Annotated[datetime, Depends(now_of)]


class Success(Answer, Generic[T]):
    """What was asked for, or what was done."""

    success: Literal[True] = True
    data: T
    message: str = Field(default="Operation successful")
    timestamp: Instant


class Pagination(Answer):
    page: int
    per_page: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool

    @classmethod
    def of(cls, page: int, per_page: int, total: int) -> Self:
        total_pages = -(-total // per_page)
        return cls(
            page=page,
            per_page=per_page,
            total=total,
            total_pages=total_pages,
            has_next=page < total_pages,
            has_prev=page > 1,
        )


class Listing(Answer, Generic[T]):
    """One page of many."""

    success: Literal[True] = True
    data: list[T]
    pagination: Pagination
    timestamp: Instant
