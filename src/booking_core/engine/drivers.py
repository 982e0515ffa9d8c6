"""Drivers: registering and approving them, whether they work, and where they are."""

from contextlib import AbstractContextManager

from booking_core.clock import SystemClock
from booking_core.domain.drivers import Driver, DriverState, NearDriver, Position
from booking_core.domain.fares import VehicleType
from booking_core.domain.geo import Point
from booking_core.domain.policies.rides import RidePolicy
from booking_core.engine.positions import Positions
from booking_core.ports import Clock
from booking_core.storage.database import Database


class Drivers:
    """Drivers by their account's id. Thread-safe.

    `actor` is who acts (an operator) and `origin` from which address.
    """

    def __init__(
        self, database: Database, clock: Clock | None, positions: Positions, policy: RidePolicy
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._positions = positions
        self._policy = policy

    def register(
        self,
        user_id: str,
        vehicle_type: VehicleType,
        plate_number: str,
        license_number: str,
        *,
        origin: str | None = None,
    ) -> Driver:
        """Ask to drive. Pending until an operator approves; approved at once where a service area
        says so, and the account's role is then `driver`.

        Raises UserNotFound, AlreadyDriver, PlateNumberTaken, LicenseNumberTaken, InvalidRequest.
        """
        raise NotImplementedError

    def approve(self, user_id: str, *, actor: str, origin: str | None = None) -> Driver:
        """Let a driver work; the account's role becomes `driver`, unless it is an admin's. Raises
        DriverNotFound, IllegalTransition."""
        raise NotImplementedError

    def suspend(self, user_id: str, *, actor: str, origin: str | None = None) -> Driver:
        """Let a driver work no longer: offline at once, and a ride that has not begun goes to
        another. A trip under way may be completed. Raises DriverNotFound, IllegalTransition."""
        raise NotImplementedError

    def set_online(self, user_id: str, online: bool, *, origin: str | None = None) -> Driver:
        """Begin or stop to be asked for rides. Raises DriverNotFound, DriverNotApproved."""
        raise NotImplementedError

    def locate(self, user_id: str, lat: float, lng: float) -> Position:
        """Where a driver is now: known in this process at once, elsewhere within about a second.

        Raises DriverNotFound, InvalidRequest naming the field.
        """
        raise NotImplementedError

    def get(self, user_id: str) -> Driver:
        """Raises DriverNotFound."""
        raise NotImplementedError

    def find(
        self, *, state: DriverState | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[Driver], int]:
        """A page of drivers, the newest first, and how many there are in all."""
        raise NotImplementedError

    def position(self, user_id: str) -> Position | None:
        """Where a driver was last heard of."""
        raise NotImplementedError

    def nearest(
        self,
        pickup: Point,
        vehicle_type: VehicleType = VehicleType.ECONOMY,
        *,
        limit: int = 5,
        radius_m: int | None = None,
    ) -> list[NearDriver]:
        """Approved, online, free drivers who were heard of lately, the nearest first, within
        `radius_m` (by default as far as drivers are asked)."""
        raise NotImplementedError

    def presence(self, user_id: str, connected: bool, *, origin: str | None = None) -> None:
        """A driver's socket of available bookings was opened or closed: an act in the activity
        log, with the message that the contract has for it."""
        raise NotImplementedError

    def flush(self) -> int:
        """Write positions that are known here only, in one transaction; how many it were."""
        raise NotImplementedError

    def refresh(self) -> int:
        """Read positions that other processes have written; how many it were."""
        raise NotImplementedError

    def tracking(self, every_seconds: float = 0.25) -> AbstractContextManager[None]:
        """Flush and refresh on a thread of its own for as long as the `with` lasts. Every process
        that has to do with drivers needs it."""
        raise NotImplementedError
