"""What operators do with rides."""

from collections.abc import Sequence

from booking_core.domain.accounts import checked_origin
from booking_core.domain.areas import ServiceArea
from booking_core.domain.fares import Tariff
from booking_core.domain.rides import Party, Ride, accepted
from booking_core.engine.rides.closing import Closing
from booking_core.engine.rides.equipment import Deed
from booking_core.storage.repositories import areas
from booking_core.storage.repositories.activity import record


class OperatorRides(Closing):
    """The operator's part of the façade; `actor` says who it is."""

    def override_cancel(
        self, number: int, *, actor: str, reason: str | None = None, origin: str | None = None
    ) -> Ride:
        """Cancel a ride that is not over, also during the trip, without a fee. Raises RideNotFound,
        IllegalTransition."""
        with self._writing() as connection:
            ride = self._locked(connection, number)
            deed = Deed("cancelled", actor, origin)
            return self._cancelled(connection, ride, Party.OPERATOR, reason, deed)

    def reassign(
        self,
        number: int,
        *,
        actor: str,
        driver_id: str | None = None,
        origin: str | None = None,
    ) -> Ride:
        """Take a ride that has not begun from its driver, if it has one, and ask others; with
        `driver_id` give it to that driver, wherever it is.

        Raises RideNotFound, IllegalTransition, DriverNotFound, DriverNotApproved, DriverOffline,
        DriverBusy.
        """
        if driver_id is not None:
            return self._reassign_to(number, driver_id, Deed("reassigned", actor, origin))
        with self._writing() as connection:
            ride = self._locked(connection, number)
            return self._take_away(connection, ride, Deed("reassigned", actor, origin))

    def areas(self) -> list[ServiceArea]:
        """Where rides are offered."""
        with self._database.connect() as connection:
            return areas.everywhere(connection)

    def open_area(
        self,
        area: ServiceArea,
        tariffs: Sequence[Tariff],
        *,
        actor: str,
        origin: str | None = None,
    ) -> bool:
        """Offer rides in an area, with a tariff for each vehicle type there; whether there was none
        of its name. Of many who do so at once, one does."""
        with self._writing() as connection:
            # Held by whoever opens the area until it is there for the others.
            areas.lock(connection)
            if area.name in {one.name for one in areas.everywhere(connection)}:
                return False
            areas.insert(connection, area, tariffs)
            record(
                connection,
                at=self.now(),
                actor=actor,
                action="opened",
                entity="service_area",
                entity_id=area.id,
                after=area.as_dict(),
                origin=checked_origin(origin),
            )
        return True

    def _reassign_to(self, number: int, driver_id: str, deed: Deed) -> Ride:
        """From whoever has it, if anybody does, to a driver of the operator's choice."""
        with self._writing() as connection:
            ride = self._locked(connection, number)
            now = self.now()
            freed, drafts = self._freed(connection, ride, now)
            self._working(connection, driver_id)
            after = accepted(freed, driver_id, now)
            # The old driver's accepted offer is closed by now: a ride has one winner.
            drafts += self._given(connection, freed, after, driver_id, now)
            self._save(connection, ride, after, deed, drafts, at=now)
            return after
