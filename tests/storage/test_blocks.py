"""Seats an operator takes out of the sale, and inventories taken off sale."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.errors import (
    BookingError,
    BookingNotFound,
    InventoryNotFound,
    NotOnSale,
    SeatNotBlocked,
    SeatNotFound,
    SeatTaken,
)
from booking_core.ids import new_id
from tests.support.builders import bus, hold, seat_ids, sell, statuses, sweep
from tests.support.raw import rows, scalar


@pytest.fixture
def inventory(frozen_system: BookingSystem) -> str:
    return frozen_system.create_inventory(bus(4, legs=3))


@pytest.fixture
def seat(frozen_system: BookingSystem, inventory: str) -> str:
    return seat_ids(frozen_system, inventory, "1A")[0]


def test_a_blocked_seat_cannot_be_had_on_any_leg_however_long_one_waits(
    frozen_system: BookingSystem, clock: ManualClock, inventory: str, seat: str
) -> None:
    frozen_system.block_seat(inventory, seat, reason="broken belt", actor="clerk")
    clock.advance(days=2)
    sweep(frozen_system)

    assert statuses(frozen_system, inventory)["1A"] == "blocked"
    assert statuses(frozen_system, inventory, 1, 2)["1A"] == "blocked"
    assert frozen_system.inventory(inventory).available == 3
    with pytest.raises(SeatTaken):
        hold(frozen_system, inventory, "1A", from_leg=2)
    assert frozen_system.fsck().violations == []


def test_unblocked_it_is_sold_again(
    frozen_system: BookingSystem, inventory: str, seat: str
) -> None:
    block = frozen_system.block_seat(inventory, seat, actor="clerk")
    frozen_system.unblock_seat(inventory, seat, actor="clerk", reason="mended")

    sell(frozen_system, inventory, "1A")
    assert [act["action"] for act in frozen_system.history(block.id)] == ["blocked", "released"]
    assert frozen_system.history(block.id)[-1]["after"]["reason"] == "mended"
    with pytest.raises(SeatNotBlocked):
        frozen_system.unblock_seat(inventory, seat)
    assert frozen_system.fsck().violations == []


def test_a_block_is_no_hold_that_a_customer_or_clerk_could_sell(
    frozen_system: BookingSystem, inventory: str, seat: str
) -> None:
    block = frozen_system.block_seat(inventory, seat)

    for act in (frozen_system.confirm, frozen_system.extend):
        with pytest.raises(BookingNotFound):
            act(block.id)
    with pytest.raises(BookingNotFound):
        frozen_system.release(block.id, customer_id=block.customer_id)
    assert frozen_system.holds() == []
    assert frozen_system.expire() == 0


def test_taken_seats_and_unknown_ones_are_not_blocked(
    frozen_system: BookingSystem, inventory: str, seat: str
) -> None:
    hold(frozen_system, inventory, "1A")
    with pytest.raises(SeatTaken):
        frozen_system.block_seat(inventory, seat)
    for unknown in (new_id(), "seat"):
        with pytest.raises(SeatNotFound):
            frozen_system.block_seat(inventory, unknown)
        with pytest.raises(SeatNotBlocked):
            frozen_system.unblock_seat(inventory, unknown)


def test_of_blocks_and_holds_of_one_seat_one_wins(
    frozen_system: BookingSystem, inventory: str, seat: str
) -> None:
    def attempt(number: int) -> bool:
        try:
            if number % 2:
                frozen_system.block_seat(inventory, seat)
            else:
                frozen_system.hold_seats(inventory, f"c{number}", [seat])
        except BookingError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(32))) == 1
    assert frozen_system.fsck().violations == []


def test_off_sale_nothing_new_is_held_and_what_is_sold_stays(
    frozen_system: BookingSystem, database_url: str, inventory: str
) -> None:
    held = hold(frozen_system, inventory, "1A")

    assert frozen_system.sales.set_on_sale(inventory, on_sale=False, actor="clerk", origin="::1")
    assert not frozen_system.sales.set_on_sale(inventory, on_sale=False, actor="clerk")

    with pytest.raises(NotOnSale):
        hold(frozen_system, inventory, "1B")
    frozen_system.confirm(held.id)
    assert frozen_system.sales.set_on_sale(inventory, on_sale=True, actor="clerk")
    hold(frozen_system, inventory, "1B")
    assert rows(
        database_url,
        "SELECT seq, action, entity, actor, origin FROM activity_log "
        "WHERE entity = 'inventory' ORDER BY seq",
    ) == [
        (2, "sale_closed", "inventory", "clerk", "::1"),
        (4, "sale_opened", "inventory", "clerk", None),
    ]
    assert scalar(database_url, "SELECT count(*) FROM outbox") == 5
    assert frozen_system.fsck().violations == []


def test_an_unknown_inventory_has_no_sale(frozen_system: BookingSystem) -> None:
    for unknown in (new_id(), "bus"):
        with pytest.raises(InventoryNotFound):
            frozen_system.sales.set_on_sale(unknown, on_sale=True, actor="clerk")
