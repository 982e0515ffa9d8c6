"""`/auth`: accounts and logins."""

from fastapi import APIRouter

from booking_api import accounts
from booking_api.deps import Customer, NeverStored, Repeat, Runtime, System
from booking_api.openapi import errors
from booking_core.domain.accounts import User

router = APIRouter(prefix="/auth", tags=["Authentication"])


@router.post("/register", response_model=accounts.Profile, responses=errors(409))
async def register(asked: accounts.Registration, system: System, call: Repeat) -> User:
    """Create a new user account."""
    return await accounts.register(system, asked, call)


@router.post("/login", dependencies=[NeverStored], responses=errors(401))
async def login(asked: accounts.Credentials, runtime: Runtime, call: Repeat) -> accounts.Tokens:
    """Exchange credentials for an access token and a refresh token."""
    return await accounts.log_in(runtime, asked, call)


@router.post("/refresh", dependencies=[NeverStored], responses=errors(401))
async def refresh(asked: accounts.Renewal, runtime: Runtime, call: Repeat) -> accounts.Tokens:
    """Exchange a refresh token for new tokens. It works once."""
    return await accounts.renew(runtime, asked, call)


@router.post("/logout", responses=errors(401, 403))
async def logout(who: Customer, system: System, call: Repeat) -> accounts.LoggedOut:
    """Invalidate the session of the token that is sent, at once and everywhere."""
    return await accounts.log_out(system, who, call)
