"""The sweeper: closes holds whose time is over, in bounded batches.

It is cleanup and notification, never correctness: an expired hold stops counting by itself.
"""

from collections.abc import Callable
from threading import Event

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.claims import Ledger
from booking_core.domain.decisions import expire_overdue
from booking_core.engine.background import repeat
from booking_core.engine.idempotency import KEPT_FOR
from booking_core.engine.layouts import Layouts
from booking_core.engine.seat_maps import SeatMaps
from booking_core.engine.serving import Serving
from booking_core.errors import StorageError
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.loading import Loaded, Named, load
from booking_core.storage.locks.inventories import LOCK_IDLE_INVENTORIES, LOCK_INVENTORIES
from booking_core.storage.repositories.bookings import OLDEST_OVERDUE, booking_of
from booking_core.storage.repositories.journal import FORGET_ANSWERS, OUTLIVED_ANSWER
from booking_core.storage.saving import Saver
from booking_core.storage.statements import Query
from booking_core.storage.unit_of_work import UnitOfWork
from booking_core.storage.wire import PooledReader, Reader

LARGEST_SWEEP = 500
ACTOR = "sweeper"


class Sweeper:
    """Expires overdue holds. Any number may run at once, in any number of processes: each first
    passes over the inventories that another is busy with. One instance is for one thread.

    Without a `clock` PostgreSQL's own judges.
    """

    def __init__(
        self, database: Database, layouts: Layouts, seat_maps: SeatMaps, clock: Clock | None
    ) -> None:
        self._database = database
        self._work = UnitOfWork(database)
        self._layouts = layouts
        self._seat_maps = seat_maps
        self._clock = clock

    def sweep(self, most: int = LARGEST_SWEEP) -> int:
        """Expire up to `most` holds, the longest overdue first; how many it were."""
        with self._database.connect() as connection:
            # Looked up without a lock: on SQLite an idle sweeper must not stop the writers.
            reader = PooledReader(connection)
            if not self._overdue(reader, 1) and not self._has_outlived_answers(reader):
                return 0
        expired = self._expire(LOCK_IDLE_INVENTORIES, most)
        return expired or self._expire(LOCK_INVENTORIES, most)

    def _overdue(self, reader: Reader, most: int) -> list[Booking]:
        now = None if self._clock is None else self._clock.now()
        rows = reader.query(OLDEST_OVERDUE, now=now, most=most).rows()
        return [booking_of(row) for row in rows]

    def _has_outlived_answers(self, reader: Reader) -> bool:
        until = None if self._clock is None else self._clock.now() - KEPT_FOR
        return bool(reader.query(OUTLIVED_ANSWER, until=until).rows())

    def _expire(self, lock: Query, most: int) -> int:
        with self._work.transaction() as wire:
            overdue = self._overdue(wire, most)
            named = Named(
                inventories={hold.inventory_id for hold in overdue},
                bookings={hold.id for hold in overdue},
                seats={seat_id for hold in overdue for seat_id in hold.seat_ids},
            )
            now = None if self._clock is None else self._clock.now()
            loaded = load(wire, named, now, lock)
            ledgers = [self._ledger(inventory_id, loaded) for inventory_id in loaded.heads]
            serving = Serving(wire, self._seat_maps, loaded.now)
            for ledger in ledgers:
                if ledger.inventory.waiters:
                    serving.begin(ledger, ACTOR)
                else:
                    for decision in expire_overdue(ledger, loaded.now):
                        ledger.apply(decision, ACTOR)
            forget_before = loaded.now - KEPT_FOR
            saver = Saver(wire, loaded.now)
            saver.send(ledgers)
            saver.finish(ledgers, {}, forget_before)
            wire.write(FORGET_ANSWERS, [{"at": forget_before}])
            saver.require_written()
        decided = [entry.decision.after.state for ledger in ledgers for entry in ledger.entries]
        return decided.count(BookingState.EXPIRED)

    def _ledger(self, inventory_id: str, loaded: Loaded) -> Ledger:
        version = loaded.heads[inventory_id].layout_version
        return loaded.ledger(inventory_id, self._layouts.get(inventory_id, version))

    def run(
        self,
        stop: Event,
        every_seconds: float = 1.0,
        observe: Callable[[int | StorageError], None] = lambda _: None,
    ) -> None:
        """Sweep until `stop` is set, and tell `observe` how many were expired each time.

        A database that cannot be used for a while is reported and tried again.
        """
        repeat(
            self.sweep,
            stop,
            every_seconds,
            observe=observe,
            has_more_to_do=lambda expired: expired >= LARGEST_SWEEP,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._work.close()
