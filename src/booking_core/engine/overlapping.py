"""Batches that overlap: one is decided while the database writes the one before.

On one connection, in order: a batch's writes are sent, and while the server works on them the next
batch, which was loaded just before, is decided upon what the first will have written. Its own
transaction begins behind the first one's commit, and its lock has to show the very heads that it
was decided upon. Whatever turns out otherwise before a commit is sent is rolled back, and the
commands run in the ordinary way.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic

from booking_core.domain.commands import AnyCommand, HoldSeats
from booking_core.domain.inventory import OrphanRule
from booking_core.engine.batches import Batch, BatchRunner
from booking_core.engine.idempotency import Outcome
from booking_core.engine.layouts import Layouts
from booking_core.engine.seat_maps import SeatMaps
from booking_core.storage.loading import Loaded, ask
from booking_core.storage.locks import INVENTORY_HEADS, LOCK_INVENTORIES
from booking_core.storage.repositories.inventories import head_of
from booking_core.storage.wire import Answer, OverlappingWire

Take = Callable[[], Sequence[AnyCommand]]
"""Gives commands that wait, some or none, without waiting for any."""
TellOutcomes = Callable[[Sequence[Outcome]], None]

# After a disturbance by another process so many batches run in the ordinary way.
REST = 32
# Seconds between hearing the time by which a batch is decided and having its locks.
LONGEST_DELAY = 0.25


class _Disturbed(Exception):
    """Something is otherwise than a batch was decided upon."""


class OverlappingRunner(BatchRunner):
    """Runs batches of holds of seats on PostgreSQL so, everything else as ever."""

    _is_committing = False
    _resting = 0

    def can_overlap(self, commands: Sequence[AnyCommand]) -> bool:
        """Whether a chain of overlapping batches may begin with these."""
        if self._resting > 0:
            self._resting -= 1
            return False
        return self._work.database.is_postgres and len(commands) > 1 and self._fits(commands)

    def run_overlapping(
        self, commands: Sequence[AnyCommand], take: Take, answer: TellOutcomes
    ) -> None:
        """Run a batch, and after it those that `take` gives, until it gives none or one that does
        not fit. `answer` is told the outcomes of each once it is committed, in order.

        Returns early where something is in the way: nothing that is not answered was done then,
        and it wants to run in the ordinary way. Raises a StorageError where the commit of the
        oldest batch that is not answered failed.
        """
        if self._one_trip is not None:
            self._one_trip.forget()
        try:
            with self._work.chain() as wire:
                self._run_chain(wire, commands, take, answer)
        except Exception:
            if self._is_committing:
                self._is_committing = False
                raise
            self._resting = REST

    def _run_chain(
        self,
        wire: OverlappingWire,
        commands: Sequence[AnyCommand],
        take: Take,
        answer: TellOutcomes,
    ) -> None:
        wire.begin()
        batch = self._batch(wire, commands)
        batch.load(commands, self._time())
        before: _Overlapping | None = None
        while True:
            batch.decide()
            if before is not None:
                before.saver.require_written()
            more = take()
            following = self._batch(wire, more) if more and self._fits(more) else None
            if before is None:
                batch.send(following, self._time())
            else:
                self._start_commit(wire)
                try:
                    batch.begin()
                    batch.send(following, self._time())
                finally:
                    self._finish_commit(wire)
                    answer(before.outcomes)
                batch.require_undisturbed()
            if following is None:
                break
            following.take_in_after(batch)
            before, batch = batch, following
        batch.saver.require_written()
        self._start_commit(wire)
        self._finish_commit(wire)
        answer(batch.outcomes)

    def _batch(self, wire: OverlappingWire, commands: Sequence[AnyCommand]) -> "_Overlapping":
        return _Overlapping(wire, self._layouts, self._seat_maps, commands)

    def _fits(self, commands: Sequence[AnyCommand]) -> bool:
        return all(
            isinstance(command, HoldSeats) and self._layouts.knows(command.inventory_id)
            for command in commands
        )

    def _time(self) -> datetime | None:
        return None if self._clock is None else self._clock.now()

    def _start_commit(self, wire: OverlappingWire) -> None:
        wire.start_commit()
        self._is_committing = True

    def _finish_commit(self, wire: OverlappingWire) -> None:
        wire.finish_commit()
        self._is_committing = False


class _Overlapping(Batch):
    """A batch of holds on its way through a chain."""

    def __init__(
        self,
        wire: OverlappingWire,
        layouts: Layouts,
        seat_maps: SeatMaps,
        commands: Sequence[AnyCommand],
    ) -> None:
        super().__init__(wire, layouts, seat_maps)
        self._link = wire
        self._commands = commands
        self._draft = wire.draft()
        self._asked: Callable[[], Loaded]
        self._heard_at: float
        self._locked: Answer
        self.outcomes: Sequence[Outcome] = ()

    def decide(self) -> None:
        """Decide all, and make ready what is to be written."""
        self.outcomes = self.save(self._commands, self._draft, len(self._commands))

    def begin(self) -> None:
        """Begin the transaction and ask for its locks."""
        self._link.begin()
        self._locked = self._link.query(LOCK_INVENTORIES, ids=self._link.array(self.ledgers))

    def send(self, following: "_Overlapping | None", now: datetime | None) -> None:
        """Send what is to be written, and before it what the batch that follows asks."""
        if following is not None:
            following._ask(now)
        self._link.mark()
        self._draft.send()

    def _ask(self, now: datetime | None) -> None:
        self._asked = ask(self._link, self.named(self._commands), now, INVENTORY_HEADS)

    def require_undisturbed(self) -> None:
        """Raises _Disturbed where the heads that are locked now are others than those that all
        was decided upon, or were long waited for."""
        locked = {row[0]: head_of(row) for row in self._locked.rows()}
        decided_upon = {ledger.inventory.id: ledger.inventory for ledger in self.ledgers.values()}
        if locked != decided_upon or monotonic() - self._heard_at > LONGEST_DELAY:
            raise _Disturbed

    def take_in_after(self, before: "_Overlapping") -> None:
        """Take in what was asked, as it will be once `before` is written."""
        loaded = self._asked()
        self._heard_at = monotonic()
        if any(head.orphan_rule is OrphanRule.ENFORCE for head in loaded.heads.values()):
            raise _Disturbed
        earlier = {id_: before.ledgers[id_] for id_ in loaded.heads if id_ in before.ledgers}
        for inventory_id, ledger in earlier.items():
            loaded.heads[inventory_id] = replace(
                loaded.heads[inventory_id],
                version=ledger.version,
                activity_hash=before.saver.hashes.get(inventory_id, ledger.inventory.activity_hash),
            )
        loaded.answers |= before.new_answers
        self.take_in(self._commands, loaded)
        for inventory_id, ledger in earlier.items():
            self.ledgers[inventory_id].stand_on(ledger.entries, self.now)
