"""What the callers of a hold bench ask for."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from booking_core.clock import SystemClock
from booking_core.domain.inventory import InventoryDraft, Kind, SeatDraft, TierDraft
from booking_core.engine.bench.load import Act
from booking_core.engine.system import BookingSystem
from booking_core.errors import Refused

SEATS = 50_000
CONTENDED_SEATS = 200
SEATS_PER_ROW = 50
SEATS_PER_HOLD = 2
_NAME = "Bench"


@dataclass(frozen=True, slots=True)
class Workload:
    """`callers` hold two seats at a time, each in seats of its own or all in the same few."""

    callers: int
    seconds: float
    contended: bool
    hold_seconds: float

    @property
    def seats(self) -> int:
        """How many an inventory of this run has."""
        return CONTENDED_SEATS if self.contended else SEATS


def bench_inventory(system: BookingSystem, workload: Workload) -> str:
    """A fresh inventory for this run; its id."""
    seats = [
        SeatDraft("Standard", "", f"R{n // SEATS_PER_ROW + 1:04}-", str(n % SEATS_PER_ROW + 1), n)
        for n in range(workload.seats)
    ]
    return system.create_inventory(
        InventoryDraft(
            name=_NAME,
            kind=Kind.SEATED,
            starts_at=SystemClock().now() + timedelta(days=365),
            time_zone="UTC",
            currency="INR",
            tiers=[TierDraft("Standard", 50_000)],
            seats=seats,
        )
    )


def choices(seat_ids: Sequence[str], workload: Workload) -> list[Callable[[], tuple[str, ...]]]:
    """For each caller a function that names the next seats to hold."""
    if workload.contended:
        return [_random_pairs(seat_ids, n) for n in range(workload.callers)]
    size = len(seat_ids) // workload.callers
    return [_pairs_in_turn(seat_ids[n * size : (n + 1) * size]) for n in range(workload.callers)]


def _pairs_in_turn(own: Sequence[str]) -> Callable[[], tuple[str, ...]]:
    turns = count()
    pairs = [tuple(own[n : n + SEATS_PER_HOLD]) for n in range(0, len(own) - 1, SEATS_PER_HOLD)]
    return lambda: pairs[next(turns) % len(pairs)]


def _random_pairs(seats: Sequence[str], seed: int) -> Callable[[], tuple[str, ...]]:
    dice = random.Random(seed)  # noqa: S311 - a workload, not a secret
    return lambda: tuple(dice.sample(seats, SEATS_PER_HOLD))


def engine_acts(system: BookingSystem, inventory_id: str, workload: Workload) -> list[Act]:
    """Each caller's next hold through the façade, for a new customer every time."""
    duration = timedelta(seconds=workload.hold_seconds)
    customers = count()

    def act_of(choose: Callable[[], tuple[str, ...]]) -> Act:
        def act() -> bool:
            try:
                system.hold_seats(
                    inventory_id, f"bench-{next(customers)}", choose(), duration=duration
                )
            except Refused:
                return False
            return True

        return act

    seat_ids = list(system.layout(inventory_id).seats)
    return [act_of(choose) for choose in choices(seat_ids, workload)]
