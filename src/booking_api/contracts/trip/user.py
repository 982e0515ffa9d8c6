"""`/user`: one's own profile."""

from fastapi import APIRouter

from booking_api import accounts
from booking_api.deps import Customer, Repeat, System, user_id_of
from booking_api.openapi import errors
from booking_core.domain.accounts import User

router = APIRouter(prefix="/user", tags=["User"])


@router.get("/me", response_model=accounts.Profile, responses=errors(401, 403))
async def me(who: Customer, system: System) -> User:
    """Who you are."""
    return await accounts.profile_of(system, who, user_id_of(who))


@router.put("/me", response_model=accounts.Profile, responses=errors(401, 403))
async def change_me(
    asked: accounts.ProfileChange, who: Customer, system: System, call: Repeat
) -> User:
    """Change your name or telephone number."""
    return await accounts.change_profile(system, who, user_id_of(who), asked, call)
