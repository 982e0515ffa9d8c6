"""What the cache of seat maps reads from the database, and when."""

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.commands import HoldSeats
from booking_core.engine import seat_maps
from booking_core.engine.seat_maps import SeatMaps
from booking_core.storage.repositories.claims import claim_of
from tests.support.builders import bus, hold, seat_ids


@pytest.fixture
def system(frozen_system: BookingSystem) -> BookingSystem:
    return frozen_system


@pytest.fixture
def inventory(system: BookingSystem) -> str:
    return system.create_inventory(bus(4, legs=2))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the cache reads from the database: `claims` afresh, or `events` since."""
    seen: list[str] = []
    catch_up = seat_maps._catch_up

    def following(reader: object, inventory_id: str, known: object, version: int) -> bool:
        follows = catch_up(reader, inventory_id, known, version)  # type: ignore[arg-type]  # arguments are passed on
        seen.append("events" if follows else "gap")
        return follows

    def reading(row: object) -> object:
        seen.append("claim")
        return claim_of(row)  # type: ignore[arg-type]  # arguments are passed on

    monkeypatch.setattr(seat_maps, "_catch_up", following)
    monkeypatch.setattr(seat_maps, "claim_of", reading)
    return seen


def test_a_map_that_is_still_true_is_not_drawn_again(
    system: BookingSystem, inventory: str, clock: ManualClock
) -> None:
    hold(system, inventory, "1A")
    first = system.seat_map(inventory)
    clock.advance(minutes=14)

    assert system.seat_map(inventory) is first


def test_changes_are_followed_rather_than_all_claims_read_again(
    system: BookingSystem, inventory: str, reads: list[str]
) -> None:
    hold(system, inventory, "1A")
    assert system.seat_map(inventory).available == 3
    assert reads == ["claim", "claim"]
    hold(system, inventory, "1B")

    assert system.seat_map(inventory).available == 2
    assert reads[2:] == ["events"]


def test_where_events_are_too_many_to_follow_claims_are_read_again(
    system: BookingSystem, inventory: str, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat_maps, "MOST_EVENTS_FOLLOWED", 2)
    system.seat_map(inventory)
    system.place_many(
        HoldSeats(inventory_id=inventory, customer_id=f"c{seat}", seat_ids=(seat,))
        for seat in seat_ids(system, inventory)[:3]
    )

    assert system.seat_map(inventory).available == 1
    assert reads == ["gap", *["claim"] * 6]


def test_where_events_are_missing_claims_are_read_again(
    system: BookingSystem, inventory: str, database_url: str, reads: list[str]
) -> None:
    from tests.support.raw import run_sql

    system.seat_map(inventory)
    hold(system, inventory, "1A")
    hold(system, inventory, "1B")
    run_sql(database_url, "DELETE FROM outbox WHERE seq = 1")

    assert system.seat_map(inventory).available == 2
    assert reads[0] == "gap"


def test_the_map_of_a_batch_refused_by_the_database_is_not_kept(
    system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from booking_core.errors import ConstraintViolated
    from booking_core.storage.saving import Saver

    def refuse(_: Saver) -> None:
        raise ConstraintViolated("no")

    system.hold_best(inventory, "ann", 1)
    with monkeypatch.context() as patch:
        patch.setattr(Saver, "require_written", refuse)
        with pytest.raises(ConstraintViolated):
            system.hold_best(inventory, "bob", 2)

    assert system.seat_map(inventory).available == 3
    assert system.hold_best(inventory, "carol", 3).places == 3


def test_few_inventories_are_remembered(
    system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch, reads: list[str]
) -> None:
    maps = SeatMaps(most=1)
    monkeypatch.setattr(system._catalogue, "_seat_maps", maps)
    other = system.create_inventory(bus(4))
    hold(system, inventory, "1A")

    available = [system.seat_map(i).available for i in (inventory, other, inventory)]

    assert available == [3, 4, 3]
    assert reads.count("claim") == 4
