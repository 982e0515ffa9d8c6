"""Many drivers at once, for benches: approved and online, all over a service area."""

import math
import random

from booking_core.clock import SystemClock
from booking_core.domain.accounts import Role
from booking_core.domain.drivers import DriverState
from booking_core.domain.fares import VehicleType
from booking_core.domain.geo import EARTH_RADIUS_M, Point
from booking_core.ids import new_id
from booking_core.storage.database import Database
from booking_core.storage.statements import table_of
from booking_core.storage.tables.accounts import UserRow
from booking_core.storage.tables.drivers import DriverRow
from booking_core.storage.unit_of_work import writing

CENTRE = Point(19.0760, 72.8777)


def hire(database: Database, count: int) -> list[str]:
    """New drivers; their ids. Nobody can log in as one of them."""
    now = SystemClock().now()
    ids = [new_id() for _ in range(count)]
    with writing(database) as connection:
        connection.execute(
            table_of(UserRow).insert(),
            [
                {
                    "id": id_,
                    "email": f"{id_}@bench.invalid",
                    "password_hash": "",
                    "first_name": "Bench",
                    "last_name": "",
                    "role": Role.DRIVER,
                    "is_active": True,
                    "created_at": now,
                    "updated_at": now,
                }
                for id_ in ids
            ],
        )
        connection.execute(
            table_of(DriverRow).insert(),
            [
                {
                    "user_id": id_,
                    "vehicle_type": VehicleType.ECONOMY,
                    "plate_number": f"P-{id_}",
                    "license_number": f"L-{id_}",
                    "state": DriverState.APPROVED,
                    "online": True,
                    "registered_at": now,
                    "updated_at": now,
                    "stars": 0,
                    "ratings": 0,
                }
                for id_ in ids
            ],
        )
    return ids


def somewhere(dice: random.Random, radius_m: float) -> Point:
    """A point within a radius of the centre, each part of the circle as likely as any other."""
    distance = radius_m * math.sqrt(dice.random())
    bearing = dice.random() * 2 * math.pi
    degree_m = math.radians(1) * EARTH_RADIUS_M
    north = distance * math.cos(bearing) / degree_m
    east = distance * math.sin(bearing) / (degree_m * math.cos(math.radians(CENTRE.lat)))
    return Point(CENTRE.lat + north, CENTRE.lng + east)
