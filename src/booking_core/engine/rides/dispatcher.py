"""The dispatcher: does what is due with rides whose drivers do not answer, or are not there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from booking_core.engine.background import repeat
from booking_core.engine.rides.desk import Desk
from booking_core.errors import StorageError

LARGEST_BATCH = 50


@dataclass(slots=True)
class Dispatched:
    """What a run did. `errors` are of single rides; the others were served."""

    looked_at: int = 0
    offers: int = 0
    expired: int = 0
    offered_anew: int = 0
    errors: list[Exception] = field(default_factory=list)


class RideDispatcher:
    """Any number may run at once, in any number of processes: each passes over the rides that
    another is busy with, and finds nothing left to do where one has been."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def run_once(self, most: int = LARGEST_BATCH) -> Dispatched:
        """See to up to `most` rides, the longest due first. Raises StorageError."""
        raise NotImplementedError

    def run(
        self,
        stop: Event,
        every_seconds: float = 0.5,
        observe: Callable[[Dispatched | StorageError], None] = lambda _: None,
    ) -> None:
        """Run until `stop` is set, and tell `observe` what was done each time."""
        repeat(
            self.run_once,
            stop,
            every_seconds,
            observe=observe,
            has_more_to_do=lambda done: done.looked_at >= LARGEST_BATCH and not done.errors,
        )
