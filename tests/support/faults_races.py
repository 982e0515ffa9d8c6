"""The races: how each is set up and judged, and what stands between the contenders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from booking_core import BookingSystem
from booking_core.errors import HoldLimitReached, IllegalTransition, NotEnoughPlaces, SeatTaken
from tests.support.faults_arena import Act, Outcome
from tests.support.faults_protections import Protection
from tests.support.faults_stages import (
    all_the_same,
    as_many_as_fit,
    best_seats,
    cancel_many_times,
    confirm_and_cancel,
    confirm_and_release,
    confirm_or_lose,
    confirmed_then_maybe_cancelled,
    customers_seats,
    exactly,
    extend_or_lose,
    losers_overlap_winners,
    neighbours,
    no_free_pair_refused,
    on_legs,
    one_key,
    one_of_each_pair,
    one_seat,
    overdue_places,
    owner_or_taker,
    places,
    random_spans,
    several_places,
)

_P = Protection
_BETWEEN_ENGINES = frozenset({_P.LOCK, _P.EVENT_NUMBERS})
_STATE = frozenset({_P.STATE_RULE, _P.OWN_CLAIMS_RULE, _P.CAPACITY_CHECK})
_LATE = frozenset({_P.EXPIRY_RULE, _P.STATE_RULE, _P.OWN_CLAIMS_RULE})


@dataclass(frozen=True, slots=True)
class Race:
    """`prepare` gives what the contenders do; `verdict` what is wrong about who won.

    Damage is done where all of `rules` are switched off for callers of one engine, and all of
    `layers` for several engines. None where nobody contends, or where another race shows it.
    """

    name: str
    prepare: Callable[[BookingSystem], list[Act]]
    verdict: Callable[[Sequence[Outcome]], list[str]]
    rules: frozenset[Protection] | None = None
    layers: frozenset[Protection] | None = None

    def __str__(self) -> str:
        return self.name


RACES = (
    Race(
        "one seat",
        one_seat,
        exactly(1, SeatTaken),
        rules=frozenset({_P.SEAT_RULE}),
        layers=_BETWEEN_ENGINES | {_P.GUARD},
    ),
    Race(
        "neighbouring seats",
        neighbours,
        no_free_pair_refused,
        rules=frozenset({_P.SEAT_RULE}),
    ),
    Race(
        "best seats",
        best_seats,
        exactly(8, NotEnoughPlaces),
        rules=frozenset({_P.SEAT_RULE}),
        layers=_BETWEEN_ENGINES | {_P.GUARD, _P.CAPACITY_CHECK},
    ),
    Race(
        "overlapping legs",
        on_legs([(n % 4, 5 + n % 3) for n in range(12)]),
        exactly(1, SeatTaken),
        rules=frozenset({_P.SEAT_RULE}),
        layers=_BETWEEN_ENGINES | {_P.GUARD},
    ),
    Race("disjoint legs", on_legs([(n, n + 1) for n in range(9)]), exactly(9)),
    Race(
        "legs at random",
        on_legs(random_spans()),
        losers_overlap_winners,
        rules=frozenset({_P.SEAT_RULE}),
    ),
    Race(
        "counted places",
        places,
        exactly(10, NotEnoughPlaces),
        rules=frozenset({_P.PLACES_RULE, _P.CAPACITY_CHECK}),
        layers=_BETWEEN_ENGINES | {_P.CAPACITY_CHECK},
    ),
    Race(
        "several counted places",
        several_places,
        as_many_as_fit,
        rules=frozenset({_P.PLACES_RULE, _P.CAPACITY_CHECK}),
    ),
    Race(
        "places of overdue holds",
        overdue_places,
        exactly(10, NotEnoughPlaces),
        rules=frozenset({_P.PLACES_RULE, _P.CAPACITY_CHECK}),
        layers=_BETWEEN_ENGINES | {_P.CAPACITY_CHECK},
    ),
    Race(
        "seats of one customer",
        customers_seats,
        exactly(4, HoldLimitReached),
        rules=frozenset({_P.CUSTOMER_RULE}),
        layers=_BETWEEN_ENGINES,
    ),
    Race(
        "one idempotency key",
        one_key,
        all_the_same,
        rules=frozenset({_P.KEY_RULE}),
        layers=_BETWEEN_ENGINES | {_P.KEY_GUARD},
    ),
    Race(
        "confirm or release",
        confirm_and_release,
        one_of_each_pair(IllegalTransition),
        rules=_STATE,
        layers=_BETWEEN_ENGINES | {_P.CAPACITY_CHECK, _P.ROW_COUNTS},
    ),
    Race(
        "confirm and cancel",
        confirm_and_cancel,
        confirmed_then_maybe_cancelled,
    ),
    Race(
        "cancel only once",
        cancel_many_times,
        exactly(1, IllegalTransition),
        rules=_STATE,
        layers=_BETWEEN_ENGINES | {_P.CAPACITY_CHECK, _P.ROW_COUNTS},
    ),
    Race(
        "confirm or lose",
        confirm_or_lose,
        owner_or_taker(IllegalTransition),
        rules=_LATE,
        layers=_LATE,
    ),
    Race("extend or lose", extend_or_lose, owner_or_taker(), rules=_LATE, layers=_LATE),
)
