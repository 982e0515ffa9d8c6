"""`/api/users`: what somebody has booked."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request

from booking_api.calls import run
from booking_api.contracts.admission.errors import errors
from booking_api.contracts.admission.spelling import add_route
from booking_api.contracts.admission.views import Ticketed, ticketed_of
from booking_api.deps import SignedIn, System
from booking_api.fields import Page
from booking_api.http.problems import Problem
from booking_api.models import Answer
from booking_core.domain.accounts import user_not_found
from booking_core.domain.api_keys import Scope

router = APIRouter(prefix="/api/users", tags=["Admission"])

_PageSize = Annotated[int, Query(ge=1, le=100)]


class History(Answer):
    """`next` and `previous` are addresses of the pages beside this one."""

    count: int
    next: str | None
    previous: str | None
    results: list[Ticketed]


async def history(
    *,
    user_id: str,
    request: Request,
    who: SignedIn,
    system: System,
    page: Page = 1,
    page_size: _PageSize = 10,
) -> History:
    """Your bookings of events, newest first; an admin reads anybody's."""
    if user_id != who.user_id:
        if not who.may(Scope.READ):
            raise user_not_found(user_id)
        await run(system.accounts.get, user_id)
    found, count = await run(
        system.event_bookings.find,
        customer_id=user_id,
        limit=page_size,
        offset=(page - 1) * page_size,
    )
    if page > 1 and not found:
        raise Problem(404, "NOT_FOUND", "Invalid page.")
    return History(
        count=count,
        next=_address(request, page + 1) if page * page_size < count else None,
        previous=_address(request, page - 1) if page > 1 else None,
        results=[ticketed_of(one) for one in found],
    )


add_route(router, "GET", "/{user_id}/bookings/", history, responses=errors(401, 403, 404))


def _address(request: Request, page: int) -> str:
    """Of another page, of the size that was asked for."""
    asked: dict[str, Any] = {"page": page}
    if "page_size" in request.query_params:
        asked["page_size"] = request.query_params["page_size"]
    return str(request.url.replace(query=urlencode(asked)))
