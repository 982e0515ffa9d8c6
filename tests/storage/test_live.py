"""Following inventories: the seats at a version, then every event after it, in order."""

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.live import LiveSeats
from booking_core.engine import live
from booking_core.errors import InventoryNotFound
from tests.support.builders import bus, counted, hold, seat_ids, sell, statuses
from tests.support.timetable import ABSENT


def follow(system: BookingSystem, inventory: str, seats: LiveSeats) -> list[int]:
    """Bring the seats up to now; the seqs followed."""
    found = system.live.news({inventory: seats.version})
    for event in found:
        seats.advance(event.seq, event.payload)
    return [event.seq for event in found]


def shown(seats: LiveSeats) -> dict[str, str]:
    return {seat.label: str(seat.status) for seat in seats.snapshot().seats}


@pytest.fixture
def inventory(system: BookingSystem) -> str:
    return system.create_inventory(bus(8, legs=3))


def test_who_follows_has_the_map(system: BookingSystem, inventory: str) -> None:
    hold(system, inventory, "1A", to_leg=1)
    seats = system.live.seats(inventory)
    assert shown(seats) == statuses(system, inventory)

    booking = sell(system, inventory, "1B", "1C")
    system.cancel(booking.id, seat_ids=booking.seat_ids[:1])
    system.block_seat(inventory, seat_ids(system, inventory, "1D")[0])
    system.sales.set_on_sale(inventory, on_sale=False, actor="operator")

    assert follow(system, inventory, seats) == [2, 3, 4, 5, 6]
    assert seats.version == system.inventory(inventory).version
    assert shown(seats) == statuses(system, inventory)
    assert not follow(system, inventory, seats)


def test_claims_that_are_newer_than_the_version_change_nothing(
    system: BookingSystem, inventory: str
) -> None:
    """Both are read one after the other, and somebody sells in between."""
    hold(system, inventory, "1A")
    early = system.live.seats(inventory).version
    booking = sell(system, inventory, "1B", customer="bob")
    system.cancel(booking.id)
    hold(system, inventory, "1B", customer="carl")
    later = system.live.seats(inventory)
    claims = list(later._claims.values())

    seats = LiveSeats(later.layout, early, claims)

    assert follow(system, inventory, seats) == [2, 3, 4, 5]
    assert shown(seats) == shown(later) == statuses(system, inventory)


def test_several_inventories_are_followed_by_one_question(system: BookingSystem) -> None:
    one, two, three = (system.create_inventory(bus(4)) for _ in range(3))
    for inventory in (one, two, two, three):
        hold(system, inventory, ("1A", "1B")[system.inventory(inventory).version])

    news = system.live.news({one: 0, two: 1, three: 1})

    assert [(event.inventory_id, event.seq) for event in news] == sorted([(one, 1), (two, 2)])


def test_news_come_a_bounded_number_at_a_time(
    system: BookingSystem, inventory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_EVENTS_AT_A_TIME", 2)
    for label in ("1A", "1B", "1C"):
        hold(system, inventory, label)
    seats = LiveSeats(system.layout(inventory), 0, [])

    assert [follow(system, inventory, seats) for _ in range(3)] == [[1, 2], [3], []]


def test_nobody_asks_for_nothing(system: BookingSystem) -> None:
    assert system.live.news({}) == []


@pytest.mark.parametrize("inventory_id", ["nonsense", ABSENT])
def test_what_is_not_there_cannot_be_followed(system: BookingSystem, inventory_id: str) -> None:
    with pytest.raises(InventoryNotFound):
        system.live.seats(inventory_id)


def test_counted_places_are_followed_by_their_number(
    frozen_system: BookingSystem, clock: ManualClock
) -> None:
    inventory = frozen_system.create_inventory(counted({"General": 4, "Early": 2}))
    first = frozen_system.hold_places(inventory, "ann", 2)
    seats = frozen_system.live.seats(inventory)
    assert (seats.snapshot().seats, seats.snapshot().available) == ((), 4)

    frozen_system.hold_places(inventory, "bob", 1)
    frozen_system.confirm(first.id)
    frozen_system.cancel(first.id)
    clock.advance(hours=1)
    frozen_system.expire()
    changes = [
        seats.advance(event.seq, event.payload)
        for event in frozen_system.live.news({inventory: seats.version})
    ]
    assert [change.available for change in changes] == [3, 3, 5, 6]
    # Nor does it matter from when one follows.
    assert frozen_system.live.seats(inventory).available == 6
