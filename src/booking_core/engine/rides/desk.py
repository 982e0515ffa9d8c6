"""What everything that is done with rides shares."""

from collections.abc import Callable
from datetime import datetime

from booking_core.clock import SystemClock
from booking_core.domain.policies.rides import RidePolicy
from booking_core.engine.keys import Keys
from booking_core.engine.positions import Positions
from booking_core.ports import Clock
from booking_core.storage.database import Database


class Desk:
    """The database, the clock, the policy, the drivers' positions, and the key of the codes."""

    def __init__(
        self,
        database: Database,
        clock: Clock | None,
        keys: Keys,
        positions: Positions,
        *,
        policy: RidePolicy,
        announce: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._keys = keys
        self._positions = positions
        self._policy = policy
        self._announce = announce

    def now(self) -> datetime:
        """The time by the clock that judges all waiting."""
        return self._clock.now()
