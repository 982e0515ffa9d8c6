"""One batch: lock, load, decide command by command, save, commit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import TypeGuard

from booking_core.domain.bookings import Booking
from booking_core.domain.claims import Ledger
from booking_core.domain.commands import (
    AnyCommand,
    Block,
    BookingCommand,
    Cancel,
    Confirm,
    Hold,
    HoldBest,
    HoldPlaces,
    HoldSeats,
    Settle,
    booking_not_found,
    inventory_not_found,
)
from booking_core.domain.consequences import Numbers
from booking_core.domain.decisions import decide, lacks_room
from booking_core.domain.inventory import Kind, OrphanRule
from booking_core.domain.vouchers import key_of
from booking_core.engine.idempotency import KEPT_FOR, Answers, Outcome
from booking_core.engine.layouts import Layouts
from booking_core.engine.one_trip import OneTrip
from booking_core.engine.seat_maps import SeatMaps
from booking_core.engine.serving import Serving
from booking_core.errors import BookingError, DatabaseUnreachable
from booking_core.ports import Clock
from booking_core.storage.loading import (
    Loaded,
    Named,
    Pair,
    StoredAnswer,
    load,
    locate,
    reserve_numbers,
)
from booking_core.storage.saving import Saver
from booking_core.storage.unit_of_work import UnitOfWork
from booking_core.storage.wire import Outbound, Wire

# Actor of holds that a claim on counted places expires to make room.
MAKING_ROOM = "engine"


class BatchRunner:
    """Runs batches of well-formed commands, each in one transaction. For one thread at a time.

    `clock` is for tests and rehearsals; without it PostgreSQL's own clock judges expiry.
    """

    def __init__(
        self, work: UnitOfWork, layouts: Layouts, seat_maps: SeatMaps, clock: Clock | None
    ) -> None:
        self._work = work
        self._layouts = layouts
        self._seat_maps = seat_maps
        self._clock = clock
        self._one_trip = OneTrip(work, layouts, clock) if work.database.is_postgres else None

    def run(self, commands: Sequence[AnyCommand]) -> list[Outcome]:
        """The outcome of each command, in order: its booking, or why it was refused.

        Raises a StorageError where the batch as a whole failed and nothing was written.
        """
        if self._one_trip is not None and len(commands) == 1:
            booking = self._one_trip.run(commands[0])
            if booking is not None:
                return [booking]
        return self._run_ordinarily(commands)

    def _run_ordinarily(self, commands: Sequence[AnyCommand]) -> list[Outcome]:
        self._warm(commands)
        was_connected = self._work.is_connected
        try:
            return self._run(commands)
        except DatabaseUnreachable:
            # A connection that went stale between batches; nothing was committed on it.
            if not was_connected:
                raise
            return self._run(commands)

    def _run(self, commands: Sequence[AnyCommand]) -> list[Outcome]:
        with self._work.transaction() as wire:
            batch = Batch(wire, self._layouts, self._seat_maps)
            batch.load(commands, None if self._clock is None else self._clock.now())
            heard_at = monotonic()
            outcomes = batch.run(commands)
        if self._one_trip is not None:
            if len(commands) == 1:
                batch.teach(self._one_trip, heard_at)
            else:
                self._one_trip.forget()
        return outcomes

    def _warm(self, commands: Sequence[AnyCommand]) -> None:
        """Read layouts before any lock is taken."""
        for inventory_id in {c.inventory_id for c in commands if isinstance(c, Hold)}:
            try:
                self._layouts.get(inventory_id)
            except BookingError:
                continue

    def close(self) -> None:
        """Let go of the connection."""
        self._work.close()


class Batch:
    """One batch on its way: what it names is loaded, decided upon, and written."""

    def __init__(self, wire: Wire, layouts: Layouts, seat_maps: SeatMaps) -> None:
        self._wire = wire
        self._layouts = layouts
        self._seat_maps = seat_maps
        self.ledgers: dict[str, Ledger] = {}
        self._inventory_of: dict[str, str] = {}
        self._made_room: set[str] = set()
        self._answers: Answers[Booking]
        self._serving: Serving
        self.now: datetime
        self.saver: Saver

    def load(self, commands: Sequence[AnyCommand], now: datetime | None) -> None:
        """Lock the inventories named and read the rest. `now` is the database's by default."""
        self.take_in(commands, load(self._wire, self.named(commands), now))

    def take_in(self, commands: Sequence[AnyCommand], loaded: Loaded) -> None:
        """Make working copies of what was loaded."""
        self.now = loaded.now
        self._answers = Answers(loaded.answers, loaded.now, Booking)
        self._serving = Serving(self._wire, self._seat_maps, loaded.now)
        if any(isinstance(command, Confirm | Settle) for command in commands):
            loaded.numbers = self._reserve_numbers(commands, loaded)
        for inventory_id in loaded.heads:
            self.ledgers[inventory_id] = self._ledger(inventory_id, loaded)
        for inventory_id in {c.inventory_id for c in commands if self._needs_all_claims(c)}:
            self._serving.see_claims(self.ledgers[inventory_id])
        for ledger in self.ledgers.values():
            if ledger.inventory.waiters:
                self._made_room.add(ledger.inventory.id)
                self._serving.begin(ledger, MAKING_ROOM)
        if loaded.vouchers is not None:
            self._get_vouchers_back(commands)

    def named(self, commands: Sequence[AnyCommand]) -> Named:
        """What is to be loaded."""
        named = Named()
        for command in commands:
            if command.idempotency_key is not None:
                named.keys.add((command.principal, command.idempotency_key))
            if isinstance(command, Hold):
                self._name_hold(named, command)
            if isinstance(command, HoldSeats):
                named.seats.update(command.seat_ids)
            elif isinstance(command, Block):
                named.seats.add(command.seat_id)
            elif isinstance(command, BookingCommand):
                named.bookings.add(command.booking_id)
            if isinstance(command, Cancel | Settle):
                named.paid.add(command.booking_id)
        named.settled = {c.booking_id for c in commands if isinstance(c, Settle)}
        if named.bookings:
            for booking in locate(self._wire, named.bookings):
                self._inventory_of[booking.id] = booking.inventory_id
                named.inventories.add(booking.inventory_id)
                named.seats.update(booking.seat_ids)
        return named

    def _name_hold(self, named: Named, command: Hold) -> None:
        named.inventories.add(command.inventory_id)
        named.customers.add((command.customer_id, command.inventory_id))
        if command.voucher is not None:
            named.vouchers.add(key_of(command.voucher))

    def _reserve_numbers(self, commands: Sequence[AnyCommand], loaded: Loaded) -> Numbers:
        ids = {c.booking_id for c in commands if isinstance(c, Confirm | Settle)}
        known = [b for found in loaded.bookings.values() for b in found if b.id in ids]
        return reserve_numbers(
            self._wire, loaded.now, len(known), sum(booking.places for booking in known)
        )

    def _ledger(self, inventory_id: str, loaded: Loaded) -> Ledger:
        version = loaded.heads[inventory_id].layout_version
        return loaded.ledger(inventory_id, self._layouts.get(inventory_id, version))

    def _needs_all_claims(self, command: AnyCommand) -> TypeGuard[Hold]:
        """Whether more than the seats named has to be seen: to choose among all, or to see what
        is left over beside them."""
        if not isinstance(command, Hold) or command.inventory_id not in self.ledgers:
            return False
        inventory = self.ledgers[command.inventory_id].inventory
        return inventory.kind is Kind.SEATED and (
            isinstance(command, HoldBest) or inventory.orphan_rule is OrphanRule.ENFORCE
        )

    def _get_vouchers_back(self, commands: Sequence[AnyCommand]) -> None:
        for command in commands:
            if self._lacks_voucher(command):
                ledger = self.ledgers[command.inventory_id]
                self._serving.see_claims(ledger)
                self._make_room(ledger)

    def _lacks_voucher(self, command: AnyCommand) -> TypeGuard[Hold]:
        """Whether a voucher seems used up that this inventory's overdue holds may give back."""
        return (
            isinstance(command, Hold)
            and command.voucher is not None
            and command.inventory_id in self.ledgers
            and command.inventory_id not in self._made_room
            and self.ledgers[command.inventory_id].vouchers.is_used_up(command.voucher)
        )

    def run(self, commands: Sequence[AnyCommand]) -> list[Outcome]:
        """Decide all, and save what was decided so far while the next are decided."""
        outcomes = self.save(commands, self._wire, self._wire.portion)
        self.saver.require_written()
        return outcomes

    def save(self, commands: Sequence[AnyCommand], out: Outbound, portion: int) -> list[Outcome]:
        """Decide all, and write it `out`, so many commands at a time."""
        saver = self.saver = Saver(out, self.now)
        outcomes: list[Outcome] = []
        for start in range(0, len(commands), portion):
            outcomes += [self._decide(command) for command in commands[start : start + portion]]
            saver.send(self.ledgers.values())
        saver.finish(self.ledgers.values(), self._answers.new, self.now - KEPT_FOR)
        return outcomes

    @property
    def new_answers(self) -> Mapping[Pair, StoredAnswer]:
        """Under idempotency keys, to be stored with the batch."""
        return self._answers.new

    def teach(self, one_trip: OneTrip, heard_at: float) -> None:
        """Tell what is known once it is committed; `heard_at` as in `OneTrip.learn`."""
        one_trip.learn(self.ledgers.values(), self.saver.hashes, self.now, heard_at)

    def _decide(self, command: AnyCommand) -> Outcome:
        outcome = self._answers.given(command)
        if outcome is None:
            outcome = self._decide_anew(command)
            self._answers.note(command, outcome)
        return outcome

    def _decide_anew(self, command: AnyCommand) -> Outcome:
        try:
            ledger = self._ledger_for(command)
            if isinstance(command, HoldPlaces) and lacks_room(ledger, command):
                self._make_room(ledger)
            decision = decide(ledger, command, self.now)
        except BookingError as error:
            # An answer is a value. Its traceback would hold the frames that hold all answers: the
            # whole batch would stay in memory until a garbage collection, which stops everybody.
            return error.with_traceback(None)
        ledger.apply(decision, command.actor, command.origin)
        if ledger.inventory.waiters:
            self._serving.follow(ledger, decision)
        return decision.after

    def _ledger_for(self, command: AnyCommand) -> Ledger:
        if isinstance(command, BookingCommand):
            if command.booking_id not in self._inventory_of:
                raise booking_not_found(command.booking_id)
            return self.ledgers[self._inventory_of[command.booking_id]]
        if command.inventory_id not in self.ledgers:
            raise inventory_not_found(command.inventory_id)
        return self.ledgers[command.inventory_id]

    def _make_room(self, ledger: Ledger) -> None:
        """Expire this inventory's overdue holds, once a batch."""
        if ledger.inventory.id not in self._made_room:
            self._made_room.add(ledger.inventory.id)
            self._serving.expire(ledger, MAKING_ROOM)
