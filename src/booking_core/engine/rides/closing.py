"""How a ride gets its driver, loses it, or ends without one."""

from datetime import datetime

from sqlalchemy.engine import Connection

from booking_core.domain.drivers import Driver, driver_not_found, require_working
from booking_core.domain.ride_messages import (
    Draft,
    code_to_rider,
    status_to_driver,
    status_to_rider,
    withdrawal_from,
)
from booking_core.domain.rides import (
    OfferState,
    Party,
    Ride,
    RideState,
    accepted,
    cancelled,
    checked_text,
    expired,
    offered_anew,
)
from booking_core.engine.rides.equipment import Deed, Equipped
from booking_core.engine.rides.waves import ask_drivers
from booking_core.errors import DriverBusy
from booking_core.ids import is_id
from booking_core.storage.repositories import drivers, ride_offers, rides

DISPATCHER = "dispatcher"


class Closing(Equipped):
    """What more than one of riders, drivers, operators and the dispatcher may bring about."""

    def _expire(self, connection: Connection, ride: Ride) -> bool:
        """Close a locked request that is past its end; whether it was."""
        now = self.now()
        if ride.state is not RideState.PENDING or ride.expires_at > now:
            return False
        after = expired(ride, now)
        withdrawn = ride_offers.close(connection, ride.id, OfferState.WITHDRAWN, now)
        drafts = [status_to_rider(after), *(withdrawal_from(ride, one) for one in withdrawn)]
        self._save(connection, ride, after, Deed("expired", DISPATCHER), drafts, at=now)
        return True

    def _cancelled(
        self, connection: Connection, ride: Ride, by: Party, reason: str | None, deed: Deed
    ) -> Ride:
        """Cancel a locked ride, and tell everybody who has to do with it."""
        now = self.now()
        reason = checked_text("reason", reason)
        after = cancelled(ride, by, reason, self._policy.fares, now)
        withdrawn = ride_offers.close(connection, ride.id, OfferState.WITHDRAWN, now)
        drafts = [status_to_rider(after), *(withdrawal_from(ride, one) for one in withdrawn)]
        if ride.driver_id is not None:
            drafts.append(status_to_driver(after, ride.driver_id))
        self._save(connection, ride, after, deed, drafts, at=now)
        return after

    def _give(
        self, connection: Connection, ride: Ride, driver_id: str, deed: Deed, *, again: bool
    ) -> Ride:
        """Make a locked ride a driver's, for the first time or `again`; whoever else was asked is
        told that it is gone. Raises RideTaken, IllegalTransition."""
        now = self.now()
        after = accepted(ride, driver_id, now, again=again)
        drafts = self._given(connection, ride, after, driver_id, now)
        self._save(connection, ride, after, deed, drafts, at=now)
        return after

    def _given(
        self, connection: Connection, ride: Ride, after: Ride, driver_id: str, now: datetime
    ) -> list[Draft]:
        """Note who has won a ride; what all who were asked, the winner and the rider are told. The
        winner is asked for no other."""
        withdrawn = ride_offers.close(connection, ride.id, OfferState.WITHDRAWN, now, but=driver_id)
        ride_offers.put(
            connection, after, [driver_id], OfferState.ACCEPTED, expires_at=now, now=now
        )
        others = ride_offers.close_all_of(connection, driver_id, OfferState.WITHDRAWN, now)
        return [
            status_to_rider(after),
            code_to_rider(after),
            status_to_driver(after, driver_id),
            *(withdrawal_from(ride, one) for one in withdrawn),
            *(withdrawal_from(one, driver_id) for one in rides.by_ids(connection, others)),
        ]

    def _take_away(self, connection: Connection, ride: Ride, deed: Deed) -> Ride:
        """Take a locked ride that has not begun from its driver, if it has one, and ask others. Who
        has lost it is not asked again. Raises IllegalTransition."""
        now = self.now()
        freed, drafts = self._freed(connection, ride, now)
        asked = ask_drivers(connection, self._positions, freed, self._policy, now)
        self._save(connection, ride, asked.ride, deed, [*drafts, *asked.drafts], at=now)
        return asked.ride

    def _freed(self, connection: Connection, ride: Ride, now: datetime) -> tuple[Ride, list[Draft]]:
        """The ride without its driver, if it had one, and what that one and the rider are told."""
        freed = offered_anew(ride, self._policy.offers.unserved, now)
        if ride.driver_id is None:
            return freed, []
        ride_offers.mark(connection, ride.id, ride.driver_id, OfferState.DROPPED, now)
        return freed, [status_to_rider(freed), status_to_driver(freed, ride.driver_id)]

    def _working(self, connection: Connection, driver_id: str) -> Driver:
        """A driver who may take a ride; locked, so that it takes one at a time. Raises
        DriverNotFound, DriverNotApproved, DriverOffline, DriverBusy."""
        driver = drivers.lock(connection, driver_id) if is_id(driver_id) else None
        if driver is None:
            raise driver_not_found(driver_id)
        require_working(driver)
        other = rides.active_of(connection, driver_id)
        if other is not None:
            raise DriverBusy(f"Ride {other.number} is not over yet.", booking_id=other.number)
        return driver
