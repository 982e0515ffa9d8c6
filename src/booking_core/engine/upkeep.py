"""What the façade does beside what is asked of it: sweeping, reconciling, giving back, checking."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

from booking_core.engine.rooms import Rooms

if TYPE_CHECKING:
    from booking_core.engine.event_cancelling import EventCanceller, GivenBack
    from booking_core.engine.expiry import Sweeper
    from booking_core.engine.fsck import Report
    from booking_core.engine.reconciler import Reconciled, Reconciler
    from booking_core.errors import StorageError


class Upkeep(Rooms):
    """The part of the façade that runs on threads of its own, or looks after everything."""

    def sweeper(self) -> "Sweeper":
        """A sweeper of its own, for one thread; close it."""
        from booking_core.engine.expiry import Sweeper

        return Sweeper(self._database, self._layouts, self._seat_maps, self._clock)

    @contextmanager
    def sweeping(self, every_seconds: float = 1.0) -> Iterator[None]:
        """Sweep on a thread of its own for as long as the `with` lasts."""
        from booking_core.engine.background import running

        with (
            closing(self.sweeper()) as sweeper,
            running("sweeper", lambda stop: sweeper.run(stop, every_seconds)),
        ):
            yield

    def reconciler(self) -> "Reconciler":
        """Finishes payments that were left open, and sends refunds that are due."""
        from booking_core.domain.policies.payments import PAYMENTS
        from booking_core.engine.reconciler import Reconciler

        return Reconciler(self._charges, self.refunds, PAYMENTS)

    def reconciling(
        self,
        every_seconds: float = 5.0,
        observe: "Callable[[Reconciled | StorageError], None]" = lambda _: None,
    ) -> AbstractContextManager[None]:
        """Reconcile on a thread of its own for as long as the `with` lasts."""
        from booking_core.engine.background import running

        reconciler = self.reconciler()
        return running("reconciler", lambda stop: reconciler.run(stop, every_seconds, observe))

    def event_canceller(self) -> "EventCanceller":
        """Gives back what was sold of cancelled events."""
        from booking_core.engine.event_cancelling import EventCanceller

        return EventCanceller(self._database, self, self.waitlist, self.now)

    def cancelling_events(
        self,
        every_seconds: float = 1.0,
        observe: "Callable[[GivenBack | StorageError], None]" = lambda _: None,
    ) -> AbstractContextManager[None]:
        """Do so on a thread of its own for as long as the `with` lasts."""
        from booking_core.engine.background import running

        canceller = self.event_canceller()
        return running("event-canceller", lambda stop: canceller.run(stop, every_seconds, observe))

    def expire(self) -> int:
        """Close every hold whose time is over; how many it were."""
        total = 0
        with closing(self.sweeper()) as sweeper:
            while expired := sweeper.sweep():
                total += expired
        return total

    def fsck(self, on_check: Callable[[str], None] = lambda _: None) -> "Report":
        """Recount everything that must always be true; `on_check` is told each check's name."""
        from booking_core.engine.fsck import check_all

        return check_all(self._database, self._clock, on_check)
