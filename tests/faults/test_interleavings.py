"""Two engines interleaved on purpose: one has decided, the other begins, then the first writes.

With the lock the second waits and sees what the first did. Behind the lock lie other protections:
each of them alone prevents damage, and without any the damage shows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.engine.catalogue import Catalogue
from booking_core.errors import BookingError, IdempotencyKeyReused
from tests.support.builders import NOW, counted
from tests.support.faults_acts import Do, hold_places
from tests.support.faults_audit import problems
from tests.support.faults_duel import Duel, Fought, Rivals
from tests.support.faults_duels import CASES, Case
from tests.support.faults_protections import Protection, without

DAMAGING = [case for case in CASES if case.layers]
# The numbers of events are behind every lock; one case stands for all.
BEHIND_THE_LOCK = [
    pytest.param(case, layer, id=f"{case}-{layer.name}")
    for case in DAMAGING
    for layer in sorted(case.layers - {Protection.LOCK})
    if layer is not Protection.EVENT_NUMBERS or case is DAMAGING[0]
]


@contextmanager
def rivals_on(url: str) -> Iterator[Rivals]:
    clock = ManualClock(NOW)
    with (
        pytest.MonkeyPatch.context() as patch,
        BookingSystem.open(url, clock=clock) as one,
        BookingSystem.open(url, clock=clock) as other,
    ):
        patch.setattr(Catalogue, "_refresh_statistics", lambda *_: None)
        yield Rivals(url, clock, one, other)


def fought(case: Case, url: str, off: frozenset[Protection]) -> tuple[Fought, list[str]]:
    """How it went, and what is wrong afterwards."""
    with rivals_on(url) as rivals:
        duel = case.prepare(rivals)
        with without(off, url):
            result = rivals.fight(duel, is_locked=Protection.LOCK not in off)
        return result, problems(url, result.outcomes, rivals.clock)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_second_waits_and_sees_what_the_first_did(case: Case, database_url: str) -> None:
    result, wrong = fought(case, database_url, frozenset())

    assert result.second_waited
    assert isinstance(result.second, case.second)
    assert wrong == []


@pytest.mark.parametrize("case", DAMAGING, ids=str)
def test_without_every_protection_damage_is_done(case: Case, database_url: str) -> None:
    result, wrong = fought(case, database_url, case.layers)

    assert [outcome for outcome in result.outcomes if isinstance(outcome, BookingError)] == []
    assert wrong != []


@pytest.mark.parametrize(("case", "layer"), BEHIND_THE_LOCK)
def test_any_one_protection_behind_the_lock_prevents_damage(
    case: Case, layer: Protection, database_url: str
) -> None:
    result, wrong = fought(case, database_url, case.layers - {layer})

    assert wrong == []
    assert not all(isinstance(outcome, BookingError) for outcome in result.outcomes)


def test_one_key_for_two_inventories_is_refused_by_name(database_url: str) -> None:
    """Two inventories have two locks: on PostgreSQL neither waits for the other."""
    with rivals_on(database_url) as rivals:
        one, other = (rivals.one.create_inventory(counted()) for _ in range(2))
        duel = Duel(
            Do(hold_places(one, 1, "ann", key="k")), Do(hold_places(other, 1, "ann", key="k"))
        )
        result = rivals.fight(duel, is_locked=database_url.startswith("sqlite"))

    assert sorted(type(outcome).__name__ for outcome in result.outcomes) == [
        Booking.__name__,
        IdempotencyKeyReused.__name__,
    ]
    assert problems(database_url, result.outcomes, rivals.clock) == []
