"""Static layouts are read once, kept up to a number of seats, and read again when they change."""

import pytest

from booking_core import BookingSystem
from booking_core.engine.layouts import Layouts
from booking_core.errors import InventoryNotFound
from booking_core.storage.database import Database
from tests.support.builders import bus, counted, hall
from tests.support.raw import run_sql


@pytest.fixture
def inventories(frozen_system: BookingSystem) -> list[str]:
    return [frozen_system.create_inventory(bus(8, legs=1)) for _ in range(3)]


def test_a_layout_is_read_once(database: Database, inventories: list[str]) -> None:
    layouts = Layouts(database)

    assert layouts.get(inventories[0]) is layouts.get(inventories[0])
    assert layouts.get(inventories[0], version=1) is layouts.get(inventories[0])


def test_a_newer_layout_is_read_when_it_is_asked_for(
    database: Database, inventories: list[str], database_url: str
) -> None:
    layouts = Layouts(database)
    old = layouts.get(inventories[0])
    run_sql(database_url, "UPDATE inventories SET layout_version = 2")
    run_sql(database_url, "UPDATE tiers SET price = 12345")

    assert layouts.get(inventories[0], version=1) is old
    new = layouts.get(inventories[0], version=2)

    assert new.version == 2
    assert [tier.price for tier in new.tiers.values()] == [12345]
    assert layouts.get(inventories[0]) is new


def test_the_least_recently_used_make_room(database: Database, inventories: list[str]) -> None:
    layouts = Layouts(database, most_seats=25)
    one, two = layouts.get(inventories[0]), layouts.get(inventories[1])
    assert layouts.get(inventories[0]) is one

    layouts.get(inventories[2])

    assert layouts.get(inventories[0]) is one
    assert layouts.get(inventories[1]) is not two


def test_one_that_is_larger_than_the_bound_is_kept_all_the_same(
    database: Database, inventories: list[str]
) -> None:
    layouts = Layouts(database, most_seats=1)

    assert layouts.get(inventories[0]) is layouts.get(inventories[0])


def test_what_is_not_there_is_not_found_each_time(database: Database) -> None:
    layouts = Layouts(database)

    for absent in ("01976e00-0000-7000-8000-00000000ffff", "7", ""):
        with pytest.raises(InventoryNotFound):
            layouts.get(absent)


def test_seats_come_best_first_and_tiers_as_they_were_drafted(
    frozen_system: BookingSystem,
) -> None:
    seated = frozen_system.create_inventory(hall(2, 2, tiers={"VIP": "A", "Stalls": "B"}))
    places = frozen_system.create_inventory(counted({"Z": 1, "A": 2, "M": 3}))

    layout = frozen_system.layout(seated)

    assert [seat.label for seat in layout.seats.values()] == ["A1", "A2", "B1", "B2"]
    assert [tier.name for tier in frozen_system.layout(places).tiers.values()] == ["Z", "A", "M"]
    assert [tier.name for tier in frozen_system.tiers(places)] == ["Z", "A", "M"]
