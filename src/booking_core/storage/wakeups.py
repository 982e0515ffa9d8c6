"""Hearing that somebody committed something, in this process or another.

A wake-up is a hint that it is worth looking; nothing is lost with one that gets lost, because
whoever waits looks from time to time anyway.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from time import monotonic
from typing import Any, Self

from booking_core.errors import StorageError
from booking_core.storage.database import Database

_CHANNEL = "booking_events"
_SECONDS_BETWEEN_LOOKS = 0.02
_SECONDS_WITHOUT_A_WORD = 0.25
_SECONDS_BEFORE_NEXT_TRY = 0.5


class Wakeups:
    """Calls `wake` on a thread of its own after commits, for as long as the `with` lasts;
    `announce` tells the other processes."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake
        self._stop = Event()
        self._news = Event()
        listen = self._listen_postgres if database.is_postgres else self._watch_sqlite
        self._threads = [Thread(target=self._keep_on, args=(listen,), name="booking-wakeups")]
        if database.is_postgres:
            announcer = Thread(
                target=self._keep_on, args=(self._announce_all,), name="booking-announcer"
            )
            self._threads.append(announcer)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._news.set()
        for thread in self._threads:
            thread.join()

    def announce(self) -> None:
        """Something was committed here. Costs next to nothing: others are told by a thread."""
        self._news.set()

    def _keep_on(self, work: Callable[[], None]) -> None:
        """A database that goes away is asked again."""
        while not self._stop.is_set():
            with suppress(StorageError):
                work()
            self._stop.wait(_SECONDS_BEFORE_NEXT_TRY)

    def _watch_sqlite(self) -> None:
        """The data version of a connection changes when another one, in any process, commits."""
        with self._database.connect() as connection:
            cursor: Any = connection.connection.driver_connection
            seen, last = None, monotonic()
            while not self._stop.wait(_SECONDS_BETWEEN_LOOKS):
                (version,) = cursor.execute("PRAGMA data_version").fetchone()
                if version != seen or monotonic() > last + _SECONDS_WITHOUT_A_WORD:
                    seen, last = version, monotonic()
                    self._wake()

    def _listen_postgres(self) -> None:
        with self._database.connect() as pooled:
            connection: Any = pooled.connection.driver_connection
            connection.rollback()
            connection.autocommit = True
            try:
                connection.execute(f"LISTEN {_CHANNEL}")
                while not self._stop.is_set():
                    for _ in connection.notifies(timeout=_SECONDS_WITHOUT_A_WORD, stop_after=1):
                        pass
                    self._wake()
            finally:
                pooled.invalidate()

    def _announce_all(self) -> None:
        with self._database.connect() as connection:
            options = connection.execution_options(isolation_level="AUTOCOMMIT")
            while not self._stop.is_set():
                self._news.wait()
                self._news.clear()
                options.exec_driver_sql(f"NOTIFY {_CHANNEL}")
                # Whatever is committed meanwhile is told of together.
                self._stop.wait(_SECONDS_BETWEEN_LOOKS)
            # Whoever listens here sees at once that it is over.
            options.exec_driver_sql(f"NOTIFY {_CHANNEL}")
