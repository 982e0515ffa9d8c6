"""Access tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA256, and nothing else.

Refresh tokens are no JWTs; the engine keeps them. That a token's session is still live is not
said by the token but asked of the database, for every request.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import jwt

from booking_core.ids import is_id, new_id
from booking_core.ports import Clock

_ALGORITHM = "HS256"
_ISSUER = "booking-engine"
_AUDIENCE = "booking-api"
_TYPE = "access"
_REQUIRED = ["aud", "exp", "iat", "iss", "jti", "sid", "sub", "typ"]
_REMEMBERED = 8_192
# RFC 7519 allows for clocks of servers that differ a little; ours for tokens from the future.
_LEEWAY = timedelta(seconds=30)


class InvalidToken(Exception):
    """Not a token of ours, or no longer good."""


class ExpiredToken(InvalidToken):
    """One of ours, whose time is over."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, its signature being right."""

    user_id: str
    session_id: str
    issued_at: datetime
    expires_at: datetime


class AccessTokens:
    """Issues access tokens and reads them back."""

    def __init__(self, key: bytes, clock: Clock, lifetime: timedelta) -> None:
        self._key = key
        self._clock = clock
        self.lifetime = lifetime
        # Checking a signature costs more than all else of a small request; tokens come back often.
        self._verified = lru_cache(_REMEMBERED)(self._verify)

    def issue(self, user_id: str, session_id: str) -> str:
        """A fresh token for a live session."""
        now = self._clock.now()
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": user_id,
            "sid": session_id,
            "jti": new_id(),
            "typ": _TYPE,
            "iat": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, token: str) -> Claims:
        """Raises InvalidToken, and ExpiredToken."""
        claims = self._verified(token)
        now = self._clock.now()
        if claims.issued_at > now + _LEEWAY:
            raise InvalidToken
        if claims.expires_at <= now:
            raise ExpiredToken
        return claims

    def _verify(self, token: str) -> Claims:
        """All but the time, which is judged anew each time and by our own clock."""
        try:
            found = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                options={
                    "require": _REQUIRED,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "strict_aud": True,
                },
            )
            return _claims(found)
        except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError) as error:
            raise InvalidToken from error


def _claims(found: dict[str, object]) -> Claims:
    user_id, session_id = found["sub"], found["sid"]
    if found["typ"] != _TYPE or not (is_id(user_id) and is_id(session_id)):
        raise InvalidToken
    return Claims(str(user_id), str(session_id), _time(found["iat"]), _time(found["exp"]))


def _time(seconds: object) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise InvalidToken
    return datetime.fromtimestamp(seconds, UTC)
