"""`system.rides`: everything that is done with rides."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from booking_core.engine.background import running
from booking_core.engine.rides.dispatcher import Dispatched, RideDispatcher
from booking_core.engine.rides.drivers import DriverRides
from booking_core.engine.rides.operators import OperatorRides
from booking_core.engine.rides.reads import RideReads
from booking_core.engine.rides.riders import RiderRides
from booking_core.errors import StorageError


class Rides(RiderRides, DriverRides, OperatorRides, RideReads):
    """Rides of one database. Thread-safe.

    `number` is the contract's `booking_id`. Every change, its act in the activity log and what
    riders and drivers are told of it are one transaction.
    """

    def dispatcher(self) -> RideDispatcher:
        """A dispatcher of its own, for one thread."""
        return RideDispatcher(self._equipment)

    def dispatching(
        self,
        every_seconds: float = 0.5,
        observe: Callable[[Dispatched | StorageError], None] = lambda _: None,
    ) -> AbstractContextManager[None]:
        """Ask further drivers, give rides of vanished drivers to others and close what nobody
        takes, on a thread of its own for as long as the `with` lasts."""
        dispatcher = self.dispatcher()
        return running("dispatcher", lambda stop: dispatcher.run(stop, every_seconds, observe))
