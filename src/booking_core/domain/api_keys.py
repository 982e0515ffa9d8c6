"""API keys: programs that may act, and what each may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from booking_core.errors import ApiKeyNotFound


class Scope(StrEnum):
    """What a key may do. Every scope includes reading what it is about.

    - `admin`: everything an administrator may
    - `read`: read whatever an administrator may, but for tickets; change nothing
    - `gate`: look tickets up and check them in
    - `inventory`: create and change routes, buses, schedules and events, put them on or off sale
    - `bookings`: hold, extend, release, confirm and cancel for any customer
    """

    ADMIN = "admin"
    READ = "read"
    GATE = "gate"
    INVENTORY = "inventory"
    BOOKINGS = "bookings"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be shown. Its secret is known to whoever it was made for, and to nobody else;
    `prefix` is the part of it that tells keys apart."""

    id: str
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @property
    def actor(self) -> str:
        """Who acts, for the activity log."""
        return f"apikey:{self.id}"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    def allows(self, scope: Scope) -> bool:
        """Whether the key may do what `scope` stands for."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; times are ISO 8601."""
        return {
            "id": self.id,
            "name": self.name,
            "prefix": self.prefix,
            "scopes": [str(scope) for scope in self.scopes],
            "created_by": self.created_by,
            "created_at": self.created_at.isoformat(),
            "expires_at": _text(self.expires_at),
            "revoked_at": _text(self.revoked_at),
            "last_used_at": _text(self.last_used_at),
        }


def api_key_not_found(key_id: str) -> ApiKeyNotFound:
    return ApiKeyNotFound(f"There is no API key {key_id}.", field="key_id")


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
