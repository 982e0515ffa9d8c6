"""What the façade does beside what is asked of it: sweeping, reconciling, giving back, checking."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime

from booking_core.domain.policies.payments import PAYMENTS
from booking_core.engine.background import running
from booking_core.engine.charges import Charges
from booking_core.engine.claiming import Claiming
from booking_core.engine.event_cancelling import EventCanceller, GivenBack
from booking_core.engine.expiry import Sweeper
from booking_core.engine.fsck import Report, check_all
from booking_core.engine.layouts import Layouts
from booking_core.engine.reconciler import Reconciled, Reconciler
from booking_core.engine.refunds import Refunds
from booking_core.engine.seat_maps import SeatMaps
from booking_core.engine.waitlist import Waitlist
from booking_core.errors import StorageError
from booking_core.ports import Clock
from booking_core.storage.database import Database


class Upkeep(Claiming):
    """The part of the façade that runs on threads of its own, or looks after everything."""

    refunds: Refunds
    waitlist: Waitlist
    _database: Database
    _clock: Clock | None
    _layouts: Layouts
    _seat_maps: SeatMaps
    _charges: Charges

    def now(self) -> datetime:
        """The time by the clock that judges expiry."""
        return self._database.now() if self._clock is None else self._clock.now()

    def sweeper(self) -> Sweeper:
        """A sweeper of its own, for one thread; close it."""
        return Sweeper(self._database, self._layouts, self._seat_maps, self._clock)

    @contextmanager
    def sweeping(self, every_seconds: float = 1.0) -> Iterator[None]:
        """Sweep on a thread of its own for as long as the `with` lasts."""
        with (
            closing(self.sweeper()) as sweeper,
            running("sweeper", lambda stop: sweeper.run(stop, every_seconds)),
        ):
            yield

    def reconciler(self) -> Reconciler:
        """Finishes payments that were left open, and sends refunds that are due."""
        return Reconciler(self._charges, self.refunds, PAYMENTS)

    def reconciling(
        self,
        every_seconds: float = 5.0,
        observe: Callable[[Reconciled | StorageError], None] = lambda _: None,
    ) -> AbstractContextManager[None]:
        """Reconcile on a thread of its own for as long as the `with` lasts."""
        reconciler = self.reconciler()
        return running("reconciler", lambda stop: reconciler.run(stop, every_seconds, observe))

    def event_canceller(self) -> EventCanceller:
        """Gives back what was sold of cancelled events."""
        return EventCanceller(self._database, self, self.waitlist, self.now)

    def cancelling_events(
        self,
        every_seconds: float = 1.0,
        observe: Callable[[GivenBack | StorageError], None] = lambda _: None,
    ) -> AbstractContextManager[None]:
        """Do so on a thread of its own for as long as the `with` lasts."""
        canceller = self.event_canceller()
        return running("event-canceller", lambda stop: canceller.run(stop, every_seconds, observe))

    def expire(self) -> int:
        """Close every hold whose time is over; how many it were."""
        total = 0
        with closing(self.sweeper()) as sweeper:
            while expired := sweeper.sweep():
                total += expired
        return total

    def fsck(self, on_check: Callable[[str], None] = lambda _: None) -> Report:
        """Recount everything that must always be true; `on_check` is told each check's name."""
        return check_all(self._database, self._clock, on_check)
