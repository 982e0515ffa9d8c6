"""`/users`: accounts, logins and profiles."""

from fastapi import APIRouter

from booking_api import accounts
from booking_api.deps import Customer, NeverStored, Repeat, Runtime, SignedIn, System
from booking_api.openapi import errors
from booking_core.domain.accounts import User

router = APIRouter(prefix="/users", tags=["User Management"])


@router.post(
    "/register", status_code=201, response_model=accounts.Registered, responses=errors(409)
)
async def register(asked: accounts.Registration, system: System, call: Repeat) -> User:
    """Register a new user account."""
    return await accounts.register(system, asked, call)


@router.post("/login", dependencies=[NeverStored], responses=errors(401))
async def login(asked: accounts.Credentials, runtime: Runtime, call: Repeat) -> accounts.Tokens:
    """Authenticate and receive an access token."""
    return await accounts.log_in(runtime, asked, call)


@router.post("/refresh", dependencies=[NeverStored], responses=errors(401))
async def refresh(asked: accounts.Renewal, runtime: Runtime, call: Repeat) -> accounts.Tokens:
    """Exchange a refresh token for new tokens. It works once."""
    return await accounts.renew(runtime, asked, call)


@router.post("/logout", responses=errors(401, 403))
async def logout(who: Customer, system: System, call: Repeat) -> accounts.LoggedOut:
    """End the session of the token that is sent, at once and everywhere."""
    return await accounts.log_out(system, who, call)


@router.get("/{user_id}/profile", response_model=accounts.Profile, responses=errors(401, 404))
async def profile(user_id: str, who: SignedIn, system: System) -> User:
    """Your profile; an admin reads any."""
    return await accounts.profile_of(system, who, user_id)


@router.put("/{user_id}/profile", response_model=accounts.Profile, responses=errors(401, 404))
async def change_profile(
    user_id: str, asked: accounts.ProfileChange, who: SignedIn, system: System, call: Repeat
) -> User:
    """Change a name or telephone number."""
    return await accounts.change_profile(system, who, user_id, asked, call)
