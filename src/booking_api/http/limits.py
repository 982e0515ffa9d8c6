"""How many requests an address and a user may make."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.types import ASGIApp, Receive, Scope, Send

from booking_api.http.counters import ProcessCounters
from booking_api.http.prefixes import ByPrefix
from booking_api.http.problems import too_many
from booking_api.http.rate_classes import Classify, RateClass
from booking_api.identity import Principal
from booking_api.settings import RATE_LIMIT_OFF, Settings
from booking_core.domain.networks import network_of
from booking_core.ports import Clock

# Who watches over a server does it often, and from one address.
_UNLIMITED = frozenset({"/healthz", "/readyz", "/metrics"})
# No request waits longer than this for Redis, and after one has, none does for a while.
_SECONDS_FOR_REDIS = 0.5
_SECONDS_WITHOUT_REDIS = 2.0


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit, and whose it is: `("default", "address", "192.0.2.1")`."""

    item: RateLimitItem
    whose: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of the scarcest quota, and in how many seconds it is whole again."""

    limit: int
    remaining: int
    reset: int
    is_exceeded: bool

    def require(self) -> None:
        """Raises a 429 Problem where the quota is used up."""
        if self.is_exceeded:
            raise too_many(f"Too many requests. Go on in {max(1, self.reset)} seconds.", self.reset)

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset),
        ]


class Limiter:
    """Counts in Redis, for all workers together, or in this process."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._default = _items(settings)[RateClass.DEFAULT]
        self._own = ProcessCounters(clock)
        self._shared = _shared(settings)
        self._shared_from = 0.0
        self._log = structlog.get_logger("booking.limits")

    async def admit(self, who: Principal) -> None:
        """Count a socket that a user opens as one of their requests. Raises a 429 Problem."""
        if self._default is not None:
            quota = Quota(self._default, (RateClass.DEFAULT, "principal", who.actor))
            (await self.spend([quota])).require()

    async def spend(self, quotas: Sequence[Quota]) -> Standing:
        """Count one request against each quota."""
        if self._shared is not None and monotonic() >= self._shared_from:
            try:
                return await self._spend(self._shared, quotas)
            except StorageError:
                # Without Redis the server goes on serving, and counts for itself.
                self._shared_from = monotonic() + _SECONDS_WITHOUT_REDIS
                self._log.warning("redis unreachable")
        return await self._spend(self._own, quotas)

    async def _spend(self, counters: Storage, quotas: Sequence[Quota]) -> Standing:
        standings = [await self._standing(counters, quota) for quota in quotas]
        return min(standings, key=lambda each: (not each.is_exceeded, each.remaining))

    async def _standing(self, counters: Storage, quota: Quota) -> Standing:
        """A fixed window, as the library's own strategy counts it, but with fewer questions."""
        item = quota.item
        key = item.key_for(*quota.whose)
        count = await counters.incr(key, item.get_expiry())
        reset = math.ceil(await counters.get_expiry(key) - self._clock.now().timestamp())
        return Standing(
            item.amount, max(0, item.amount - count), max(0, reset), is_exceeded=count > item.amount
        )


def _shared(settings: Settings) -> Storage | None:
    if settings.redis_url is None:
        return None
    from redis.asyncio.retry import Retry  # noqa: PLC0415 - an extra
    from redis.backoff import NoBackoff  # noqa: PLC0415 - an extra

    options: dict[str, Any] = {
        "implementation": "redispy",
        "wrap_exceptions": True,
        "socket_timeout": _SECONDS_FOR_REDIS,
        "socket_connect_timeout": _SECONDS_FOR_REDIS,
        # Once, for a connection that a restart of Redis has left dead.
        "retry": Retry(NoBackoff(), 1),
    }
    storage = storage_from_string(f"async+{settings.redis_url.get_secret_value()}", **options)
    assert isinstance(storage, Storage)  # noqa: S101 - what the scheme asks for
    return storage


class RateLimits:
    """Spends the quotas of a request before it goes on."""

    def __init__(self, app: ASGIApp, *, settings: Settings, classes: ByPrefix[Classify]) -> None:
        self._app = app
        self._classes = classes
        self._items = _items(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _UNLIMITED:
            await self._spend(scope)
        await self._app(scope, receive, send)

    async def _spend(self, scope: Scope) -> None:
        state = scope["state"]
        quotas = self._quotas(scope)
        if not quotas:
            return
        limiter: Limiter = scope["app"].state.runtime.limiter
        standing = await limiter.spend(quotas)
        state["headers"] += standing.headers()
        standing.require()

    def _quotas(self, scope: Scope) -> list[Quota]:
        path, caller = scope["path"], scope["state"].get("caller")
        who = caller if isinstance(caller, Principal) else None
        rate_class = self._classes.of(path)(scope["method"], path, who)
        item = self._items[rate_class]
        if item is None:
            return []
        quotas = []
        if who is None or rate_class in _BY_ADDRESS:
            address = network_of(scope["state"]["origin"])
            quotas.append(Quota(item, (rate_class, "address", address)))
        if who is not None and rate_class is not RateClass.PUBLIC:
            quotas.append(Quota(item, (rate_class, "principal", who.actor)))
        return quotas


_BY_ADDRESS = {RateClass.DEFAULT, RateClass.PUBLIC}


def _items(settings: Settings) -> dict[RateClass, RateLimitItem | None]:
    """None for a class that is switched off."""
    limits = {
        RateClass.DEFAULT: settings.rate_limit_default,
        RateClass.PUBLIC: settings.rate_limit_public,
        RateClass.USER: settings.rate_limit_user,
        RateClass.BOOKING: settings.rate_limit_booking,
        RateClass.ADMIN: settings.rate_limit_admin,
    }
    return {
        name: None if limit == RATE_LIMIT_OFF else parse(limit) for name, limit in limits.items()
    }
