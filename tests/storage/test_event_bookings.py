"""Bookings of events: their codes, their lists, what a customer has booked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import BookingState
from booking_core.domain.event_bookings import EventBookingStatus
from booking_core.engine import event_codes
from booking_core.errors import (
    BookingNotFound,
    EventCancelled,
    EventNotFound,
    InvalidRequest,
    NotEnoughPlaces,
    SeatTaken,
)
from tests.support.builders import NOW, bus, sell, sweep
from tests.support.programme import CLERK, SECTIONS, put_event
from tests.support.timetable import ABSENT

TODAY = f"EVT{NOW:%Y%m%d}"


def test_a_booking_has_its_code_from_the_first_moment_to_the_last(
    frozen_system: BookingSystem,
) -> None:
    system = frozen_system
    event = put_event(system, sections=SECTIONS).event
    held = system.event_bookings.hold(event.id, "ann", quantity=2)

    assert held.code == f"{TODAY}00001"
    assert [(seat.section, seat.number, item.unit_price) for seat, item in held.seats] == [
        ("VIP", "1", 30_000),
        ("VIP", "2", 30_000),
    ]
    assert held.status is EventBookingStatus.PENDING
    sold = system.confirm(held.booking.id)
    assert sold.reference == held.code
    system.cancel(sold.id)
    found = system.event_bookings.get(sold.id, customer_id="ann")
    assert (found.code, found.status) == (held.code, EventBookingStatus.CANCELLED)
    assert found.event == event
    assert system.fsck().violations == []


def test_a_code_does_not_depend_on_the_path_a_hold_takes(frozen_system: BookingSystem) -> None:
    """The third lone hold in a row goes in one trip on PostgreSQL."""
    event = put_event(frozen_system, sections=SECTIONS).event
    seats = [*frozen_system.layout(event.inventory_id).seats]
    held = [
        frozen_system.event_bookings.hold(event.id, "ann", seat_ids=[seat]) for seat in seats[:5]
    ]

    assert [one.code for one in held] == [f"{TODAY}{number:05}" for number in range(1, 6)]
    assert [frozen_system.booking(one.booking.id).reference for one in held] == [
        one.code for one in held
    ]


def test_codes_are_given_once_however_many_ask(
    database_url: str, frozen_system: BookingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_codes, "AT_A_TIME", 3)
    with (
        BookingSystem.open(database_url, clock=ManualClock(NOW)) as other,
        ThreadPoolExecutor(4) as pool,
    ):
        systems = (frozen_system, other) * 20
        codes = list(pool.map(lambda system: system.event_bookings.codes.take(), systems))

    assert len(set(codes)) == 40
    assert all(code.startswith(TODAY) and len(code) == len(TODAY) + 5 for code in codes)


def test_a_new_day_counts_anew(frozen_system: BookingSystem, clock: ManualClock) -> None:
    codes = frozen_system.event_bookings.codes
    assert (codes.ready(), codes.take()) == (None, f"{TODAY}00001")
    clock.advance(hours=24)

    assert codes.ready() is None
    assert codes.take() == f"EVT{clock.now():%Y%m%d}00001"


def test_a_repeated_request_keeps_its_code(frozen_system: BookingSystem) -> None:
    event = put_event(frozen_system).event
    asked: dict[str, Any] = {"quantity": 1, "idempotency_key": "k"}
    first, again = (frozen_system.event_bookings.hold(event.id, "ann", **asked) for _ in range(2))

    assert (again.code, again.booking) == (first.code, first.booking)


def test_holds_are_refused_as_of_any_inventory(frozen_system: BookingSystem) -> None:
    system = frozen_system
    event = put_event(system, sections=SECTIONS).event
    hold = system.event_bookings.hold
    taken = hold(event.id, "ann", quantity=1).booking

    with pytest.raises(SeatTaken):
        hold(event.id, "bob", seat_ids=taken.seat_ids)
    with pytest.raises(InvalidRequest):
        hold(event.id, "bob")
    with pytest.raises(InvalidRequest):
        hold(event.id, "bob", seat_ids=taken.seat_ids, quantity=1)
    with pytest.raises(InvalidRequest):
        hold(event.id, "bob", quantity=0)
    with pytest.raises(EventNotFound):
        hold(ABSENT, "bob", quantity=1)
    counted = put_event(system, event.venue).event
    with pytest.raises(NotEnoughPlaces):
        hold(counted.id, "bob", quantity=5, tier="VIP")
    system.events.cancel(counted.id, **CLERK)
    with pytest.raises(EventCancelled):
        hold(counted.id, "bob", quantity=1)


def test_others_bookings_and_those_of_departures_are_absent(frozen_system: BookingSystem) -> None:
    event = put_event(frozen_system, sections=SECTIONS).event
    own = frozen_system.event_bookings.hold(event.id, "ann", quantity=1).booking
    ride = sell(frozen_system, frozen_system.create_inventory(bus()), "1A")
    seat = [*frozen_system.layout(event.inventory_id).seats][-1]
    block = frozen_system.block_seat(event.inventory_id, seat)

    assert frozen_system.event_bookings.get(own.id).booking == own
    for booking_id, customer in (
        (own.id, "bob"),
        (ride.id, None),
        (block.id, None),
        (ABSENT, None),
    ):
        with pytest.raises(BookingNotFound):
            frozen_system.event_bookings.get(booking_id, customer_id=customer)
    assert [one.booking.id for one in frozen_system.event_bookings.find()[0]] == [own.id]


def test_lists_show_what_a_booking_is_now(frozen_system: BookingSystem, clock: ManualClock) -> None:
    system = frozen_system
    event = put_event(system).event
    other = put_event(system, event.venue).event

    def hold(which: str = event.id) -> str:
        # Lists are by time, and what is held at the same time stands in any order.
        clock.advance(seconds=1)
        return system.event_bookings.hold(which, "ann", quantity=1).booking.id

    swept, unswept = hold(), hold()
    clock.advance(minutes=6)
    assert sweep(system, most=1) == 1
    sold, cancelled, released, elsewhere, pending = hold(), hold(), hold(), hold(other.id), hold()
    system.event_bookings.hold(event.id, "bob", quantity=1)
    for booking_id in (sold, cancelled):
        system.confirm(booking_id)
    system.cancel(cancelled)
    system.release(released)

    def found(status: EventBookingStatus | None = None, **asked: object) -> list[str]:
        given, total = system.event_bookings.find(customer_id="ann", status=status, **asked)  # type: ignore[arg-type]  # of arguments as `**`
        assert status is None or {one.status for one in given} <= {status}
        assert total == len(given) or asked
        return [one.booking.id for one in given]

    everything = [pending, elsewhere, released, cancelled, sold, unswept, swept]
    assert found() == everything
    assert found(limit=2, offset=1) == everything[1:3]
    assert found(EventBookingStatus.PENDING) == [pending, elsewhere]
    assert found(EventBookingStatus.CONFIRMED) == [sold]
    assert found(EventBookingStatus.CANCELLED) == [released, cancelled]
    assert found(EventBookingStatus.EXPIRED) == [unswept, swept]
    assert found(event_id=other.id) == [elsewhere]
    assert found(event_id=ABSENT) == []
    assert system.event_bookings.find(customer_id="nobody") == ([], 0)


def test_stats_are_net_of_refunds(frozen_system: BookingSystem, clock: ManualClock) -> None:
    system = frozen_system
    hall = put_event(system, sections=SECTIONS).event
    field = put_event(system, hall.venue).event
    past = put_event(system, hall.venue, starts_at=NOW + timedelta(hours=1)).event

    def buy(event_id: str, quantity: int) -> str:
        return system.confirm(
            system.event_bookings.hold(event_id, "ann", quantity=quantity).booking.id
        ).id

    buy(past.id, 1)
    first, second = buy(hall.id, 2), buy(field.id, 3)
    buy(hall.id, 1)
    clock.advance(hours=2)
    # Half of the price of one seat comes back, and nothing of the places.
    seat = system.booking(first).seat_ids[0]
    system.cancel(first, seat_ids=[seat], refund=15_000)
    system.cancel(second, refund=0)
    sell(system, system.create_inventory(bus()), "1A")

    stats = system.event_bookings.stats("ann")
    assert (stats.total_bookings, stats.upcoming_events) == (4, 1)
    assert stats.total_spent == {"INR": 1_000 + 30_000 + 15_000 + 3_000 + 30_000}
    assert system.booking(first).state is BookingState.CONFIRMED
    empty = system.event_bookings.stats("nobody")
    assert (empty.total_bookings, empty.upcoming_events, empty.total_spent) == (0, 0, {})
