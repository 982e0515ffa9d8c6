"""Where a rule is switched off, something behind it refuses, and the command beside it is not
failed with it. How several engines are kept apart is in test_interleavings."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.bookings import Booking
from booking_core.domain.commands import AnyCommand
from booking_core.errors import ConstraintViolated, DatabaseBusy
from booking_core.storage.wire import SqliteWire
from tests.support.builders import NOW, bus, counted, seat_ids
from tests.support.faults_acts import Do, cancel, confirm, extend, hold_places, hold_seats, release
from tests.support.faults_audit import problems
from tests.support.faults_duel import Duel, Rivals
from tests.support.faults_protections import Protection, without

_P = Protection


@dataclass(frozen=True, slots=True)
class Wrong:
    """A command that a rule refuses, and that something refuses without it."""

    name: str
    off: Protection
    prepare: Callable[[BookingSystem, ManualClock], AnyCommand]

    def __str__(self) -> str:
        return self.name


def _seat_of_another(system: BookingSystem, _: ManualClock) -> AnyCommand:
    held = _hold(system)
    return hold_seats(held.inventory_id, held.seat_ids, "bob")


def _more_than_is_left(system: BookingSystem, _: ManualClock) -> AnyCommand:
    inventory_id = system.create_inventory(counted({"General": 3}))
    system.hold_places(inventory_id, "ann", 2)
    return hold_places(inventory_id, 2, "bob")


def _hold(system: BookingSystem) -> Booking:
    inventory_id = system.create_inventory(bus())
    return system.hold_seats(inventory_id, "ann", seat_ids(system, inventory_id, "1A"))


def _lost(system: BookingSystem, clock: ManualClock) -> Booking:
    """A hold that ran out and whose seat another has taken."""
    held = _hold(system)
    clock.advance(hours=1)
    system.hold_seats(held.inventory_id, "bob", held.seat_ids)
    return held


def _sold(system: BookingSystem) -> Booking:
    return system.confirm(_hold(system).id)


WRONG = (
    Wrong("a seat of another", _P.SEAT_RULE, _seat_of_another),
    Wrong("more places than are left", _P.PLACES_RULE, _more_than_is_left),
    Wrong("confirm a lost hold", _P.EXPIRY_RULE, lambda s, c: confirm(_lost(s, c))),
    Wrong("extend a lost hold", _P.EXPIRY_RULE, lambda s, c: extend(_lost(s, c))),
    Wrong("release what is sold", _P.STATE_RULE, lambda s, _: release(_sold(s))),
    Wrong("confirm what is sold", _P.STATE_RULE, lambda s, _: confirm(_sold(s))),
    Wrong("confirm what was released", _P.STATE_RULE, lambda s, _: confirm(s.release(_hold(s).id))),
    Wrong("cancel again", _P.STATE_RULE, lambda s, _: cancel(s.cancel(_sold(s).id))),
)


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_a_rule_would_refuse_is_refused_without_it(
    wrong: Wrong, database_url: str, clock: ManualClock
) -> None:
    with BookingSystem.open(database_url, clock=clock) as system:
        command = wrong.prepare(system, clock)
        beside = hold_places(system.create_inventory(counted()), 1, "eve")
        with without([wrong.off], database_url):
            refused, held = system.place_many([command, beside])

        assert isinstance(refused, ConstraintViolated)
        assert isinstance(held, Booking)
    assert problems(database_url, [held], clock) == []


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_with_its_rule_the_same_is_refused_by_a_better_name(
    wrong: Wrong, sqlite_url: str, clock: ManualClock
) -> None:
    with BookingSystem.open(sqlite_url, clock=clock) as system:
        refused = system.place_many([wrong.prepare(system, clock)])[0]

        assert not isinstance(refused, Booking | ConstraintViolated)


def test_on_sqlite_a_transaction_that_began_without_the_lock_fails_rather_than_overwrite(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock(NOW)
    with (
        BookingSystem.open(sqlite_url, clock=clock) as one,
        BookingSystem.open(sqlite_url, clock=clock) as other,
    ):
        inventory_id = one.create_inventory(bus())
        seat = seat_ids(one, inventory_id, "1A")
        duel = Duel(
            Do(hold_seats(inventory_id, seat, "ann")), Do(hold_seats(inventory_id, seat, "bob"))
        )
        monkeypatch.setattr(SqliteWire, "begin", _begin_deferred)

        fought = Rivals(sqlite_url, clock, one, other).fight(duel, is_locked=False)

        assert isinstance(fought.first, DatabaseBusy)
        assert isinstance(fought.first.__cause__, sqlite3.OperationalError)
        assert isinstance(fought.second, Booking)
    assert problems(sqlite_url, fought.outcomes, clock) == []


def _begin_deferred(wire: SqliteWire, *, read_only: bool = False) -> None:
    wire._connection.execute("BEGIN")
