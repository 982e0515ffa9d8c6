"""The races: what is fought for, who may win, and what stands between the contenders."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import Confirm, Extend
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.errors import (
    BookingError,
    HoldExpired,
    HoldLimitReached,
    IllegalTransition,
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
from tests.support.faults_protections import Protection
from tests.support.faults_waiting import wait_until

# Takers ask until the seat is theirs or has been sold; nobody else has it for longer than this.
SHORT_HOLD = timedelta(milliseconds=80)
_P = Protection
_BETWEEN_ENGINES = frozenset({_P.LOCK, _P.EVENT_NUMBERS})


@dataclass(frozen=True, slots=True)
class Race:
    """`prepare` gives what the contenders do; `verdict` what is wrong about who won.

    Damage is done where all of `rules` are switched off for callers of one engine, and all of
    `layers` for several engines. None where nobody contends.
    """

    name: str
    prepare: Callable[[BookingSystem], list[Act]]
    verdict: Callable[[Sequence[Outcome]], list[str]]
    rules: frozenset[Protection] | None = None
    layers: frozenset[Protection] | None = None

    def __str__(self) -> str:
        return self.name


# Verdicts


def winners(outcomes: Iterable[Outcome]) -> list[Booking]:
    return [outcome for outcome in outcomes if isinstance(outcome, Booking)]


def exactly(count: int, *refusals: type[BookingError]) -> Callable[[Sequence[Outcome]], list[str]]:
    """So many win; the others are refused in one of these ways."""

    def verdict(outcomes: Sequence[Outcome]) -> list[str]:
        won = len(winners(outcomes))
        wrong = [] if won == count else [f"{won} won instead of {count}"]
        return wrong + refused_otherwise(outcomes, *refusals)

    return verdict


def refused_otherwise(outcomes: Iterable[Outcome], *refusals: type[BookingError]) -> list[str]:
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
        return wrong + refused_otherwise(outcomes, *refusals)

    return verdict


# One seat and more


def _one_seat(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(bus())
    seat = seat_ids(system, inventory_id, "1A")
    return [Do(hold_seats(inventory_id, seat, f"customer {n}")) for n in range(12)]


def _neighbours(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(hall(rows=1, seats=9))
    pairs = pairwise(seat_ids(system, inventory_id))
    return [Do(hold_seats(inventory_id, pair, f"customer {n}")) for n, pair in enumerate(pairs)]


def _best_seats(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(hall(rows=2, seats=4))
    return [Do(hold_best(inventory_id, 1, f"customer {n}")) for n in range(15)]


def _on_legs(spans: Iterable[tuple[int, int]]) -> Callable[[BookingSystem], list[Act]]:
    def prepare(system: BookingSystem) -> list[Act]:
        inventory_id = system.create_inventory(bus(legs=9))
        seat = seat_ids(system, inventory_id, "1A")
        return [
            Do(hold_seats(inventory_id, seat, f"customer {n}", span))
            for n, span in enumerate(spans)
        ]

    return prepare


def _random_spans() -> list[tuple[int, int]]:
    random = Random(7)
    starts = [random.randrange(8) for _ in range(12)]
    return [(start, random.randrange(start + 1, 10)) for start in starts]


def _losers_overlap_winners(outcomes: Sequence[Outcome]) -> list[str]:
    """Whoever was refused had asked for a seat and leg that somebody has."""
    won = winners(outcomes)
    taken = {leg for booking in won for leg in range(booking.from_leg, booking.to_leg)}
    spans = _random_spans()
    wrong = [
        f"{span} was refused and is free"
        for span, outcome in zip(spans, outcomes, strict=True)
        if isinstance(outcome, SeatTaken) and not taken & set(range(*span))
    ]
    return wrong + refused_otherwise(outcomes, SeatTaken)


def _no_free_pair_refused(outcomes: Sequence[Outcome]) -> list[str]:
    won = [isinstance(outcome, Booking) for outcome in outcomes]
    padded = [False, *won, False]
    wrong = [
        f"pair {n} was refused and is free" for n in range(len(won)) if not any(padded[n : n + 3])
    ]
    return wrong + refused_otherwise(outcomes, SeatTaken)


# Counted places


def _places(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(counted())
    return [Do(hold_places(inventory_id, 1, f"customer {n}")) for n in range(18)]


def _several_places(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(counted())
    return [Do(hold_places(inventory_id, 1 + n % 4, f"customer {n}")) for n in range(12)]


def _as_many_as_fit(outcomes: Sequence[Outcome]) -> list[str]:
    """Whoever was refused wanted more than is left even at the end."""
    left = 10 - sum(booking.places for booking in winners(outcomes))
    wrong = [
        f"{1 + n % 4} places were refused and {left} are left"
        for n, outcome in enumerate(outcomes)
        if isinstance(outcome, NotEnoughPlaces) and 1 + n % 4 <= left
    ]
    return wrong + refused_otherwise(outcomes, NotEnoughPlaces)


def _overdue_places(system: BookingSystem) -> list[Act]:
    """All places are in holds that nobody has swept."""
    inventory_id = system.create_inventory(counted())
    for n in range(5):
        last = system.hold_places(inventory_id, f"late {n}", 2, duration=timedelta(milliseconds=1))
    wait_until(lambda: system.now() > last.expires_at, "the holds are overdue")
    return [Do(hold_places(inventory_id, 1, f"customer {n}")) for n in range(18)]


# One customer, one key


def _customers_seats(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(bus(16, holds=HoldPolicy(customer_limit=4)))
    seats = seat_ids(system, inventory_id)
    return [Do(hold_seats(inventory_id, (seat,), "ann")) for seat in seats[:12]]


def _one_key(system: BookingSystem) -> list[Act]:
    inventory_id = system.create_inventory(counted({"General": 100}))
    return [Do(hold_places(inventory_id, 1, "ann", key=inventory_id)) for _ in range(9)]


def _all_the_same(outcomes: Sequence[Outcome]) -> list[str]:
    ids = {booking.id for booking in winners(outcomes)}
    wrong = [] if len(ids) == 1 else [f"one key gave {len(ids)} bookings"]
    return wrong + refused_otherwise(outcomes)


# The end of a hold


def _holds(system: BookingSystem, count: int = 6, **options: Any) -> list[Booking]:
    inventory_id = system.create_inventory(bus(12, holds=HoldPolicy(customer_limit=100)))
    return [
        system.hold_seats(inventory_id, "ann", (seat,), **options)
        for seat in seat_ids(system, inventory_id)[:count]
    ]


def _confirm_and_release(system: BookingSystem) -> list[Act]:
    return [Do(act(hold)) for hold in _holds(system) for act in (confirm, release)]


def _confirm_and_cancel(system: BookingSystem) -> list[Act]:
    return [Do(act(hold)) for hold in _holds(system) for act in (confirm, cancel)]


def _confirmed_then_maybe_cancelled(outcomes: Sequence[Outcome]) -> list[str]:
    wrong = []
    for confirmed, cancelled in zip(outcomes[::2], outcomes[1::2], strict=True):
        if not isinstance(confirmed, Booking):
            wrong.append(f"confirming was refused: {confirmed!r}")
        elif not isinstance(cancelled, Booking | NotCancellable):
            wrong.append(f"unexpected: {cancelled!r}")
    return wrong


def _cancel_many_times(system: BookingSystem) -> list[Act]:
    sold = [system.confirm(hold.id) for hold in _holds(system, 2)]
    return [Do(cancel(sold[0])) for _ in range(6)]


def _confirm_or_lose(system: BookingSystem) -> list[Act]:
    """Each hold runs out while it is confirmed, a little before or after; others want its seat,
    and sweepers are about."""
    holds = _holds(system, duration=SHORT_HOLD)
    end = holds[-1].expires_at
    return [*_late_owners_and_takers(holds, confirm), SweepUntil(end), SweepUntil(end)]


def _extend_or_lose(system: BookingSystem) -> list[Act]:
    """The same with extending."""
    holds = _holds(system, duration=SHORT_HOLD)
    return [*_late_owners_and_takers(holds, extend), SweepUntil(holds[-1].expires_at)]


def _late_owners_and_takers(
    holds: Sequence[Booking], keep: Callable[[Booking], Confirm | Extend]
) -> Iterator[Act]:
    """Three acts a hold: its owner is about in time, and once more when it is decided; another
    wants its seat. The first hold's owner sleeps."""
    end = holds[-1].expires_at
    for n, hold in enumerate(holds):
        about = hold.expires_at + timedelta(milliseconds=4 * n - 12)
        yield DoAt(keep(hold), about) if n else DoOnceDecided(keep(hold))
        yield DoOnceDecided(keep(hold))
        yield TakeFrom(hold_seats(hold.inventory_id, hold.seat_ids, f"taker {n}"), end)


