"""Failed logins, counted per account and address."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from booking_core.domain.policies.logins import LoginPolicy
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import logins
from booking_core.storage.unit_of_work import writing

_TURNS = 64


class LoginAttempts:
    """Who may try a password, and how often. Thread-safe."""

    def __init__(self, database: Database, clock: Clock, policy: LoginPolicy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy
        self._turns = tuple(Lock() for _ in range(_TURNS))

    @contextmanager
    def one(self, email: str, origin: str) -> Iterator[None]:
        """An attempt, counted as failed from its beginning, so that attempts made at once by many
        processes are counted all the same; `logins.clear_failures` takes it back.

        In this process they wait for each other: many logins at once with the right password
        all succeed. Raises TooManyAttempts.
        """
        with self._turns[hash((email, origin)) % _TURNS]:
            self._reserve(email, origin)
            yield

    def _reserve(self, email: str, origin: str) -> None:
        with writing(self._database) as connection:
            logins.lock_attempts(connection, email, origin)
            # Read under the lock: another's clock must not be ahead of what it reads.
            now = self._clock.now()
            since = now - self._policy.window
            most = self._policy.attempts
            found = logins.failures(connection, email, origin, since, most)
            self._policy.require_attempt_left(found, now)
            logins.add_failure(connection, email, origin, now)
