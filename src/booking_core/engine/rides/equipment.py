"""What everything that is done with rides shares: one transaction per change, with its act in the
activity log and what is told of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.engine import Connection

from booking_core.clock import SystemClock
from booking_core.domain.accounts import checked_origin
from booking_core.domain.policies.rides import RidePolicy
from booking_core.domain.ride_messages import Draft
from booking_core.domain.rides import Ride
from booking_core.engine.keys import Keys
from booking_core.engine.positions import Positions
from booking_core.errors import (
    ConstraintViolated,
    DriverBusy,
    RideInProgress,
    RideNotFound,
    RideTaken,
)
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import ride_messages, rides
from booking_core.storage.repositories.activity import record
from booking_core.storage.unit_of_work import writing

_CODES = "ride-codes"
_LARGEST_NUMBER = 2**63 - 1
# What the database refuses, by what it says: PostgreSQL names the index, SQLite the columns.
_BY_CONSTRAINT: tuple[tuple[str, str, type[DriverBusy | RideInProgress | RideTaken], str], ...] = (
    (
        "uq_rides_active_driver",
        "rides.driver_id",
        DriverBusy,
        "This driver has another ride that is not over.",
    ),
    (
        "uq_rides_open_rider",
        "rides.rider_id",
        RideInProgress,
        "This rider has another ride that is not over.",
    ),
    (
        "uq_ride_offers_winner",
        "ride_offers.ride_id",
        RideTaken,
        "The ride has been taken by another driver.",
    ),
)


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done to a ride, by whom and from where."""

    action: str
    actor: str
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Equipment:
    """What rides are handled with: the database, the clock that judges all waiting, the keys, the
    drivers' positions, the policy, and whom to call once something was committed."""

    database: Database
    clock: Clock | None
    keys: Keys
    positions: Positions
    policy: RidePolicy
    announce: Callable[[], None]


class Equipped:
    """Who handles rides, with the equipment."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._database = equipment.database
        self._clock = equipment.clock or SystemClock()
        self._positions = equipment.positions
        self._policy = equipment.policy

    @cached_property
    def _code_key(self) -> bytes:
        """What codes are derived by."""
        return self._equipment.keys.derive(_CODES)

    def now(self) -> datetime:
        """The time by the clock that judges all waiting."""
        return self._clock.now()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction; sockets are told once it is committed. What only the database has
        noticed is refused like what a rule has."""
        try:
            with writing(self._database) as connection:
                yield connection
        except ConstraintViolated as error:
            raise _refusal(error) from error
        self._equipment.announce()

    def _locked(self, connection: Connection, number: int) -> Ride:
        """A ride as it is until the transaction ends. Raises RideNotFound."""
        found = rides.lock(connection, number) if _is_number(number) else None
        if found is None:
            raise ride_not_found(number)
        return found

    def _save(
        self,
        connection: Connection,
        before: Ride,
        after: Ride,
        deed: Deed,
        drafts: Sequence[Draft] = (),
        *,
        at: datetime,
    ) -> None:
        """Write a changed ride, what is told of it, and the act. Call it last, and once."""
        rides.update(connection, after)
        self._tell(connection, after, deed, drafts, before=before, at=at)

    def _tell(
        self,
        connection: Connection,
        ride: Ride,
        deed: Deed,
        drafts: Sequence[Draft],
        *,
        before: Ride | None,
        at: datetime,
    ) -> None:
        ride_messages.append(connection, drafts, at)
        was, becomes = _difference(before, ride)
        record(
            connection,
            at=at,
            actor=deed.actor,
            action=deed.action,
            entity="ride",
            entity_id=ride.id,
            before=was,
            after=becomes,
            origin=checked_origin(deed.origin),
        )


def ride_not_found(number: int) -> RideNotFound:
    return RideNotFound(f"There is no ride {number}.", field="booking_id")


def find_ride(connection: Connection, number: int) -> Ride:
    """A ride by its number. Raises RideNotFound."""
    found = rides.by_number(connection, number) if _is_number(number) else None
    if found is None:
        raise ride_not_found(number)
    return found


def _is_number(number: int) -> bool:
    return 0 < number <= _LARGEST_NUMBER


def _difference(before: Ride | None, after: Ride) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What changed, from and to, and the state anyway."""
    becomes = after.as_dict()
    if before is None:
        return None, becomes
    was = before.as_dict()
    told = [name for name in becomes if name == "state" or was[name] != becomes[name]]
    return {name: was[name] for name in told}, {name: becomes[name] for name in told}


def _refusal(error: ConstraintViolated) -> Exception:
    named = error.details.get("constraint") or error.message
    for index, columns, refusal, message in _BY_CONSTRAINT:
        if index in named or f"failed: {columns}." in named:
            return refusal(message)
    return error
