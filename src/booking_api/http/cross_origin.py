"""Which pages of other origins may use the server from a browser."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from booking_api.settings import Settings

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ASKED = ("Authorization", "Content-Type", "Idempotency-Key", "X-API-Key", "X-Request-ID")
_ANSWERED = (
    "ETag",
    "Idempotency-Replayed",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "X-Request-ID",
)


def cross_origin(settings: Settings) -> list[Middleware]:
    """Nothing, unless the settings name origins."""
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=settings.cors_credentials,
            allow_methods=_METHODS,
            allow_headers=_ASKED,
            expose_headers=_ANSWERED,
        )
    ]
