"""API keys: making, checking and revoking them."""

import hashlib
import re
import secrets
import string
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from booking_core.clock import SystemClock
from booking_core.domain.accounts import checked_name, checked_origin
from booking_core.domain.api_keys import ApiKey, Scope, api_key_not_found
from booking_core.engine.accounts import require_page
from booking_core.errors import InvalidRequest, StorageError
from booking_core.ids import is_id, new_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import activity, api_keys
from booking_core.storage.unit_of_work import writing

_ALPHABET = string.ascii_lowercase + string.digits
_SECRET = re.compile(r"bk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}")
_NOTED_EVERY = timedelta(minutes=1)


class ApiKeys:
    """Keys of programs. Thread-safe."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def create(
        self,
        name: str,
        scopes: Collection[Scope | str],
        created_by: str,
        expires_at: datetime | None = None,
        *,
        origin: str | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which is nowhere to be had again.

        `created_by` is the actor: a user's id, or `operator`. Raises InvalidRequest.
        """
        now = self._clock.now()
        prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        secret = f"bk_{prefix}_{secrets.token_urlsafe(32)}"
        key = ApiKey(
            id=new_id(),
            name=checked_name("name", name),
            prefix=prefix,
            scopes=_checked_scopes(scopes),
            created_by=created_by,
            created_at=now,
            expires_at=_checked_expiry(expires_at, now),
            revoked_at=None,
            last_used_at=None,
        )
        shown = {"name": key.name, "prefix": prefix, "scopes": list(map(str, key.scopes))}
        with writing(self._database) as connection:
            api_keys.add(connection, key, _digest(secret))
            activity.record(
                connection,
                at=now,
                actor=created_by,
                action="created",
                entity="api_key",
                entity_id=key.id,
                after=shown,
                origin=checked_origin(origin),
            )
        return key, secret

    def verify(self, secret: str) -> ApiKey | None:
        """The live key with this secret; when it was used last is noted to the minute."""
        return self.verify_many([secret]).get(secret)

    def verify_many(self, given: Collection[str]) -> dict[str, ApiKey]:
        """The live keys among these secrets, by secret: one query for all of them."""
        digests = {_digest(secret): secret for secret in given if _SECRET.fullmatch(secret)}
        if not digests:
            return {}
        with self._database.connect() as connection:
            found = api_keys.by_digests(connection, digests)
        now = self._clock.now()
        live = {digests[digest]: key for key, digest in found if key.is_live(now)}
        for key in live.values():
            self._note_use(key, now)
        return live

    def live(self, key_ids: Collection[str]) -> set[str]:
        """Which of these keys are live, by id: neither revoked nor expired."""
        asked = [key_id for key_id in key_ids if is_id(key_id)]
        if not asked:
            return set()
        with self._database.connect() as connection:
            found = api_keys.by_ids(connection, asked)
        now = self._clock.now()
        return {key.id for key in found if key.is_live(now)}

    def get(self, key_id: str) -> ApiKey:
        """Raises ApiKeyNotFound."""
        found = None
        if is_id(key_id):
            with self._database.connect() as connection:
                found = api_keys.by_id(connection, key_id)
        if found is None:
            raise api_key_not_found(key_id)
        return found

    def list(self, *, limit: int = 50, offset: int = 0) -> Sequence[ApiKey]:
        """Newest first, revoked and expired ones too."""
        require_page(limit, offset)
        with self._database.connect() as connection:
            return api_keys.page(connection, limit, offset)

    def revoke(self, key_id: str, *, actor: str, origin: str | None = None) -> ApiKey:
        """Put an end to a key, at once; a second time changes nothing. Raises ApiKeyNotFound."""
        self.get(key_id)
        now = self._clock.now()
        with writing(self._database) as connection:
            if api_keys.revoke(connection, key_id, now):
                activity.record(
                    connection,
                    at=now,
                    actor=actor,
                    action="revoked",
                    entity="api_key",
                    entity_id=key_id,
                    origin=checked_origin(origin),
                )
        return self.get(key_id)

    def _note_use(self, key: ApiKey, now: datetime) -> None:
        if key.last_used_at is not None and key.last_used_at > now - _NOTED_EVERY:
            return
        # A database too busy to note it does not make the key a wrong one.
        with suppress(StorageError), writing(self._database) as connection:
            api_keys.mark_used(connection, key.id, now, _NOTED_EVERY)


def _checked_scopes(scopes: Collection[Scope | str]) -> tuple[Scope, ...]:
    """In the order in which they are defined, each once."""
    known = set(Scope)
    if isinstance(scopes, str) or not scopes or not set(scopes) <= known:
        raise InvalidRequest(
            f"A key has one or more of the scopes {', '.join(Scope)}.", field="scopes"
        )
    return tuple(scope for scope in Scope if scope in scopes)


def _checked_expiry(expires_at: datetime | None, now: datetime) -> datetime | None:
    if expires_at is None:
        return None
    if expires_at.tzinfo is None or expires_at <= now:
        raise InvalidRequest("A key's end has a time zone and lies ahead.", field="expires_at")
    return expires_at.astimezone(UTC)


def _digest(secret: str) -> str:
    """SHA-256 suffices for 256 random bits. How long a search for it takes tells nothing of use:
    who learns how a digest begins still cannot make a secret for it."""
    return hashlib.sha256(secret.encode()).hexdigest()
