"""`/api/auth`: tokens for programs, sessions for browsers."""

from fastapi import APIRouter, Response
from pydantic import Field

from booking_api import accounts
from booking_api.calls import run_slow
from booking_api.contracts.admission.authentication import (
    CSRF_COOKIE,
    SESSION_COOKIE,
    csrf_token,
)
from booking_api.contracts.admission.errors import WRITE, errors
from booking_api.contracts.admission.spelling import add_route
from booking_api.deps import Call, Customer, NeverStored, Repeat, Runtime
from booking_api.models import Answer
from booking_core.domain.accounts import TokenLogin

router = APIRouter(prefix="/api/auth", tags=["Admission"])

# Where the session counts; the other cookie is read by pages, wherever they are.
_PATH = "/api"


class TokenAnswer(Answer):
    """Send it as `Authorization: Token …`."""

    token: str = Field(examples=["h1R0…"])


class LoggedIn(Answer):
    """The session is in the cookie `sessionid`; writes need what the cookie `csrftoken` holds in
    the header `X-CSRFToken`."""

    user_id: str


async def token(asked: accounts.Credentials, runtime: Runtime, call: Repeat) -> TokenAnswer:
    """Exchange credentials for a token. It is good until it is logged out, 30 days at most."""
    login = await _begin(asked, runtime, call)
    return TokenAnswer(token=login.token)


async def log_in(
    asked: accounts.Credentials, runtime: Runtime, call: Repeat, response: Response
) -> LoggedIn:
    """Begin a browser's session."""
    login = await _begin(asked, runtime, call)
    seconds = int((login.expires_at - runtime.clock.now()).total_seconds())
    is_secure = runtime.settings.is_production
    response.set_cookie(
        SESSION_COOKIE,
        login.token,
        max_age=seconds,
        path=_PATH,
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )
    response.set_cookie(
        CSRF_COOKIE,
        csrf_token(runtime.csrf_key, login.session_id),
        max_age=seconds,
        secure=is_secure,
        samesite="lax",
    )
    return LoggedIn(user_id=login.user.id)


async def log_out(
    who: Customer, runtime: Runtime, call: Repeat, response: Response
) -> accounts.LoggedOut:
    """End the session that the token or the cookie stands for."""
    answer = await accounts.log_out(runtime.system, who, call)
    response.delete_cookie(SESSION_COOKIE, path=_PATH)
    response.delete_cookie(CSRF_COOKIE)
    return answer


_GUEST = {"dependencies": [NeverStored], "responses": errors(401, 409, 413)}
add_route(router, "POST", "/token/", token, **_GUEST)
add_route(router, "POST", "/login/", log_in, **_GUEST)
add_route(router, "POST", "/logout/", log_out, responses=WRITE)


async def _begin(asked: accounts.Credentials, runtime: Runtime, call: Call) -> TokenLogin:
    """Raises InvalidCredentials, TooManyAttempts."""
    password = asked.password.get_secret_value()
    logins = runtime.system.logins
    return await run_slow(logins.login_with_token, asked.email, password, call.origin)
