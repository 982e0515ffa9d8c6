"""Which sessions are live: the question behind every request with a token."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any

from booking_core.domain.accounts import LiveLogin, User
from booking_core.errors import StorageError
from booking_core.ids import is_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories.accounts import user_of
from booking_core.storage.repositories.logins import LIVE_SESSIONS, LIVE_TOKENS
from booking_core.storage.statements import Query
from booking_core.storage.wire import Wire, open_wire


class LiveSessions:
    """Answers from the database each time, over a connection of its own. Thread-safe, one question
    at a time: ask for many sessions at once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._wire: Wire | None = None
        self._lock = Lock()

    def find(self, session_ids: Collection[str]) -> dict[str, User]:
        """The users of those sessions that are neither over nor revoked."""
        ids = [session_id for session_id in session_ids if is_id(session_id)]
        if not ids:
            return {}
        with self._lock:
            return {row[0]: user_of(row[2:]) for row in self._rows(LIVE_SESSIONS, ids)}

    def find_tokens(self, digests: Collection[str]) -> dict[str, LiveLogin]:
        """Those of the sessions with these tokens that are neither over nor revoked."""
        with self._lock:
            rows = self._rows(LIVE_TOKENS, list(digests))
            return {row[0]: LiveLogin(row[1], user_of(row[2:])) for row in rows}

    def _rows(self, query: Query, keys: Sequence[str]) -> list[Sequence[Any]]:
        """A connection that was idle may have been cut since; a new one is tried before the
        database is said to be out of reach."""
        had_connection = self._wire is not None
        try:
            return self._ask(query, keys)
        except StorageError:
            if not had_connection:
                raise
            return self._ask(query, keys)

    def _ask(self, query: Query, keys: Sequence[str]) -> list[Sequence[Any]]:
        with self._database.translated_errors():
            if self._wire is None:
                self._wire = open_wire(self._database)
            try:
                answer = self._wire.query(query, keys=self._wire.array(keys), now=self._clock.now())
                return answer.rows()
            except BaseException:
                self._let_go()
                raise

    def close(self) -> None:
        """Let go of the connection; the next look-up opens another."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            with suppress(Exception):
                wire.close()
