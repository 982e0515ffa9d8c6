"""Rides and drivers as operators see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.desk import DriverLine, RideLine
from booking_core.domain.drivers import DriverState
from booking_core.domain.fares import VehicleType
from booking_core.domain.rides import RideState
from booking_core.storage.repositories.desk.lines import mails
from booking_core.storage.repositories.desk.searches import (
    NEVER,
    Condition,
    begins_with,
    has_id,
    holds_text,
    is_flag,
    is_of_mail,
    is_on_day,
    is_one_of,
)
from booking_core.storage.repositories.desk.sources import Rows, Source
from booking_core.storage.statements import table_of
from booking_core.storage.tables.accounts import UserRow
from booking_core.storage.tables.drivers import DriverPositionRow, DriverRow
from booking_core.storage.tables.rides import RideRow

_RIDES, _DRIVERS = table_of(RideRow), table_of(DriverRow)
_POSITIONS, _USERS = table_of(DriverPositionRow), table_of(UserRow)
_RIDE = (
    "id",
    "number",
    "state",
    "rider_id",
    "driver_id",
    "vehicle_type",
    "estimate",
    "fare",
    "currency",
    "requested_at",
    "expires_at",
    "wave",
    "reason",
)
_LONGEST_NUMBER = 18


def rides() -> Source:
    columns = _RIDES.c
    by_mail = is_of_mail(sa.cast(columns.rider_id, sa.String))
    return Source(
        start=_RIDES,
        columns=[
            *(columns[each] for each in _RIDE),
            columns.pickup_name.label("pickup"),
            columns.dropoff_name.label("dropoff"),
        ],
        make=_ride_lines,
        orders={
            "requested": (columns.requested_at, True),
            "state": (columns.state, False),
            "estimate": (columns.estimate, True),
        },
        tie=columns.id,
        fields={
            "state": is_one_of(columns.state, RideState),
            "mail": by_mail,
            "driver": has_id(columns.driver_id),
            "vehicle": is_one_of(columns.vehicle_type, VehicleType),
            "number": _is_number,
            "on": is_on_day(columns.requested_at),
        },
        words=(
            _is_number,
            by_mail,
            has_id(columns.id),
            holds_text(columns.pickup_name),
            holds_text(columns.dropoff_name),
        ),
    )


def drivers() -> Source:
    columns = _DRIVERS.c
    named = _DRIVERS.join(_USERS, _USERS.c.id == columns.user_id)
    names = ("user_id", "vehicle_type", "plate_number", "state", "online", "stars", "ratings")
    busy = sa.select(_RIDES.c.number).where(
        _RIDES.c.driver_id == columns.user_id,
        _RIDES.c.state.in_([RideState.ACCEPTED, RideState.ARRIVED, RideState.ON_TRIP]),
    )
    return Source(
        start=named.outerjoin(_POSITIONS, _POSITIONS.c.driver_id == columns.user_id),
        columns=[
            *(columns[each] for each in names),
            _USERS.c.email.label("mail"),
            _POSITIONS.c.lat,
            _POSITIONS.c.lng,
            _POSITIONS.c.at.label("seen_at"),
            busy.limit(1).scalar_subquery().label("ride"),
        ],
        make=lambda _, rows, __: [DriverLine(**row._mapping) for row in rows],
        orders={
            "mail": (_USERS.c.email, False),
            "state": (columns.state, False),
            "online": (columns.online, True),
            "seen": (_POSITIONS.c.at, True),
        },
        tie=columns.user_id,
        fields={
            "state": is_one_of(columns.state, DriverState),
            "online": is_flag(columns.online),
            "vehicle": is_one_of(columns.vehicle_type, VehicleType),
            "mail": holds_text(_USERS.c.email),
        },
        words=(
            holds_text(_USERS.c.email),
            begins_with(columns.plate_number),
            has_id(columns.user_id),
        ),
    )


def _ride_lines(connection: Connection, rows: Rows, now: datetime) -> Sequence[Any]:
    """Requests past their end have expired, whether or not that was noted."""
    names = mails(connection, (one for row in rows for one in (row.rider_id, row.driver_id) if one))
    return [
        RideLine(
            **{
                **row._mapping,
                "rider": names.get(row.rider_id, row.rider_id),
                "driver": names.get(row.driver_id) if row.driver_id else None,
                "state": _state_at(row, now),
            }
        )
        for row in rows
    ]


def _state_at(row: Any, now: datetime) -> RideState:
    if row.state is RideState.PENDING and row.expires_at <= now:
        return RideState.EXPIRED
    found: RideState = row.state
    return found


def _is_number(value: str) -> Condition:
    is_number = value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER
    return _RIDES.c.number == int(value) if is_number else NEVER
