"""`/api/v1/auth`: accounts and logins."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, SecretStr

from booking_api import accounts
from booking_api.contracts.event.envelope import Now, Success
from booking_api.contracts.event.errors import GUEST_WRITE, WRITE
from booking_api.contracts.event.people import FullName, Phone, UserView, names_of, user_of
from booking_api.deps import Customer, NeverStored, Repeat, Runtime, System
from booking_api.models import Answer, Body

router = APIRouter(prefix="/api/v1/auth", tags=["Event: authentication"])


class Register(Body):
    email: Annotated[str, Field(max_length=320, examples=["user@example.com"])]
    password: Annotated[SecretStr, Field(max_length=1_000, examples=["SecurePass123!"])]
    full_name: FullName
    phone: Phone | None = None


class Registered(accounts.Tokens):
    user: UserView


class LoggedOut(Answer):
    logged_out: bool = True


@router.post("/register", status_code=201, dependencies=[NeverStored], responses=GUEST_WRITE)
async def register(
    asked: Register, runtime: Runtime, call: Repeat, now: Now
) -> Success[Registered]:
    """Register a user, who is logged in at once."""
    first_name, last_name = names_of(asked.full_name)
    registration = accounts.Registration(
        email=asked.email,
        password=asked.password,
        first_name=first_name,
        last_name=last_name,
        phone_number=asked.phone,
    )
    user = await accounts.register(runtime.system, registration, call)
    credentials = accounts.Credentials(email=asked.email, password=asked.password)
    tokens = await accounts.log_in(runtime, credentials, call)
    return Success[Registered](
        data=Registered(**tokens.model_dump(), user=user_of(user)),
        message="Registration successful",
        timestamp=now,
    )


@router.post("/login", dependencies=[NeverStored], responses=GUEST_WRITE)
async def login(
    asked: accounts.Credentials, runtime: Runtime, call: Repeat, now: Now
) -> Success[accounts.Tokens]:
    """Exchange credentials for an access token and a refresh token."""
    tokens = await accounts.log_in(runtime, asked, call)
    return Success[accounts.Tokens](data=tokens, message="Login successful", timestamp=now)


@router.post("/refresh", dependencies=[NeverStored], responses=GUEST_WRITE)
async def refresh(
    asked: accounts.Renewal, runtime: Runtime, call: Repeat, now: Now
) -> Success[accounts.Tokens]:
    """Exchange a refresh token for new tokens. It works once."""
    tokens = await accounts.renew(runtime, asked, call)
    return Success[accounts.Tokens](data=tokens, timestamp=now)


@router.post("/logout", responses=WRITE)
async def logout(who: Customer, system: System, call: Repeat, now: Now) -> Success[LoggedOut]:
    """End the session of the token that is sent, at once and everywhere."""
    await accounts.log_out(system, who, call)
    return Success[LoggedOut](data=LoggedOut(), message="You are logged out.", timestamp=now)
