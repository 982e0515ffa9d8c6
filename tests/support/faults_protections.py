"""The protections against selling something twice, each with a way to switch it off.

A race that is still won by one with its protections off proves nothing: the negative controls
switch them off and must see the damage.
"""

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import pytest

from booking_core.domain import cancelling, changing
from booking_core.domain.bookings import BOOKING_TRANSITIONS, Booking, BookingState
from booking_core.domain.claims import Ledger
from booking_core.domain.commands import BookingCommand
from booking_core.domain.consequences import Numbers
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.transitions import TransitionTable
from booking_core.engine import batches, expiry, locked_inventories
from booking_core.engine.batches import BatchRunner
from booking_core.engine.idempotency import Answers
from booking_core.engine.writer import Writer
from booking_core.storage.locks.inventories import LOCK_INVENTORIES
from booking_core.storage.repositories import claims, journal
from booking_core.storage.saving import Saver
from booking_core.storage.statements import Query, Row, Write
from booking_core.storage.wire import PostgresWire, SqliteWire
from tests.support.faults_waiting import DEADLINE
from tests.support.raw import run_sql


class Protection(StrEnum):
    # Between transactions.
    LOCK = "the inventory's lock"
    GUARD = "the guard of the upsert of claims"
    ROW_COUNTS = "the comparison of rows written"
    EVENT_NUMBERS = "the primary keys of activity log and outbox"
    CAPACITY_CHECK = "the CHECK on tiers"
    KEY_GUARD = "the guard of the upsert of idempotency records"
    # Within one.
    SEAT_RULE = "the rule that a seat must be free"
    PLACES_RULE = "the rule that places must be left"
    EXPIRY_RULE = "the rule that a hold must not have expired"
    OWN_CLAIMS_RULE = "the rule that a booking has all its claims"
    STATE_RULE = "the table of transitions"
    CUSTOMER_RULE = "the cap on what a customer holds"
    KEY_RULE = "the replay of answers"


@dataclass(frozen=True, slots=True)
class Meeting:
    """Of several engines without a lock: nobody writes before everybody has read, and then they
    write one after another. `met` is a barrier, `turn` a lock, of threads or of processes."""

    met: Any
    turn: Any


@contextmanager
def without(
    off: Collection[Protection], url: str, meeting: Meeting | None = None, together: int = 0
) -> Iterator[None]:
    """Switch protections off, in this process.

    With a `meeting` the first batch of this process waits for `together` commands, too.
    """
    with pytest.MonkeyPatch.context() as patch:
        for protection in off:
            _SWITCHES[protection](patch)
        if Protection.CAPACITY_CHECK in off and url.startswith("postgresql"):
            run_sql(url, "ALTER TABLE tiers DROP CONSTRAINT IF EXISTS ck_tiers_capacity")
        if meeting is not None:
            _gather_first_batch(patch, together)
            _meet_before_saving(patch, meeting)
        yield


# The lock


def _without_lock(patch: pytest.MonkeyPatch) -> None:
    """PostgreSQL reads without FOR UPDATE. SQLite, where the transaction is the lock, ends it
    after reading and begins another one for writing."""
    for module in (batches, locked_inventories, expiry):
        patch.setattr(module, "load", _reading_without_lock(module.load))
    patch.setattr(Saver, "send", _beginning_anew(Saver.send))


def _reading_without_lock(load: Callable[..., Any]) -> Callable[..., Any]:
    def load_without_lock(
        wire: Any, named: Any, now: datetime | None, lock: Query = LOCK_INVENTORIES
    ) -> Any:
        loaded = load(wire, named, now, replace(lock, postgres=lock.postgres.split(" FOR ")[0]))
        if isinstance(wire, SqliteWire):
            wire.commit()
        return loaded

    return load_without_lock


def _beginning_anew(send: Callable[..., None]) -> Callable[..., None]:
    def send_in_new_transaction(saver: Saver, *arguments: Any) -> None:
        wire = saver._wire
        if isinstance(wire, SqliteWire) and not wire._connection.in_transaction:
            wire.begin()
        send(saver, *arguments)

    return send_in_new_transaction


def _gather_first_batch(patch: pytest.MonkeyPatch, together: int) -> None:
    """Nobody goes first by himself: all go through the queue."""
    patch.setattr(Writer, "_is_alone", lambda _: False)
    take = Writer._next_batch
    gathered: list[bool] = []

    def take_all(writer: Writer) -> Any:
        give_up = time.monotonic() + DEADLINE
        while not gathered and len(writer._waiting) < together and time.monotonic() < give_up:
            time.sleep(0.001)
        gathered.append(True)
        return take(writer)

    patch.setattr(Writer, "_next_batch", take_all)