def _owner_or_taker(*refusals: type[BookingError]) -> Callable[[Sequence[Outcome]], list[str]]:
    """Of each hold either its owner won, at least once, or the taker."""

    def verdict(outcomes: Sequence[Outcome]) -> list[str]:
        fights = [outcomes[n : n + 3] for n in range(0, len(outcomes) - len(outcomes) % 3, 3)]
        wrong = [
            f"the owner {'and' if taken else 'nor'} the taker won"
            for early, late, taker in fights
            if bool(winners((early, late))) is (taken := isinstance(taker, Booking))
        ]
        return wrong + refused_otherwise(outcomes, SeatTaken, HoldExpired, *refusals)

    return verdict


_STATE = frozenset({_P.STATE_RULE, _P.OWN_CLAIMS_RULE, _P.CAPACITY_CHECK})
_LATE = frozenset({_P.EXPIRY_RULE, _P.STATE_RULE, _P.OWN_CLAIMS_RULE})

RACES = (
    Race(
        "one seat",
        _one_seat,
        exactly(1, SeatTaken),
        rules=frozenset({_P.SEAT_RULE}),
        layers=_BETWEEN_ENGINES | {_P.GUARD},
    ),
    Race(
        "neighbouring seats",
        _neighbours,
        _no_free_pair_refused,
        rules=frozenset({_P.SEAT_RULE}),
    ),
    Race(
        "best seats",
        _best_seats,
        exactly(8, NotEnoughPlaces),
        rules=frozenset({_P.SEAT_RULE}),
        layers=_BETWEEN_ENGINES | {_P.GUARD, _P.CAPACITY_CHECK},
    ),
    Race(
        "overlapping legs",
        _on_legs([(n % 4, 5 + n % 3) for n in range(12)]),
        exactly(1, SeatTaken),
        rules=frozenset({_P.SEAT_RULE}),
        layers=_BETWEEN_ENGINES | {_P.GUARD},
    ),
    Race("disjoint legs", _on_legs([(n, n + 1) for n in range(9)]), exactly(9)),
    Race(
        "legs at random",
        _on_legs(_random_spans()),
        _losers_overlap_winners,
        rules=frozenset({_P.SEAT_RULE}),
    ),
    Race(
        "counted places",
        _places,
        exactly(10, NotEnoughPlaces),
        rules=frozenset({_P.PLACES_RULE, _P.CAPACITY_CHECK}),
        layers=_BETWEEN_ENGINES | {_P.CAPACITY_CHECK},
    ),
    Race(
        "several counted places",
        _several_places,
        _as_many_as_fit,
        rules=frozenset({_P.PLACES_RULE, _P.CAPACITY_CHECK}),
    ),
    Race(
        "places of overdue holds",
        _overdue_places,
        exactly(10, NotEnoughPlaces),
        rules=frozenset({_P.PLACES_RULE, _P.CAPACITY_CHECK}),
        layers=_BETWEEN_ENGINES | {_P.CAPACITY_CHECK},
    ),
    Race(
        "seats of one customer",
        _customers_seats,
        exactly(4, HoldLimitReached),
        rules=frozenset({_P.CUSTOMER_RULE}),
        layers=_BETWEEN_ENGINES,
    ),
    Race(
        "one idempotency key",
        _one_key,
        _all_the_same,
        rules=frozenset({_P.KEY_RULE}),
        layers=_BETWEEN_ENGINES | {_P.KEY_GUARD},
    ),
    Race(
        "confirm or release",
        _confirm_and_release,
        one_of_each_pair(IllegalTransition),
        rules=_STATE,
        layers=_BETWEEN_ENGINES | {_P.CAPACITY_CHECK, _P.ROW_COUNTS},
    ),
    Race(
        "confirm and cancel",
        _confirm_and_cancel,
        _confirmed_then_maybe_cancelled,
    ),
    Race(
        "cancel only once",
        _cancel_many_times,
        exactly(1, IllegalTransition),
        rules=_STATE,
        layers=_BETWEEN_ENGINES | {_P.CAPACITY_CHECK, _P.ROW_COUNTS},
    ),
    Race(
        "confirm or lose",
        _confirm_or_lose,
        _owner_or_taker(IllegalTransition),
        rules=_LATE,
        layers=_LATE,
    ),
    Race("extend or lose", _extend_or_lose, _owner_or_taker(), rules=_LATE, layers=_LATE),
)
