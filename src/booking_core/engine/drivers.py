"""Drivers: registering and approving them, whether they work, and where they are."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from threading import Event

from sqlalchemy.engine import Connection

from booking_core.clock import SystemClock
from booking_core.domain.accounts import Role, User, checked_origin, user_not_found
from booking_core.domain.drivers import (
    Driver,
    DriverState,
    NearDriver,
    Position,
    checked_document_number,
    driver_not_found,
    moved,
    require_approved,
)
from booking_core.domain.fares import VehicleType
from booking_core.domain.geo import Point, checked_point
from booking_core.domain.policies.rides import RidePolicy
from booking_core.engine.accounts import require_page
from booking_core.engine.background import repeat, running
from booking_core.engine.positions import Positions, Tracked
from booking_core.engine.rides.equipment import Deed
from booking_core.engine.rides.waves import free_near
from booking_core.errors import (
    AlreadyDriver,
    LicenseNumberTaken,
    PlateNumberTaken,
    StorageError,
)
from booking_core.ids import is_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import accounts, areas, drivers
from booking_core.storage.repositories.activity import record
from booking_core.storage.unit_of_work import writing

_ENTITY = "driver"


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
        now = self._clock.now()
        with writing(self._database) as connection:
            account = accounts.locked(connection, user_id) if is_id(user_id) else None
            if account is None:
                raise user_not_found(user_id)
            driver = _new_driver(user_id, vehicle_type, plate_number, license_number, now)
            _require_new(connection, driver)
            if areas.is_any_auto_approving(connection):
                driver = moved(driver, DriverState.APPROVED, now)
                _become_driver(connection, account.user, now)
            drivers.insert(connection, driver)
            _record(connection, None, driver, Deed("registered", user_id, origin), now)
        self._positions.learn(user_id)
        return driver

    def approve(self, user_id: str, *, actor: str, origin: str | None = None) -> Driver:
        """Let a driver work; the account's role becomes `driver`, unless it is an admin's. Raises
        DriverNotFound, IllegalTransition."""
        return self._move(user_id, DriverState.APPROVED, Deed("approved", actor, origin))

    def suspend(self, user_id: str, *, actor: str, origin: str | None = None) -> Driver:
        """Let a driver work no longer: offline at once, and a ride that has not begun goes to
        another. A trip under way may be completed. Raises DriverNotFound, IllegalTransition."""
        return self._move(user_id, DriverState.SUSPENDED, Deed("suspended", actor, origin))

    def set_online(self, user_id: str, online: bool, *, origin: str | None = None) -> Driver:
        """Begin or stop to be asked for rides. Raises DriverNotFound, DriverNotApproved."""
        with writing(self._database) as connection:
            driver = _locked(connection, user_id)
            if driver.online == online:
                return driver
            require_approved(driver)
            now = self._clock.now()
            after = replace(driver, online=online, updated_at=now)
            drivers.update(connection, after)
            action = "went_online" if online else "went_offline"
            _record(connection, driver, after, Deed(action, user_id, origin), now)
        return after

    def locate(self, user_id: str, lat: float, lng: float) -> Position:
        """Where a driver is now: known in this process at once, elsewhere within about a second.

        Raises DriverNotFound, InvalidRequest naming the field.
        """
        point = checked_point(lat, lng)
        if not self._positions.knows(user_id):
            self.get(user_id)
            self._positions.learn(user_id)
        position = Position(user_id, point, self._clock.now())
        self._positions.put(position)
        return position

    def get(self, user_id: str) -> Driver:
        """Raises DriverNotFound."""
        found = None
        if is_id(user_id):
            with self._database.connect() as connection:
                found = drivers.get(connection, user_id)
        if found is None:
            raise driver_not_found(user_id)
        return found

    def find(
        self, *, state: DriverState | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[Driver], int]:
        """A page of drivers, the newest first, and how many there are in all."""
        require_page(limit, offset)
        with self._database.connect() as connection:
            return drivers.page(connection, state, limit=limit, offset=offset)

    def position(self, user_id: str) -> Position | None:
        """Where a driver was last heard of."""
        self._positions.catch_up(self._clock.now())
        return self._positions.get(user_id)

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
        now = self._clock.now()
        self._positions.catch_up(now)
        with self._database.connect() as connection:
            return free_near(
                connection,
                self._positions,
                pickup,
                vehicle_type,
                radius_m=radius_m or self._policy.offers.reach_m,
                wanted=limit,
                heard_after=now - self._policy.presence.vanished,
            )

    def presence(self, user_id: str, connected: bool, *, origin: str | None = None) -> None:
        """A driver's socket of available bookings was opened or closed: an act in the activity
        log, with the message that the contract has for it."""
        self.get(user_id)
        verb = "connected" if connected else "disconnected"
        preposition = "to" if connected else "from"
        message = f"Driver {verb} {preposition} the available bookings group."
        with writing(self._database) as connection:
            record(
                connection,
                at=self._clock.now(),
                actor=user_id,
                action=verb,
                entity=_ENTITY,
                entity_id=user_id,
                after={"message": message},
                origin=checked_origin(origin),
            )

    def flush(self) -> int:
        """Write positions that are known here only, in one transaction; how many it were."""
        return self._positions.flush()

    def refresh(self) -> int:
        """Read positions that other processes have written; how many it were."""
        return self._positions.refresh(self._clock.now())

    def tracking(
        self,
        every_seconds: float = 0.25,
        observe: Callable[[Tracked | StorageError], None] = lambda _: None,
    ) -> AbstractContextManager[None]:
        """Flush and refresh on a thread of its own for as long as the `with` lasts. Every process
        that has to do with drivers needs it."""

        def track(stop: Event) -> None:
            repeat(
                lambda: self._positions.track(self._clock.now()),
                stop,
                every_seconds,
                observe=observe,
                has_more_to_do=lambda _: False,
            )

        return running("positions", track)

    def _move(self, user_id: str, state: DriverState, deed: Deed) -> Driver:
        """Approve or suspend; the account is locked before the driver."""
        now = self._clock.now()
        with writing(self._database) as connection:
            account = accounts.locked(connection, user_id) if is_id(user_id) else None
            driver = _locked(connection, user_id)
            after = moved(driver, state, now)
            drivers.update(connection, after)
            if account is not None and state is DriverState.APPROVED:
                _become_driver(connection, account.user, now)
            _record(connection, driver, after, deed, now)
        return after


def _new_driver(
    user_id: str, vehicle_type: VehicleType, plate: str, license_: str, now: datetime
) -> Driver:
    return Driver(
        user_id=user_id,
        vehicle_type=vehicle_type,
        plate_number=checked_document_number("plate_number", plate),
        license_number=checked_document_number("license_number", license_),
        state=DriverState.PENDING,
        online=False,
        registered_at=now,
        updated_at=now,
    )


def _require_new(connection: Connection, driver: Driver) -> None:
    """Raises AlreadyDriver, PlateNumberTaken, LicenseNumberTaken."""
    if drivers.get(connection, driver.user_id) is not None:
        raise AlreadyDriver("This account has registered as a driver before.")
    if drivers.has_number(connection, "plate_number", driver.plate_number):
        raise PlateNumberTaken("Another driver has this plate.", field="plate_number")
    if drivers.has_number(connection, "license_number", driver.license_number):
        raise LicenseNumberTaken("Another driver has this licence.", field="license_number")


def _become_driver(connection: Connection, user: User, now: datetime) -> None:
    if user.role is Role.CUSTOMER:
        accounts.change(connection, replace(user, role=Role.DRIVER, updated_at=now))


def _locked(connection: Connection, user_id: str) -> Driver:
    """Raises DriverNotFound."""
    driver = drivers.lock(connection, user_id) if is_id(user_id) else None
    if driver is None:
        raise driver_not_found(user_id)
    return driver


def _record(
    connection: Connection, before: Driver | None, after: Driver, deed: Deed, at: datetime
) -> None:
    record(
        connection,
        at=at,
        actor=deed.actor,
        action=deed.action,
        entity=_ENTITY,
        entity_id=after.user_id,
        before=None if before is None else before.as_dict(),
        after=after.as_dict(),
        origin=checked_origin(deed.origin),
    )
