"""How often one may try to log in, and how long a login lasts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking_core.errors import TooManyAttempts


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """`attempts` may fail within `window`, per account and address. A session ends `session` after
    the login, however often it was refreshed. A socket ticket opens one socket within
    `socket_ticket`."""

    attempts: int = 5
    window: timedelta = timedelta(minutes=15)
    session: timedelta = timedelta(days=30)
    socket_ticket: timedelta = timedelta(seconds=60)

    def require_attempt_left(self, failures: Sequence[datetime], now: datetime) -> None:
        """Raise TooManyAttempts, with `retry_after` in seconds, where no attempt is left.

        `failures` are those within the window, newest first.
        """
        if len(failures) < self.attempts:
            return
        free_again = failures[self.attempts - 1] + self.window
        seconds = max(1, math.ceil((free_again - now).total_seconds()))
        raise TooManyAttempts(
            f"Too many failed logins. Try again in {seconds} seconds.", retry_after=seconds
        )
