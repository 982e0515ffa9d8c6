"""Batches that overlap: one is decided while the database writes the one before.

On one connection, in order: a batch's writes are sent, and while the server works on them the next
batch, which was loaded just before, is decided upon what the first will have written. Its own
transaction begins behind the first one's commit, and its lock has to show the very heads that it
was decided upon. Whatever turns out otherwise before a commit is sent is rolled back, and the
commands run in the ordinary way.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from time import monotonic, perf_counter

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import AnyCommand, HoldSeats
from booking_core.domain.inventory import Inventory, OrphanRule
from booking_core.engine.batches import Batch, BatchRunner
from booking_core.engine.idempotency import Outcome
from booking_core.engine.layouts import Layouts
from booking_core.engine.seat_maps import SeatMaps
from booking_core.storage.loading import Loaded, ask
from booking_core.storage.locks.inventories import INVENTORY_HEADS, LOCK_INVENTORIES
from booking_core.storage.repositories.inventories import head_of
from booking_core.storage.wire import Answer, OverlappingWire

Take = Callable[[], Sequence[AnyCommand]]
"""Gives commands that wait, some or none, without waiting for any."""
TellOutcomes = Callable[[Sequence[Outcome]], None]

# So many batches run in the ordinary way after a disturbance by another process, and so many where
# a chain does not pay: where the database commits slowly, for overlapping batches are smaller and
# there are more commits, and where hardly anything is written.
REST = 32
LONG_REST = 512
# Batches after which commits are judged, again and again.
JUDGED_AFTER = 64
# The smallest batch that says something about how much is refused.
TELLING_BATCH = 8
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
        pace = _Pace()
        wire.begin()
        batch = self._batch(wire, commands)
        batch.load(commands, self._time())
        _require_nobody_waiting(ledger.inventory for ledger in batch.ledgers.values())
        self._decide(batch, pace)
        before: _Overlapping | None = None
        while True:
            if before is not None:
                before.saver.require_written()
            following = None if pace.is_lost else self._following(wire, take())
            if before is not None:
                self._start_commit(wire)
            try:
                batch.send(is_begun=before is None)
                if following is not None:
                    following.take_in_after(batch)
                    self._decide(following, pace)
            finally:
                if before is not None:
                    with pace.waiting():
                        self._finish_commit(wire)
                    answer(before.outcomes)
            if before is not None:
                batch.require_undisturbed()
            if following is None:
                break
            before, batch = batch, following
        batch.saver.require_written()
        self._start_commit(wire)
        self._finish_commit(wire)
        answer(batch.outcomes)
        if pace.is_lost:
            self._resting = LONG_REST

    @staticmethod
    def _decide(batch: "_Overlapping", pace: "_Pace") -> None:
        with pace.deciding():
            batch.decide()
        pace.note(batch.outcomes)

    def _following(
        self, wire: OverlappingWire, commands: Sequence[AnyCommand]
    ) -> "_Overlapping | None":
        """Ask what the next batch has to know: before the commit, for that may take long."""
        if not commands or not self._fits(commands):
            return None
        following = self._batch(wire, commands)
        following.ask(self._time())
        return following

    def _batch(self, wire: OverlappingWire, commands: Sequence[AnyCommand]) -> "_Overlapping":
        return _Overlapping(wire, self._layouts, self._seat_maps, commands)

    def _fits(self, commands: Sequence[AnyCommand]) -> bool:
        return all(
            isinstance(command, HoldSeats)
            and command.voucher is None
            and self._layouts.knows(command.inventory_id)
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


class _Pace:
    """Whether a chain gains more by deciding while the database writes than its commits cost."""

    def __init__(self) -> None:
        self.is_lost = False
        self._gained = self._waited = 0.0
        self._batches = 0

    @contextmanager
    def deciding(self) -> Iterator[None]:
        began = perf_counter()
        yield
        self._gained += perf_counter() - began

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Lost where most are refused: there is little to write meanwhile."""
        granted = sum(isinstance(outcome, Booking) for outcome in outcomes)
        if len(outcomes) >= TELLING_BATCH and 2 * granted < len(outcomes):
            self.is_lost = True

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For a commit, with nothing left to decide."""
        began = perf_counter()
        yield
        self._waited += perf_counter() - began
        self._batches += 1
        if self._batches == JUDGED_AFTER:
            self.is_lost |= self._waited > self._gained
            self._gained, self._waited, self._batches = 0.0, 0.0, 0


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

    def ask(self, now: datetime | None) -> None:
        """Ask for what the commands name, without any lock."""
        self._asked = ask(self._link, self.named(self._commands), now, INVENTORY_HEADS)
        self._link.mark()

    def send(self, *, is_begun: bool) -> None:
        """Send what is to be written, behind the locks where the transaction is not begun yet."""
        if not is_begun:
            self._link.begin()
            ids = self._link.array(self.ledgers)
            self._locked = self._link.query(LOCK_INVENTORIES, ids=ids)
            self._link.mark()
        self._draft.send()

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
        _require_nobody_waiting(loaded.heads.values())
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


def _require_nobody_waiting(heads: Iterable[Inventory]) -> None:
    """Who waits is served between the commands of a batch, by what the database holds then."""
    if any(head.waiters for head in heads):
        raise _Disturbed
