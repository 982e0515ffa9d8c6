"""The dispatcher: does what is due with rides whose drivers do not answer, or are not there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

from booking_core.engine.background import repeat
from booking_core.engine.rides.closing import DISPATCHER, Closing
from booking_core.engine.rides.equipment import Deed, Equipment
from booking_core.engine.rides.waves import ask_drivers
from booking_core.errors import StorageError
from booking_core.storage.repositories import positions, ride_messages, rides

LARGEST_BATCH = 50
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Dispatched:
    """What a run did. `errors` are of single rides; the others were served."""

    looked_at: int = 0
    offers: int = 0
    expired: int = 0
    offered_anew: int = 0
    errors: list[Exception] = field(default_factory=list)


_SeeTo = Callable[[int, Dispatched], None]


class RideDispatcher(Closing):
    """Any number may run at once, in any number of processes: each passes over the rides that
    another is busy with, and finds nothing left to do where one has been.
    """

    def __init__(self, equipment: Equipment) -> None:
        super().__init__(equipment)
        self._listening_since = self.now()

    def run_once(self, most: int = LARGEST_BATCH) -> Dispatched:
        """See to up to `most` rides of each kind, the longest due first. Raises StorageError."""
        done = Dispatched()
        now = self.now()
        self._positions.catch_up(now)
        with self._database.connect() as connection:
            # Looked up without a lock: on SQLite an idle dispatcher must not stop the writers.
            due = rides.due(connection, now, most)
            forsaken = positions.forsaken(connection, self._silent_since(now), most)
        for number in due:
            self._try(self._see_to_request, number, done)
        for number in forsaken:
            self._try(self._see_to_forsaken, number, done)
        return done

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

    def _silent_since(self, now: datetime) -> datetime:
        """Who was not heard of since then is lost. Nobody is before somebody has listened for long
        enough: after a standstill all drivers have been silent."""
        since = now - self._policy.presence.lost
        return since if self._listening_since <= since else _NEVER

    def _try(self, see_to: _SeeTo, number: int, done: Dispatched) -> None:
        done.looked_at += 1
        try:
            see_to(number, done)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - one ride's defect must not keep back all others
            done.errors.append(error)

    def _see_to_request(self, number: int, done: Dispatched) -> None:
        """Ask the next drivers, or close what nobody takes."""
        with self._writing() as connection:
            ride = rides.lock_idle(connection, number)
            now = self.now()
            if ride is None or ride.next_wave_at is None or ride.next_wave_at > now:
                return
            if self._expire(connection, ride):
                done.expired += 1
                return
            asked = ask_drivers(connection, self._positions, ride, self._policy, now)
            # Whom it is offered to is no state of the ride: no act, but what is told of it.
            rides.update(connection, asked.ride)
            ride_messages.append(connection, asked.drafts, now)
            done.offers += len(asked.driver_ids)

    def _see_to_forsaken(self, number: int, done: Dispatched) -> None:
        """Take a ride from a driver who is not there any more."""
        with self._writing() as connection:
            ride = rides.lock_idle(connection, number)
            since = self._silent_since(self.now())
            if ride is None or not positions.forsaken(connection, since, 1, number):
                return
            self._take_away(connection, ride, Deed("given_to_others", DISPATCHER))
            done.offered_anew += 1
