"""The stored answers of requests that came with an idempotency key."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from booking_core.clock import SystemClock
from booking_core.errors import IdempotencyInProgress, IdempotencyKeyReused
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import requests
from booking_core.storage.repositories.requests import Key, Request
from booking_core.storage.unit_of_work import writing

KEPT_FOR = timedelta(hours=24)
# Whoever has not answered after this long has crashed.
LONGEST_FLIGHT = timedelta(seconds=60)
_MOST_FORGOTTEN = 500


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """What a request was answered with, to be given again byte for byte."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to answer a request, for as long as nobody has taken it over."""

    key: Key
    at: datetime


class StoredRequests:
    """Requests by principal, route and key. Thread-safe; the same for all processes."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def begin(self, principal: str, route: str, key: str, fingerprint: str) -> Turn | KeptResponse:
        """The right to serve a request, or the answer that it got before.

        Raises IdempotencyKeyReused where the key was used with another `fingerprint`,
        IdempotencyInProgress while somebody serves it.
        """
        of = Key(principal, route, key)
        now = self._clock.now()
        with writing(self._database) as connection:
            found = None
            while found is None:
                if requests.add(connection, of, fingerprint, now):
                    return Turn(of, now)
                # None where somebody forgot meanwhile what had stood in the way.
                found = requests.locked(connection, of)
            answer = _answer(found, fingerprint, now)
            if answer is None:
                requests.begin_again(connection, of, fingerprint, now)
        return answer or Turn(of, now)

    def finish(self, turn: Turn, answer: KeptResponse) -> None:
        """Keep the answer for 24 hours."""
        with writing(self._database) as connection:
            requests.finish(
                connection,
                turn.key,
                turn.at,
                status=answer.status,
                headers=answer.headers,
                body=answer.body,
            )

    def forget(self, turn: Turn) -> None:
        """As if the request had never been made."""
        with writing(self._database) as connection:
            requests.forget(connection, turn.key, turn.at)

    def forget_old(self) -> int:
        """Delete some of the answers that are kept no longer; how many, 0 when all are gone."""
        until = self._clock.now() - KEPT_FOR
        with writing(self._database) as connection:
            return requests.forget_until(connection, until, _MOST_FORGOTTEN)


def _answer(found: Request, fingerprint: str, now: datetime) -> KeptResponse | None:
    """What to answer with; None where it is to be served anew."""
    age = now - found.at
    if age >= KEPT_FOR:
        return None
    if found.fingerprint != fingerprint:
        raise IdempotencyKeyReused(
            "This Idempotency-Key was used for another request. Take a new one.",
            field="Idempotency-Key",
        )
    if found.status is not None:
        headers = tuple((name, value) for name, value in found.headers or ())
        return KeptResponse(found.status, headers, found.body or b"")
    if age < LONGEST_FLIGHT:
        raise IdempotencyInProgress(
            "The first request with this Idempotency-Key is still being served. "
            "Ask again in a moment.",
            retry_after=1,
        )
    return None