def _meet_before_saving(patch: pytest.MonkeyPatch, meeting: Meeting) -> None:
    send, run = Saver.send, BatchRunner._run
    has_met: list[bool] = []
    has_turn: list[bool] = []

    def send_in_turn(saver: Saver, *arguments: Any) -> None:
        if not has_met:
            has_met.append(True)
            meeting.met.wait(DEADLINE)
        if not has_turn:
            if not meeting.turn.acquire(timeout=DEADLINE):
                raise TimeoutError("somebody never finished writing")
            has_turn.append(True)
        send(saver, *arguments)

    def run_in_turn(runner: BatchRunner, commands: Any) -> Any:
        try:
            return run(runner, commands)
        finally:
            if has_turn:
                has_turn.clear()
                meeting.turn.release()

    patch.setattr(Saver, "send", send_in_turn)
    patch.setattr(BatchRunner, "_run", run_in_turn)
    # The counters' rows stay locked from there to the end, and nobody would get to the meeting.
    apart = os.getpid() * 1_000
    patch.setattr(batches, "reserve_numbers", lambda *_: Numbers(apart, apart))


# What the database refuses


def _without_guard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claims, "PUT_CLAIMS", _cut(claims.PUT_CLAIMS, "WHERE claims.booking_id"))


def _without_key_guard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(journal, "PUT_ANSWERS", _cut(journal.PUT_ANSWERS, "WHERE idempotency_records.at"))


def _without_event_numbers(patch: pytest.MonkeyPatch) -> None:
    again = " ON CONFLICT (inventory_id, seq) DO UPDATE SET at = excluded.at"
    for name in ("INSERT_ACTIVITY", "INSERT_OUTBOX"):
        write = getattr(journal, name)
        changed = replace(write, sqlite=write.sqlite + again, postgres=write.postgres + again)
        patch.setattr(journal, name, changed)


def _cut(write: Write, start: str) -> Write:
    assert start in write.sqlite
    assert start in write.postgres
    return replace(
        write, sqlite=write.sqlite.split(start)[0], postgres=write.postgres.split(start)[0]
    )


@dataclass(frozen=True, slots=True)
class _Claimed:
    """An answer that pretends all rows were written."""

    count: int

    def rows(self) -> list[Any]:
        return []


def _without_row_counts(patch: pytest.MonkeyPatch) -> None:
    for wire in (SqliteWire, PostgresWire):
        patch.setattr(wire, "write", _pretending(wire.write))


def _pretending(write: Callable[..., Any]) -> Callable[..., _Claimed]:
    def write_and_pretend(
        wire: Any, what: Write, rows: list[Row], *, now: datetime | None = None
    ) -> _Claimed:
        write(wire, what, rows, now=now)
        return _Claimed(len(rows))

    return write_and_pretend


def _without_capacity_check(patch: pytest.MonkeyPatch) -> None:
    """On SQLite; PostgreSQL's constraint is dropped."""
    begin = SqliteWire.begin

    def begin_unchecked(wire: SqliteWire, *, read_only: bool = False) -> None:
        wire._connection.execute("PRAGMA ignore_check_constraints = ON")
        begin(wire, read_only=read_only)

    patch.setattr(SqliteWire, "begin", begin_unchecked)


# What the rules refuse


def _without_seat_rule(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "is_free", lambda *_: True)


def _without_places_rule(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "free_places", lambda *_: 1_000_000)


def _without_expiry_rule(patch: pytest.MonkeyPatch) -> None:
    def hold_of_any_age(
        ledger: Ledger, command: BookingCommand, _: datetime, **__: bool
    ) -> Booking:
        booking = changing.own_booking(ledger, command)
        if booking.state is not BookingState.HELD:
            BOOKING_TRANSITIONS.require(booking.state, BookingState.CONFIRMED)
        return booking

    patch.setattr(changing, "live_hold", hold_of_any_age)


def _without_own_claims_rule(patch: pytest.MonkeyPatch) -> None:
    for room in (changing, cancelling):
        patch.setattr(room, "all_claims", Ledger.own_claims)


def _without_state_rule(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(TransitionTable, "require", lambda *_: None)


def _without_customer_rule(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(HoldPolicy, "require_within_limit", lambda *_: None)


def _without_key_rule(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Answers, "given", lambda *_: None)


_SWITCHES: dict[Protection, Callable[[pytest.MonkeyPatch], None]] = {
    Protection.LOCK: _without_lock,
    Protection.GUARD: _without_guard,
    Protection.ROW_COUNTS: _without_row_counts,
    Protection.EVENT_NUMBERS: _without_event_numbers,
    Protection.CAPACITY_CHECK: _without_capacity_check,
    Protection.KEY_GUARD: _without_key_guard,
    Protection.SEAT_RULE: _without_seat_rule,
    Protection.PLACES_RULE: _without_places_rule,
    Protection.EXPIRY_RULE: _without_expiry_rule,
    Protection.OWN_CLAIMS_RULE: _without_own_claims_rule,
    Protection.STATE_RULE: _without_state_rule,
    Protection.CUSTOMER_RULE: _without_customer_rule,
    Protection.KEY_RULE: _without_key_rule,
}
