"""What a running server has at hand, made when it starts."""

from dataclasses import dataclass, field

from booking_api.batching import Batched
from booking_api.http.limits import Limiter
from booking_api.identity import Identities
from booking_api.realtime.service import Realtime
from booking_api.settings import Settings
from booking_api.tokens import AccessTokens
from booking_core import BookingSystem
from booking_core.engine.maintenance import SchemaState
from booking_core.ports import Clock


@dataclass(frozen=True, slots=True)
class Runtime:
    """One per app, at `app.state.runtime` from start to stop. `clock` judges tokens and stored
    answers; the engine has its own where PostgreSQL's judges expiry."""

    settings: Settings
    system: BookingSystem
    clock: Clock
    tokens: AccessTokens
    identities: Identities
    limiter: Limiter
    realtime: Realtime
    readiness: Batched[str, SchemaState]
    # Digests of request bodies are made with it.
    request_key: bytes = field(repr=False)
    # What shows that a page may write by its session is made with it.
    csrf_key: bytes = field(repr=False)
