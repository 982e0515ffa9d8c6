"""Who asks: from the headers of a request to a principal whose login is live."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope as AsgiScope

from booking_api.batching import Batched
from booking_api.http.problems import Problem, not_authenticated
from booking_api.tokens import AccessTokens, ExpiredToken, InvalidToken
from booking_core import BookingSystem
from booking_core.domain.accounts import Role, User
from booking_core.domain.api_keys import ApiKey, Scope

API_KEY_PREFIX = "bk_"
TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - an error's code
INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - an error's code


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who acts; `actor` goes into the activity log. A user has `user`, `user_id` and `session_id`,
    a program has `api_key`."""

    actor: str
    role: Role
    user_id: str | None = None
    session_id: str | None = None
    user: User | None = None
    api_key: ApiKey | None = None
    expires_at: datetime | None = None

    def may(self, scope: Scope) -> bool:
        """Whether this is an admin, or a program that was made for it."""
        if self.api_key is not None:
            return self.api_key.allows(scope)
        return self.role is Role.ADMIN


class Identities:
    """Finds principals. Every look-up asks the database, many of them in one query."""

    def __init__(self, system: BookingSystem, tokens: AccessTokens) -> None:
        self._tokens = tokens
        self._logins = Batched(system.logins.live, "booking-logins")
        self._keys = Batched(system.api_keys.verify_many, "booking-keys")
        self._opaque = Batched(system.logins.live_tokens, "booking-tokens")

    async def of_headers(self, headers: Mapping[str, str]) -> Principal | None:
        """Raises a 401 Problem for credentials that are no good; None without any."""
        credential = credential_of(headers)
        return None if credential is None else await self.of_credential(credential)

    async def of_credential(self, credential: str) -> Principal:
        """The principal of an access token or API key. Raises a 401 Problem."""
        if credential.startswith(API_KEY_PREFIX):
            return await self._of_key(credential)
        return await self.of_token(credential)

    async def of_token(self, token: str) -> Principal:
        """Raises a 401 Problem."""
        try:
            claims = self._tokens.read(token)
        except ExpiredToken:
            raise not_authenticated(_EXPIRED_MESSAGE, TOKEN_EXPIRED) from None
        except InvalidToken:
            raise invalid_token() from None
        found = await self.of_session(claims.session_id, claims.expires_at)
        if found.user_id != claims.user_id:
            raise invalid_token()
        return found

    async def of_session(self, session_id: str, expires_at: datetime | None) -> Principal:
        """Whose login this is, until `expires_at`. Raises a 401 Problem where it has ended."""
        user = await self._logins.get(session_id)
        if user is None:
            raise invalid_token()
        return Principal(
            actor=user.id,
            role=user.role,
            user_id=user.id,
            session_id=session_id,
            user=user,
            expires_at=expires_at,
        )

    async def of_opaque(self, token: str) -> Principal | None:
        """The principal of a token that stands for a session; None where it does no longer, or
        never did."""
        login = await self._opaque.get(token)
        if login is None:
            return None
        user = login.user
        return Principal(
            actor=user.id,
            role=user.role,
            user_id=user.id,
            session_id=login.session_id,
            user=user,
        )

    async def _of_key(self, secret: str) -> Principal:
        key = await self._keys.get(secret)
        if key is None:
            raise invalid_token()
        return Principal(actor=key.actor, role=Role.ADMIN, api_key=key, expires_at=key.expires_at)

    def close(self) -> None:
        self._logins.close()
        self._keys.close()
        self._opaque.close()


# How a contract finds out who asks, from the scope of a request. It raises a Problem for
# credentials that are no good.
Identify = Callable[[Identities, AsgiScope], Awaitable[Principal | None]]


async def by_headers(identities: Identities, scope: AsgiScope) -> Principal | None:
    """By `Authorization: Bearer …` or `X-API-Key`, and nothing that a browser sends by itself."""
    return await identities.of_headers(Headers(scope=scope))


def credential_of(headers: Mapping[str, str]) -> str | None:
    """What `Authorization: Bearer …` or `X-API-Key` carries. Raises a 401 Problem for a scheme
    that is not ours."""
    authorization = headers.get("authorization")
    if authorization is None:
        return headers.get("x-api-key") or None
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise not_authenticated()
    return credential.strip()


_EXPIRED_MESSAGE = "This token has expired. Refresh it, or log in again."


def invalid_token() -> Problem:
    return not_authenticated("This token is not valid, or no longer. Log in again.", INVALID_TOKEN)


def caller_of(scope: Mapping[str, Any]) -> Principal | Problem | None:
    """Who asks, as found before the request reached its route."""
    found: Principal | Problem | None = scope["state"].get("caller")
    return found
