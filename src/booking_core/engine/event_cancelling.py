"""Giving back what was sold of cancelled events, in the background.

What is to be done follows from the bookings alone: after a crash the next one goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event as Flag

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.commands import Cancel, Release
from booking_core.engine.background import repeat
from booking_core.engine.claiming import Claiming
from booking_core.engine.idempotency import Outcome
from booking_core.engine.waitlist import Waitlist
from booking_core.errors import BookingError, HoldExpired, IllegalTransition, StorageError
from booking_core.storage.database import Database
from booking_core.storage.repositories import cancelled_events
from booking_core.storage.repositories.cancelled_events import ToGiveBack
from booking_core.storage.statements import Query

# Small, so that others get their turn between two portions.
AT_A_TIME = 100
ACTOR = "event-canceller"
# Its customer was faster, or its time was over.
_DONE_BY_OTHERS = (IllegalTransition, HoldExpired)


@dataclass(slots=True)
class GivenBack:
    """What a run did. `errors` are of single bookings; the others were served."""

    cancelled: int = 0
    released: int = 0
    errors: list[BookingError] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """What became of one. Raises a StorageError that is worth another try."""
        if isinstance(outcome, Booking):
            self.cancelled += outcome.state is BookingState.CANCELLED
            self.released += outcome.state is BookingState.RELEASED
        elif outcome.retryable:
            raise outcome
        elif not isinstance(outcome, _DONE_BY_OTHERS):
            self.errors.append(outcome)


class EventCanceller:
    """Any number may run at once, in any number of processes: a booking is cancelled once."""

    def __init__(
        self,
        database: Database,
        claiming: Claiming,
        waitlist: Waitlist,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._waitlist = waitlist
        self._claiming = claiming
        self._now = now

    def run_once(
        self,
        event_id: str | None = None,
        on_progress: Callable[[GivenBack], None] = lambda _: None,
    ) -> GivenBack:
        """Close the waitlists, cancel all bookings and release all holds of cancelled events (of
        one, where it is named), a few at a time. Raises StorageError; then the next run goes on."""
        done = GivenBack()
        self._close_waitlists(event_id)
        for which, command in ((cancelled_events.SOLD, _cancel), (cancelled_events.HELD, _release)):
            last = None
            while portion := self._portion(which, event_id, last):
                outcomes = self._claiming.place_many(map(command, portion))
                for outcome in outcomes:
                    done.add(outcome)
                on_progress(done)
                last = portion[-1].booking_id
        return done

    def _close_waitlists(self, event_id: str | None) -> None:
        with self._database.connect() as connection:
            waited_for = cancelled_events.waited_for(connection, event_id)
        for inventory_id in waited_for:
            self._waitlist.close(inventory_id, actor=ACTOR)

    def _portion(
        self, which: Query, event_id: str | None, last: str | None
    ) -> Sequence[ToGiveBack]:
        now = self._now()
        with self._database.connect() as connection:
            return cancelled_events.to_give_back(
                connection, which, event_id=event_id, now=now, after=last, most=AT_A_TIME
            )

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


def _cancel(sold: ToGiveBack) -> Cancel:
    return Cancel(booking_id=sold.booking_id, refund=sold.amount, reason=sold.reason, actor=ACTOR)


def _release(held: ToGiveBack) -> Release:
    return Release(booking_id=held.booking_id, reason=held.reason, actor=ACTOR)
