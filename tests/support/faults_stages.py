"""What is fought for in the races, and who may win it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import AnyCommand
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import (
    BookingError,
    HoldExpired,
    NotCancellable,
    NotEnoughPlaces,
    SeatTaken,
)
from tests.support.builders import bus, counted, hall, seat_ids
from tests.support.faults_acts import (
    Do,
    DoAt,
    DoOnceDecided,
    SweepUntil,
    TakeFrom,
    cancel,
    confirm,
    extend,
    hold_best,
    hold_places,
    hold_seats,
    release,
)
from tests.support.faults_arena import Act, Outcome
from tests.support.faults_waiting import wait_until

# Takers ask until the seat is theirs or has been sold; nobody else has it for longer than this.
SHORT_HOLD = timedelta(milliseconds=80)


# Verdicts


def winners(outcomes: Iterable[Outcome]) -> list[Booking]:
    return [outcome for outcome in outcomes if isinstance(outcome, Booking)]


def exactly(count: int, *refusals: type[BookingError]) -> Callable[[Sequence[Outcome]], list[str]]:
    """So many win; the others are refused in one of these ways."""

    def verdict(outcomes: Sequence[Outcome]) -> list[str]:
        won = len(winners(outcomes))
        wrong = [] if won == count else [f"{won} won instead of {count}"]
        return wrong + _refused_otherwise(outcomes, *refusals)

    return verdict


def _refused_otherwise(outcomes: Iterable[Outcome], *refusals: type[BookingError]) -> list[str]:
    allowed: tuple[type, ...] = (Booking, int, *refusals)
    return [f"unexpected: {outcome!r}" for outcome in outcomes if not isinstance(outcome, allowed)]


def one_of_each_pair(
    *refusals: type[BookingError],
) -> Callable[[Sequence[Outcome]], list[str]]:
    """The acts are pairs about one booking; one of each pair wins."""

    def verdict(outcomes: Sequence[Outcome]) -> list[str]:
        pairs = zip(outcomes[::2], outcomes[1::2], strict=True)
        won = [len(winners(pair)) for pair in pairs]
        wrong = [f"{count} of a pair won" for count in won if count != 1]
        return wrong + _refused_otherwise(outcomes, *refusals)

    return verdict


# One seat and more


def one_seat(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(bus())
    seat = seat_ids(system, inventory_id, "1A")
    return [Do(hold_seats(inventory_id, seat, f"customer {n}")) for n in range(12)]


def neighbours(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(hall(rows=1, seats=9))
    pairs = pairwise(seat_ids(system, inventory_id))
    return [Do(hold_seats(inventory_id, pair, f"customer {n}")) for n, pair in enumerate(pairs)]


def best_seats(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(hall(rows=2, seats=4))
    return [Do(hold_best(inventory_id, 1, f"customer {n}")) for n in range(15)]


def on_legs(spans: Iterable[tuple[int, int]]) -> Callable[[BookingSystem], list[Act]]:
    def prepare(system: BookingSystem) -> list[Act]:
        inventory_id = system.create_inventory(bus(legs=9))
        seat = seat_ids(system, inventory_id, "1A")
        return [
            Do(hold_seats(inventory_id, seat, f"customer {n}", span))
            for n, span in enumerate(spans)
        ]

    return prepare


def random_spans() -> list[tuple[int, int]]:
    random = Random(7)
    starts = [random.randrange(8) for _ in range(12)]
    return [(start, random.randrange(start + 1, 10)) for start in starts]


def losers_overlap_winners(outcomes: Sequence[Outcome]) -> list[str]:
    """Whoever was refused had asked for a seat and leg that somebody has."""
    won = winners(outcomes)
    taken = {leg for booking in won for leg in range(booking.from_leg, booking.to_leg)}
    spans = random_spans()
    wrong = [
        f"{span} was refused and is free"
        for span, outcome in zip(spans, outcomes, strict=True)
        if isinstance(outcome, SeatTaken) and not taken & set(range(*span))
    ]
    return wrong + _refused_otherwise(outcomes, SeatTaken)


def no_free_pair_refused(outcomes: Sequence[Outcome]) -> list[str]:
    won = [isinstance(outcome, Booking) for outcome in outcomes]
    padded = [False, *won, False]
    wrong = [
        f"pair {n} was refused and is free" for n in range(len(won)) if not any(padded[n : n + 3])
    ]
    return wrong + _refused_otherwise(outcomes, SeatTaken)


# Counted places


def places(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(counted())
    return [Do(hold_places(inventory_id, 1, f"customer {n}")) for n in range(18)]


def several_places(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(counted())
    return [Do(hold_places(inventory_id, 1 + n % 4, f"customer {n}")) for n in range(12)]


def as_many_as_fit(outcomes: Sequence[Outcome]) -> list[str]:
    """Whoever was refused wanted more than is left even at the end."""
    left = 10 - sum(booking.places for booking in winners(outcomes))
    wrong = [
        f"{1 + n % 4} places were refused and {left} are left"
        for n, outcome in enumerate(outcomes)
        if isinstance(outcome, NotEnoughPlaces) and 1 + n % 4 <= left
    ]
    return wrong + _refused_otherwise(outcomes, NotEnoughPlaces)


def overdue_places(system: BookingSystem) -> list[Act]:
    """All places are in holds that nobody has swept."""
    inventory_id = system.create_inventory(counted())
    for n in range(5):
        last = system.hold_places(inventory_id, f"late {n}", 2, duration=timedelta(milliseconds=1))
    wait_until(lambda: system.now() > last.expires_at, "the holds are overdue")
    return [Do(hold_places(inventory_id, 1, f"customer {n}")) for n in range(18)]


# One customer, one key


def customers_seats(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(bus(16, holds=HoldPolicy(customer_limit=4)))
    seats = seat_ids(system, inventory_id)
    return [Do(hold_seats(inventory_id, (seat,), "ann")) for seat in seats[:12]]


def one_key(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(counted({"General": 100}))
    return [Do(hold_places(inventory_id, 1, "ann", key=inventory_id)) for _ in range(9)]


def all_the_same(outcomes: Sequence[Outcome]) -> list[str]:
    ids = {booking.id for booking in winners(outcomes)}
    wrong = [] if len(ids) == 1 else [f"one key gave {len(ids)} bookings"]
    return wrong + _refused_otherwise(outcomes)


# The end of a hold


def _holds(system: BookingSystem, count: int = 6, **options: Any) -> list[Booking]:
    inventory_id = system.create_inventory(bus(12, holds=HoldPolicy(customer_limit=100)))
    return [
        system.hold_seats(inventory_id, "ann", (seat,), **options)
        for seat in seat_ids(system, inventory_id)[:count]
    ]


def confirm_and_release(system: BookingSystem) -> list[Act]:
    return [Do(act(hold)) for hold in _holds(system) for act in (confirm, release)]


def confirm_and_cancel(system: BookingSystem) -> list[Act]:
    return [Do(act(hold)) for hold in _holds(system) for act in (confirm, cancel)]


def confirmed_then_maybe_cancelled(outcomes: Sequence[Outcome]) -> list[str]:
    wrong = []
    for confirmed, cancelled in zip(outcomes[::2], outcomes[1::2], strict=True):
        if not isinstance(confirmed, Booking):
            wrong.append(f"confirming was refused: {confirmed!r}")
        elif not isinstance(cancelled, Booking | NotCancellable):
            wrong.append(f"unexpected: {cancelled!r}")
    return wrong


def cancel_many_times(system: BookingSystem) -> list[Act]:
    sold = [system.confirm(hold.id) for hold in _holds(system, 2)]
    return [Do(cancel(sold[0])) for _ in range(6)]


def confirm_or_lose(system: BookingSystem) -> list[Act]:
    """Each hold runs out while it is confirmed, a little before or after; others want its seat,
    and sweepers are about."""
    holds = _holds(system, duration=SHORT_HOLD)
    end = holds[-1].expires_at
    return [*_late_owners_and_takers(holds, confirm), SweepUntil(end), SweepUntil(end)]


def extend_or_lose(system: BookingSystem) -> list[Act]:
    """The same with extending."""
    holds = _holds(system, duration=SHORT_HOLD)
    return [*_late_owners_and_takers(holds, extend), SweepUntil(holds[-1].expires_at)]


def _late_owners_and_takers(
    holds: Sequence[Booking], keep: Callable[[Booking], AnyCommand]
) -> Iterator[Act]:
    """Three acts a hold: its owner is about in time, and once more when it is decided; another
    wants its seat. The first hold's owner sleeps."""
    end = holds[-1].expires_at
    for n, hold in enumerate(holds):
        about = hold.expires_at + timedelta(milliseconds=4 * n - 12)
        yield DoAt(keep(hold), about) if n else DoOnceDecided(keep(hold), hold)
        yield DoOnceDecided(keep(hold), hold)
        yield TakeFrom(hold_seats(hold.inventory_id, hold.seat_ids, f"taker {n}"), end)


def owner_or_taker(*refusals: type[BookingError]) -> Callable[[Sequence[Outcome]], list[str]]:
    """Of each hold either its owner won, at least once, or the taker."""

    def verdict(outcomes: Sequence[Outcome]) -> list[str]:
        fights = [outcomes[n : n + 3] for n in range(0, len(outcomes) - len(outcomes) % 3, 3)]
        wrong = [
            f"the owner {'and' if taken else 'nor'} the taker won"
            for early, late, taker in fights
            if bool(winners((early, late))) is (taken := isinstance(taker, Booking))
        ]
        return wrong + _refused_otherwise(outcomes, SeatTaken, HoldExpired, *refusals)

    return verdict
