"""Races for places that came free: whoever waits gets them, each place once, and nobody is
forgotten. Interleaved on purpose, and all at once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

import pytest

from booking_core import BookingSystem
from booking_core.domain.bookings import Booking
from booking_core.domain.waitlist import WaitlistEntry, WaitlistState
from booking_core.engine.serving import Serving
from booking_core.errors import HoldExpired, NotEnoughPlaces, SeatsAvailable
from tests.faults.test_interleavings import rivals_on
from tests.support.builders import counted, sweep
from tests.support.faults_arena import Act, Outcome
from tests.support.faults_audit import problems
from tests.support.faults_duel import Duel, Rivals
from tests.support.faults_protections import Protection, without
from tests.support.faults_waiting import run_together
from tests.support.waiting import serves_nobody, sold_out, state

LOCK = frozenset({Protection.LOCK, Protection.EVENT_NUMBERS})


@dataclass(frozen=True, slots=True)
class Scene:
    """A duel, and whom it is about."""

    duel: Duel
    ann: WaitlistEntry | None = None


def cancelling(rivals: Rivals, number: int = 0, places: int = 2) -> tuple[str, list[Booking], Act]:
    """A sold-out inventory, its sales, and the cancellation of one of them."""
    inventory, sales = sold_out(rivals.one, places)
    return inventory, sales, lambda system: system.cancel(sales[number].id)


def buyer_against_waiter(rivals: Rivals) -> Scene:
    inventory, _, cancel = cancelling(rivals)
    ann = rivals.one.waitlist.join(inventory, "ann")
    return Scene(Duel(cancel, lambda system: system.hold_places(inventory, "bob", 1)), ann)


def two_cancellations(rivals: Rivals) -> Scene:
    inventory, sales, cancel = cancelling(rivals)
    ann = rivals.one.waitlist.join(inventory, "ann")
    rivals.one.waitlist.join(inventory, "bob")
    return Scene(Duel(cancel, lambda system: system.cancel(sales[1].id)), ann)


def join_after_cancellation(rivals: Rivals) -> Scene:
    inventory, _, cancel = cancelling(rivals)
    return Scene(Duel(cancel, lambda system: system.waitlist.join(inventory, "ann")))


def cancellation_after_join(rivals: Rivals) -> Scene:
    inventory, _, cancel = cancelling(rivals)
    return Scene(Duel(lambda system: system.waitlist.join(inventory, "ann"), cancel))


def accept_before_sweep(rivals: Rivals) -> Scene:
    inventory, _, cancel = cancelling(rivals)
    ann = rivals.one.waitlist.join(inventory, "ann")
    cancel(rivals.one)
    late = partial(rivals.clock.advance, minutes=16)
    accept: Act = lambda system: system.waitlist.accept(ann.id, "ann")  # noqa: E731 - an act
    return Scene(Duel(accept, sweep, late), ann)


def sweep_before_accept(rivals: Rivals) -> Scene:
    inventory, _, cancel = cancelling(rivals)
    ann = rivals.one.waitlist.join(inventory, "ann")
    rivals.one.waitlist.join(inventory, "bob")
    cancel(rivals.one)
    rivals.clock.advance(minutes=15)
    return Scene(Duel(sweep, lambda system: system.waitlist.accept(ann.id, "ann")), ann)


SCENES: list[tuple[Callable[[Rivals], Scene], type, WaitlistState | None]] = [
    (buyer_against_waiter, NotEnoughPlaces, WaitlistState.OFFERED),
    (two_cancellations, Booking, WaitlistState.OFFERED),
    (join_after_cancellation, SeatsAvailable, None),
    (cancellation_after_join, Booking, None),
    (accept_before_sweep, int, WaitlistState.ACCEPTED),
    (sweep_before_accept, HoldExpired, WaitlistState.EXPIRED),
]


@pytest.mark.parametrize(("prepare", "second", "expected"), SCENES)
def test_the_second_waits_and_sees_who_is_due(
    prepare: Callable[[Rivals], Scene],
    second: type,
    expected: WaitlistState | None,
    database_url: str,
) -> None:
    with rivals_on(database_url) as rivals:
        scene = prepare(rivals)
        fought = rivals.fight(scene.duel, is_locked=True)
        wrong = problems(database_url, fought.outcomes, rivals.clock)
        became = None if scene.ann is None else state(rivals.one, scene.ann)

    assert fought.second_waited
    assert isinstance(fought.second, second)
    assert wrong == []
    assert became is expected


@pytest.mark.parametrize("prepare", [join_after_cancellation, cancellation_after_join])
def test_without_the_lock_somebody_waits_beside_a_free_place(
    prepare: Callable[[Rivals], Scene], database_url: str
) -> None:
    with rivals_on(database_url) as rivals:
        duel = prepare(rivals).duel
        with without(LOCK, database_url):
            rivals.fight(duel, is_locked=False)
        found = {violation.check for violation in rivals.one.fsck().violations}

    assert "nobody waits for what is free" in found


# All at once

PLACES, WAITERS, BUYERS = 4, 6, 3


def rush(url: str) -> tuple[list[Outcome], list[WaitlistEntry], list[str]]:
    """Four places of six that are waited for come free on two engines, while others try to buy
    until a moment after; what the buyers got, those who waited, and what is wrong."""
    with BookingSystem.open(url) as one, BookingSystem.open(url) as other:
        inventory = one.create_inventory(counted({"General": PLACES}))
        held = [one.hold_places(inventory, f"holder {n}", 1) for n in range(PLACES)]
        waiting = [one.waitlist.join(inventory, f"waiter {n}") for n in range(WAITERS)]
        done = [Event() for _ in held]

        def give_back(number: int) -> None:
            (one, other)[number % 2].release(held[number].id)
            done[number].set()

        def buy(number: int) -> Any:
            is_last = False
            while True:
                try:
                    system = (one, other)[number % 2]
                    return system.hold_places(inventory, f"buyer {number}", 1)
                except NotEnoughPlaces as error:
                    if is_last:
                        return error
                    is_last = all(event.is_set() for event in done)

        outcomes = run_together(
            [partial(give_back, n) for n in range(PLACES)]
            + [partial(buy, n) for n in range(BUYERS)]
        )
        entries = [one.waitlist.get(entry.id) for entry in waiting]
        wrong = [violation.check for violation in one.fsck().violations]
    return outcomes[PLACES:], entries, wrong


def test_every_place_is_offered_once_and_buyers_get_none(database_url: str) -> None:
    bought, entries, wrong = rush(database_url)

    assert [entry.state for entry in entries] == (
        [WaitlistState.OFFERED] * PLACES + [WaitlistState.WAITING] * (WAITERS - PLACES)
    )
    assert len({entry.booking_id for entry in entries[:PLACES]}) == PLACES
    assert all(isinstance(outcome, NotEnoughPlaces) for outcome in bought)
    assert wrong == []


def test_where_nobody_serves_buyers_overtake(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(Serving, "serve", serves_nobody)

    bought, entries, wrong = rush(sqlite_url)

    assert any(isinstance(outcome, Booking) for outcome in bought)
    assert {entry.state for entry in entries} == {WaitlistState.WAITING}
    assert "nobody waits for what is free" in wrong
