"""`/console/<list>`: pages of everything there is, cut where the data lies."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query

from booking_api.calls import run
from booking_api.deps import Reader, System
from booking_api.fields import named_in
from booking_api.models import Text
from booking_api.openapi import errors
from booking_core.domain.listings import (
    LISTINGS,
    LONGEST_PAGE,
    LONGEST_SEARCH,
    Asked,
    Listing,
    Page,
)

router = APIRouter(prefix="/console", tags=["Console lists"])

Typed = Annotated[
    Text,
    Query(max_length=LONGEST_SEARCH, description="Words, and `field:value` of the list's fields."),
]
Order = Annotated[Text | None, Query(max_length=20)]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE)]
Offset = Annotated[int, Query(ge=0, lt=2**31)]
Endpoint = Callable[..., Awaitable[Page[Any]]]


def _endpoint(listing: Listing[Any]) -> Endpoint:
    async def page(
        _: Reader,
        system: System,
        *,
        text: Typed = "",
        sort: Order = None,
        backwards: bool = False,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Page[Any]:
        asked = Asked(text, sort, backwards, limit, offset)
        with named_in("query"):
            return await run(system.desk.page, listing, asked)

    return page


def _said(listing: Listing[Any]) -> str:
    parts = [f"Ordered by {', '.join(listing.sorts)}."]
    if listing.fields:
        parts.append(f"Fields to search: {', '.join(listing.fields)}.")
    return " ".join(parts)


for each in LISTINGS:
    router.add_api_route(
        f"/{each.name}",
        _endpoint(each),
        response_model=Page[each.line],  # type: ignore[name-defined]  # a value of ours, for FastAPI
        name=each.name,
        summary=each.name.capitalize(),
        description=_said(each),
        operation_id=f"console_{each.name}",
        responses=errors(401, 403),
    )
