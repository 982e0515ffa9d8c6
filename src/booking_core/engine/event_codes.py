"""Booking codes of the event trade, as EVT2024011500001: reserved some at a time, given in order.

See docs/decisions/0020-a-booking-code-travels-with-the-hold.md.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Lock

from booking_core.domain.event_bookings import CODE_PREFIX, numbered_code
from booking_core.storage.database import Database
from booking_core.storage.repositories.counters import reserve
from booking_core.storage.unit_of_work import writing

# Reserving costs a transaction; what a process that ends had left over stays a gap.
AT_A_TIME = 50


class EventCodes:
    """Codes for bookings that are about to be held. Thread-safe."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._lock = Lock()
        self._day = ""
        self._left: list[str] = []

    def ready(self) -> str | None:
        """A code at no cost; None where some have to be reserved first, which `take` does."""
        today = f"{self._now():%Y%m%d}"
        with self._lock:
            return self._left.pop() if self._left and self._day == today else None

    def take(self) -> str:
        """A code of today (UTC) that nobody else has, however many processes there are."""
        while (code := self.ready()) is None:
            self._reserve()
        return code

    def _reserve(self) -> None:
        today = self._now()
        with writing(self._database) as connection:
            last = reserve(connection, f"{CODE_PREFIX}{today:%Y%m%d}", AT_A_TIME)
        fresh = [numbered_code(today, last - n) for n in range(AT_A_TIME)]
        with self._lock:
            day = f"{today:%Y%m%d}"
            self._left = fresh + self._left if day == self._day else fresh
            self._day = day
