"""Live seats: whoever follows every change has the map, and each change says what it touched."""

from typing import Any

from hypothesis import given

from booking_core.domain.bookings import BookingState
from booking_core.domain.claims import Claim, Ledger
from booking_core.domain.commands import Block, Cancel, Confirm, Release
from booking_core.domain.live import LiveSeats
from booking_core.domain.seat_map import SeatStatus, draw_map
from tests.support.builders import NOW, bus
from tests.support.ledgers import INVENTORY_ID, apply, hold_seats, ledger_of, seat_id
from tests.unit.test_events import STEPS, published, run

LEGS = 3


def live_of(ledger: Ledger, claims: list[Claim] | None = None) -> LiveSeats:
    return LiveSeats(ledger.layout, 0, claims or [])


def map_of(ledger: Ledger) -> dict[str, SeatStatus]:
    """The map as if no hold ever ran out by itself."""
    drawn = draw_map(ledger.layout, ledger.claims.values(), 0, (0, LEGS), NOW)
    return {seat.id: status for seat, status in drawn}


@given(STEPS)
def test_whoever_follows_every_change_has_the_map(steps: list[Any]) -> None:
    ledger = ledger_of(bus(4, legs=LEGS))
    run(ledger, [(what, 0) for what, _ in steps])
    live = live_of(ledger)
    followed = {seat.seat_id: seat.status for seat in live.snapshot().seats}

    for seq, (decision, *_) in enumerate(ledger.entries, 1):
        change = live.advance(seq, published(decision))
        followed.update({seat.seat_id: seat.status for seat in change.seats})
        free = sum(status is SeatStatus.AVAILABLE for status in followed.values())
        assert (change.seq, change.available) == (seq, free)

    assert followed == map_of(ledger)
    assert {seat.seat_id: seat.status for seat in live.snapshot().seats} == followed


def test_a_seat_sold_on_one_leg_is_not_free_though_another_leg_is() -> None:
    ledger = ledger_of(bus(4, legs=LEGS))
    live = live_of(ledger)
    first = apply(ledger, hold_seats("1A", to_leg=1))
    apply(ledger, hold_seats("1A", customer="bob", from_leg=2))
    apply(ledger, Confirm(booking_id=first.id))
    apply(ledger, Cancel(booking_id=first.id))

    seen = [
        live.advance(seq, published(entry.decision)).seats[0].status
        for seq, entry in enumerate(ledger.entries, 1)
    ]

    assert seen == [SeatStatus.HELD, SeatStatus.HELD, SeatStatus.SOLD, SeatStatus.HELD]
    assert live.available == 3


def test_a_block_shows_until_it_is_lifted() -> None:
    ledger = ledger_of(bus(4, legs=LEGS))
    live = live_of(ledger)
    block = apply(
        ledger, Block(inventory_id=INVENTORY_ID, customer_id="operator", seat_id=seat_id("1A"))
    )
    apply(ledger, Release(booking_id=block.id))

    seen = [
        live.advance(seq, published(entry.decision)).seats[0].status
        for seq, entry in enumerate(ledger.entries, 1)
    ]

    assert seen == [SeatStatus.BLOCKED, SeatStatus.AVAILABLE]


def test_a_partial_cancellation_is_one_change_of_all_its_seats() -> None:
    ledger = ledger_of(bus(4, legs=LEGS))
    live = live_of(ledger)
    booking = apply(ledger, hold_seats("1A", "1B"))
    apply(ledger, Confirm(booking_id=booking.id))
    left = apply(ledger, Cancel(booking_id=booking.id, seat_ids=(seat_id("1A"),)))
    changes = [
        live.advance(seq, published(entry.decision)) for seq, entry in enumerate(ledger.entries, 1)
    ]

    assert left.state is BookingState.CONFIRMED
    assert {seat.label: str(seat.status) for seat in changes[-1].seats} == {
        "1A": "available",
        "1B": "sold",
    }


def test_seats_of_another_inventory_are_never_shown() -> None:
    ledger = ledger_of(bus(2, legs=LEGS))
    live = live_of(ledger)
    event = {
        "booking_id": "b",
        "state": "held",
        "seats": [seat_id("9Z")],
        "legs": [0, 1],
        "expires_at": "2035-06-01T12:15:00+00:00",
    }

    assert live.advance(1, event).seats == ()
    assert live.available == 2
