"""Drafts of small inventories, and short ways to sell them.

`NOW` is where the tests' clock starts; everything departs `DAYS_AHEAD` days later, which lies far
ahead on the real clock too.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.inventory import (
    InventoryDraft,
    Kind,
    Leg,
    SeatDraft,
    TierDraft,
)

NOW = datetime(2035, 6, 1, 12, tzinfo=UTC)
DAYS_AHEAD = 3
STARTS_AT = NOW + timedelta(days=DAYS_AHEAD)
LEG_TIME = timedelta(hours=1)
STOPS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def bus(
    seats: int = 8,
    legs: int = 3,
    *,
    price: int = 9_000,
    distances: Sequence[int | None] = (),
    **changes: Any,
) -> InventoryDraft:
    """A departure at STARTS_AT, an hour a leg. Seats 1A 1B 1C 1D 2A …, an aisle between B and C.

    `changes` are other values for the draft's fields.
    """
    starts_at = changes.pop("starts_at", STARTS_AT)
    return InventoryDraft(
        **{
            "name": "A to Z",
            "kind": Kind.SEATED,
            "starts_at": starts_at,
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "tiers": [TierDraft("Standard", price)],
            "seats": [
                SeatDraft("Standard", "", str(n // 4 + 1), "ABCD"[n % 4], n % 4 + (n % 4 > 1))
                for n in range(seats)
            ],
            "legs": legs_from(starts_at, legs, distances),
            **changes,
        }
    )


def legs_from(
    starts_at: datetime, count: int, distances: Sequence[int | None] = ()
) -> tuple[Leg, ...]:
    """Legs of an hour each, the next one starting as one ends."""
    return tuple(
        Leg(
            number,
            STOPS[number],
            STOPS[number + 1],
            starts_at + number * LEG_TIME,
            starts_at + (number + 1) * LEG_TIME,
            distances[number] if distances else None,
        )
        for number in range(count)
    )


def hall(
    rows: int = 2,
    seats: int = 6,
    *,
    tiers: Mapping[str, str] | None = None,
    price: int = 5_000,
    **changes: Any,
) -> InventoryDraft:
    """A seated event: rows A B C … of seats 1 2 3 … without an aisle, the first row in front.

    `tiers` says which rows are of which tier (`{"VIP": "A", "Stalls": "BC"}`); the first costs
    `price`, each further one 10.00 less.
    """
    named = tiers or {"Stalls": STOPS[:rows]}
    tier_of = {row: name for name, those in named.items() for row in those}
    return InventoryDraft(
        **{
            "name": "Concert",
            "kind": Kind.SEATED,
            "starts_at": STARTS_AT,
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "tiers": [TierDraft(name, price - 1_000 * n) for n, name in enumerate(named)],
            "seats": [
                SeatDraft(tier_of[row], "", row, str(number + 1), number)
                for row in STOPS[:rows]
                for number in range(seats)
            ],
            **changes,
        }
    )


def counted(tiers: Mapping[str, int] | None = None, **changes: Any) -> InventoryDraft:
    """An event of counted places: capacity per tier; a place of the n-th tier costs n × 10.00."""
    capacities = {"General": 10} if tiers is None else tiers
    return InventoryDraft(
        **{
            "name": "Festival",
            "kind": Kind.COUNTED,
            "starts_at": STARTS_AT,
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "tiers": [
                TierDraft(name, 1_000 * number, capacity)
                for number, (name, capacity) in enumerate(capacities.items(), start=1)
            ],
            **changes,
        }
    )


def seat_ids(system: BookingSystem, inventory_id: str, *labels: str) -> tuple[str, ...]:
    """Seat ids by label (`1A` on the bus, `B3` in the hall); all in layout order without any."""
    by_label = {seat.label: seat.id for seat in system.layout(inventory_id).seats.values()}
    return tuple(by_label[label] for label in labels) if labels else tuple(by_label.values())


def hold(
    system: BookingSystem,
    inventory_id: str,
    *labels: str,
    customer: str = "ann",
    **options: Any,
) -> Booking:
    """Hold seats by their labels."""
    return system.hold_seats(
        inventory_id, customer, seat_ids(system, inventory_id, *labels), **options
    )


def sell(
    system: BookingSystem, inventory_id: str, *labels: str, customer: str = "ann", **options: Any
) -> Booking:
    """Hold seats by their labels and confirm them at once."""
    held = hold(system, inventory_id, *labels, customer=customer, **options)
    return system.confirm(held.id, customer_id=customer)


def statuses(system: BookingSystem, inventory_id: str, *span: int) -> dict[str, str]:
    """The seat map as `{label: status}`."""
    return {seat.label: str(status) for seat, status in system.seat_map(inventory_id, *span)}


def sweep(system: BookingSystem, **options: int) -> int:
    """Sweep once, with a sweeper that leaves nothing open."""
    sweeper = system.sweeper()
    try:
        return sweeper.sweep(**options)
    finally:
        sweeper.close()
