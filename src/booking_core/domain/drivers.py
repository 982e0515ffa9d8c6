"""Drivers: who may drive, and where they are."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from booking_core.domain.fares import VehicleType
from booking_core.domain.geo import Point
from booking_core.domain.transitions import TransitionTable
from booking_core.errors import DriverNotApproved, DriverNotFound, DriverOffline, InvalidRequest
from booking_core.ids import is_storable

LONGEST_DOCUMENT_NUMBER = 32
_BLANKS = re.compile(r"[\s-]+")


class DriverState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    SUSPENDED = "suspended"


DRIVER_TRANSITIONS = TransitionTable(
    "driver",
    {
        DriverState.PENDING: frozenset({DriverState.APPROVED, DriverState.SUSPENDED}),
        DriverState.APPROVED: frozenset({DriverState.SUSPENDED}),
        DriverState.SUSPENDED: frozenset({DriverState.APPROVED}),
    },
)


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver with one vehicle; `user_id` is the account's. `stars` are the sum of `ratings`
    ratings."""

    user_id: str
    vehicle_type: VehicleType
    plate_number: str
    license_number: str
    state: DriverState
    online: bool
    registered_at: datetime
    updated_at: datetime
    stars: int = 0
    ratings: int = 0

    @property
    def rating(self) -> float | None:
        """The mean of all ratings, to two decimals; None where there is none."""
        return round(self.stars / self.ratings, 2) if self.ratings else None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        return {
            "user_id": self.user_id,
            "vehicle_type": str(self.vehicle_type),
            "plate_number": self.plate_number,
            "license_number": self.license_number,
            "state": str(self.state),
            "online": self.online,
            "rating": self.rating,
            "ratings": self.ratings,
            "registered_at": self.registered_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Position:
    """Where a driver was last heard of, and when."""

    driver_id: str
    point: Point
    at: datetime


@dataclass(frozen=True, slots=True)
class NearDriver:
    """A free driver and the distance in metres as the crow flies."""

    driver_id: str
    distance_m: int
    point: Point


def moved(driver: Driver, state: DriverState, now: datetime) -> Driver:
    """Approved or suspended; who is suspended is offline. Raises IllegalTransition."""
    DRIVER_TRANSITIONS.require(driver.state, state)
    online = driver.online and state is DriverState.APPROVED
    return replace(driver, state=state, online=online, updated_at=now)


def require_approved(driver: Driver) -> None:
    """Raises DriverNotApproved."""
    if driver.state is not DriverState.APPROVED:
        raise DriverNotApproved(
            f"This driver is {driver.state}; an operator has to approve it.",
            state=str(driver.state),
        )


def require_working(driver: Driver) -> None:
    """Raises DriverNotApproved, DriverOffline."""
    require_approved(driver)
    if not driver.online:
        raise DriverOffline("Go online first: PUT /driver/status.")


def checked_document_number(field: str, text: str) -> str:
    """A plate's or licence's number in the form that is compared: upper case, single dashes for
    blanks and dashes. Raises InvalidRequest naming `field`."""
    number = _BLANKS.sub("-", text.strip()).upper()
    if not 1 <= len(number) <= LONGEST_DOCUMENT_NUMBER or not (
        is_storable(number) and number.isprintable()
    ):
        raise InvalidRequest(f"{field} has 1 to {LONGEST_DOCUMENT_NUMBER} characters.", field=field)
    return number


def driver_not_found(user_id: str) -> DriverNotFound:
    return DriverNotFound(f"There is no driver {user_id}.", field="user_id")
