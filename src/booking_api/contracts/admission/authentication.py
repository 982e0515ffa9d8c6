"""Who asks, in the admission contract: `Authorization: Token …` or `Bearer …`, or a session cookie.

A browser sends cookies by itself, whoever's page asks it to. So they count in this contract alone,
and a write by session must show in `X-CSRFToken` what only a page of this site can read: the
cookie `csrftoken`, which follows from the session.
"""

import hashlib
import hmac

from starlette.requests import HTTPConnection
from starlette.types import Scope

from booking_api.http.problems import Problem
from booking_api.identity import Identities, Principal, invalid_token

SESSION_COOKIE, CSRF_COOKIE = "sessionid", "csrftoken"
_CSRF_HEADER = "x-csrftoken"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def identify(identities: Identities, scope: Scope) -> Principal | None:
    """Raises a Problem: 401 for credentials that are no good, 403 for a write by session without
    its CSRF token. A cookie of a session that is over counts as none: no browser drops it."""
    asked = HTTPConnection(scope)
    scheme, _, token = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "token":
        return await _by_token(identities, token.strip())
    who = await identities.of_headers(asked.headers)
    if who is not None:
        return who
    return await _by_session(identities, asked)


def csrf_token(key: bytes, session_id: str) -> str:
    """What belongs to a session; nobody else can make it."""
    return hmac.new(key, session_id.encode(), hashlib.sha256).hexdigest()


async def _by_token(identities: Identities, token: str) -> Principal:
    who = await identities.of_opaque(token) if token else None
    if who is None:
        raise invalid_token()
    return who


async def _by_session(identities: Identities, asked: HTTPConnection) -> Principal | None:
    cookie = asked.cookies.get(SESSION_COOKIE)
    who = await identities.of_opaque(cookie) if cookie else None
    if who is not None and asked.scope["method"] not in _SAFE:
        _require_csrf_token(asked, who)
    return who


def _require_csrf_token(asked: HTTPConnection, who: Principal) -> None:
    key: bytes = asked.app.state.runtime.csrf_key
    expected = csrf_token(key, who.session_id or "").encode()
    shown = asked.headers.get(_CSRF_HEADER, "").encode()
    cookie = asked.cookies.get(CSRF_COOKIE, "").encode()
    if not (hmac.compare_digest(shown, cookie) & hmac.compare_digest(shown, expected)):
        raise Problem(
            403,
            "CSRF_FAILED",
            f"Send what the cookie {CSRF_COOKIE} holds in the header X-CSRFToken.",
        )
