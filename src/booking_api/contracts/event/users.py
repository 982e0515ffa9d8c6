"""`/api/v1/users`: one's own profile and bookings."""

from typing import Any

from fastapi import APIRouter

from booking_api import accounts
from booking_api.amounts import AmountOut, major
from booking_api.calls import run
from booking_api.contracts.event.booking_views import BookingView, booking_of
from booking_api.contracts.event.envelope import Listing, Now, Pagination, Success
from booking_api.contracts.event.errors import OWN, WRITE
from booking_api.contracts.event.people import FullName, Phone, UserView, names_of, user_of
from booking_api.deps import Customer, Repeat, System, user_id_of
from booking_api.fields import Page, PerPage
from booking_api.models import Answer, Body
from booking_core import BookingSystem
from booking_core.domain.accounts import User
from booking_core.domain.event_bookings import EventBookingStatus

router = APIRouter(prefix="/api/v1/users", tags=["Event: users"])


class ProfileChange(Body):
    """What is left out stays as it is; an empty telephone number removes it."""

    full_name: FullName | None = None
    phone: Phone | None = None


class Stats(Answer):
    """`total_spent` is net of refunds, in `currency`; what was spent in others, too, stands in
    `spent`."""

    total_bookings: int
    upcoming_events: int
    total_spent: AmountOut
    currency: str
    spent: dict[str, AmountOut]


class Profile(UserView):
    phone: str | None
    stats: Stats


@router.get("/profile", responses=OWN)
async def profile(who: Customer, system: System, now: Now) -> Success[Profile]:
    """Who you are, and what you have booked."""
    user = await accounts.profile_of(system, who, user_id_of(who))
    return Success[Profile](data=await run(_profile, system, user), timestamp=now)


@router.put("/profile", responses=WRITE)
async def change_profile(
    asked: ProfileChange, who: Customer, system: System, call: Repeat, now: Now
) -> Success[Profile]:
    """Change your name or telephone number."""
    change = accounts.ProfileChange(**_changed(asked))
    user = await accounts.change_profile(system, who, user_id_of(who), change, call)
    return Success[Profile](
        data=await run(_profile, system, user), message="Profile updated", timestamp=now
    )


@router.get("/bookings", responses=OWN)
async def bookings(
    *,
    who: Customer,
    system: System,
    now: Now,
    status: EventBookingStatus | None = None,
    page: Page = 1,
    per_page: PerPage = 20,
) -> Listing[BookingView]:
    """Your bookings of events, newest first."""
    found, total = await run(
        system.event_bookings.find,
        customer_id=user_id_of(who),
        status=status,
        limit=per_page,
        offset=(page - 1) * per_page,
    )
    return Listing[BookingView](
        data=[booking_of(one) for one in found],
        pagination=Pagination.of(page, per_page, total),
        timestamp=now,
    )


def _changed(asked: ProfileChange) -> dict[str, Any]:
    changes: dict[str, Any] = {"phone_number": asked.phone}
    if asked.full_name is not None:
        changes["first_name"], changes["last_name"] = names_of(asked.full_name)
    return changes


def _profile(system: BookingSystem, user: User) -> Profile:
    stats = system.event_bookings.stats(user.id)
    return Profile(
        **user_of(user).model_dump(),
        phone=user.phone_number,
        stats=Stats(
            total_bookings=stats.total_bookings,
            upcoming_events=stats.upcoming_events,
            total_spent=major(stats.total_spent.get(stats.main_currency, 0), stats.main_currency),
            currency=stats.main_currency,
            spent={code: major(spent, code) for code, spent in stats.total_spent.items()},
        ),
    )
