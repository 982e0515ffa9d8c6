"""Accounts and logins as every contract offers them, each under paths of its own."""

from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from booking_api.calls import run, run_slow
from booking_api.deps import Call
from booking_api.identity import Principal
from booking_api.models import Answer, Body, Instant
from booking_api.runtime import Runtime
from booking_core import BookingSystem
from booking_core.domain.accounts import Login, Role, User, user_not_found
from booking_core.domain.api_keys import Scope

_EMAIL = Annotated[str, Field(max_length=320, examples=["john.doe@example.com"])]
_NAME = Annotated[str, Field(max_length=100)]
_PHONE = Annotated[str, Field(max_length=40, examples=["1234567890"])]
_PASSWORD = Annotated[SecretStr, Field(max_length=1_000, examples=["SecurePass123"])]


class Registration(Body):
    """A new account. Without a first name it is called by its address."""

    email: _EMAIL
    password: _PASSWORD
    first_name: _NAME | None = Field(default=None, examples=["John"])
    last_name: _NAME | None = Field(default=None, examples=["Doe"])
    phone_number: _PHONE | None = None


class Credentials(Body):
    email: _EMAIL
    password: _PASSWORD


class Renewal(Body):
    """A refresh token works once; the answer brings the next."""

    refresh_token: Annotated[SecretStr, Field(max_length=1_000)]


class ProfileChange(Body):
    """What is left out stays as it is; an empty telephone number removes it."""

    first_name: _NAME | None = None
    last_name: _NAME | None = None
    phone_number: _PHONE | None = None


class Registered(Answer):
    """An account just made, in the words of the bus contract's document."""

    id: str = Field(examples=["550e8400-e29b-41d4-a716-446655440000"])
    email: str = Field(examples=["john.doe@example.com"])
    first_name: str = Field(examples=["John"])
    last_name: str = Field(examples=["Doe"])
    role: Role
    is_active: bool
    created_at: Instant


class Profile(Registered):
    phone_number: str | None = Field(examples=["1234567890"])


class Tokens(Answer):
    """`expires_in` is the access token's, in seconds."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..."])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a scheme's name
    user_id: str = Field(examples=["550e8400-e29b-41d4-a716-446655440000"])
    refresh_token: str
    expires_in: int = Field(examples=[1800])


class LoggedOut(Answer):
    message: str = "You are logged out."


async def register(system: BookingSystem, asked: Registration, call: Call) -> User:
    """Raises EmailTaken, InvalidRequest."""
    return await run_slow(
        system.accounts.register,
        asked.email,
        asked.password.get_secret_value(),
        asked.first_name or asked.email.strip().partition("@")[0][:100],
        asked.last_name or "",
        phone_number=asked.phone_number,
        origin=call.origin,
    )


async def log_in(runtime: Runtime, asked: Credentials, call: Call) -> Tokens:
    """Raises InvalidCredentials, TooManyAttempts."""
    password = asked.password.get_secret_value()
    login = await run_slow(runtime.system.logins.login, asked.email, password, call.origin)
    return _tokens(runtime, login)


async def renew(runtime: Runtime, asked: Renewal, call: Call) -> Tokens:
    """Raises InvalidToken."""
    token = asked.refresh_token.get_secret_value()
    login = await run(runtime.system.logins.refresh, token, call.origin)
    return _tokens(runtime, login)


async def log_out(system: BookingSystem, who: Principal, call: Call) -> LoggedOut:
    """Ends the session of the token that was sent, at once and everywhere."""
    if who.session_id is not None:
        await run(system.logins.logout, who.session_id, origin=call.origin)
    return LoggedOut()


async def profile_of(system: BookingSystem, who: Principal, user_id: str) -> User:
    """One's own; for who may read everything, anybody's. Raises UserNotFound."""
    if who.user is not None and who.user.id == user_id:
        # Read just now, to find out who asks.
        return who.user
    if not who.may(Scope.READ):
        raise user_not_found(user_id)
    return await run(system.accounts.get, user_id)


async def change_profile(
    system: BookingSystem, who: Principal, user_id: str, asked: ProfileChange, call: Call
) -> User:
    """One's own; for an admin, anybody's. Raises UserNotFound, InvalidRequest."""
    if who.user_id != user_id and not who.may(Scope.ADMIN):
        raise user_not_found(user_id)
    changes: dict[str, Any] = asked.model_dump(exclude_none=True)
    return await run(
        system.accounts.update_profile, user_id, actor=who.actor, origin=call.origin, **changes
    )


def _tokens(runtime: Runtime, login: Login) -> Tokens:
    return Tokens(
        access_token=runtime.tokens.issue(login.user.id, login.session_id),
        user_id=login.user.id,
        refresh_token=login.refresh_token,
        expires_in=int(runtime.tokens.lifetime.total_seconds()),
    )
