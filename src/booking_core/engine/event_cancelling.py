"""Giving back what was sold of cancelled events, in the background.

What is to be done follows from the bookings alone: after a crash the next one goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event as Flag

from booking_core.engine.background import repeat
from booking_core.engine.claiming import Claiming
from booking_core.errors import BookingError, StorageError
from booking_core.storage.database import Database

AT_A_TIME = 100


@dataclass(slots=True)
class GivenBack:
    """What a run did. `errors` are of single bookings; the others were served."""

    cancelled: int = 0
    released: int = 0
    errors: list[BookingError] = field(default_factory=list)


class EventCanceller:
    """Any number may run at once, in any number of processes: a booking is cancelled once."""

    def __init__(self, database: Database, claiming: Claiming) -> None:
        self._database = database
        self._claiming = claiming

    def run_once(
        self,
        event_id: str | None = None,
        on_progress: Callable[[GivenBack], None] = lambda _: None,
    ) -> GivenBack:
        """Cancel all bookings and release all holds of cancelled events (of one, where it is
        named), a few at a time. Raises StorageError; then the next run goes on."""
        raise NotImplementedError

    def run(
        self,
        stop: Flag,
        every_seconds: float = 1.0,
        observe: Callable[[GivenBack | StorageError], None] = lambda _: None,
    ) -> None:
        """Run until `stop` is set, and tell `observe` what was done each time.

        A database that cannot be used for a while is reported and tried again.
        """
        repeat(self.run_once, stop, every_seconds, observe=observe, has_more_to_do=lambda _: False)
