"""One inventory under its lock, for what is done to the inventory itself and not to a booking."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from booking_core.domain.claims import Ledger
from booking_core.domain.commands import inventory_not_found
from booking_core.engine.idempotency import KEPT_FOR
from booking_core.engine.layouts import Layouts
from booking_core.engine.seat_maps import SeatMaps
from booking_core.engine.serving import Serving
from booking_core.ids import is_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.loading import Loaded, Named, Pair, StoredAnswer, load
from booking_core.storage.saving import Noted, Saver
from booking_core.storage.unit_of_work import UnitOfWork
from booking_core.storage.wire import Wire

# Connections kept for the next; more are opened where more are needed at once.
MOST_IDLE = 4


class LockedInventory:
    """An inventory that is locked and loaded. Whatever is decided on its ledger is saved with
    what is noted, and with the new `answers` under idempotency keys."""

    def __init__(self, wire: Wire, loaded: Loaded, ledger: Ledger, serving: Serving) -> None:
        self.wire = wire
        self.ledger = ledger
        self.serving = serving
        self.now: datetime = loaded.now
        self.known_answers = loaded.answers
        self.answers: dict[Pair, StoredAnswer] = {}
        self._saver = Saver(wire, loaded.now)

    def note(self, noted: Noted) -> None:
        """Write an act about the inventory, after what was decided so far."""
        self._saver.note(self.ledger, noted)

    def save(self) -> None:
        """Write all that was decided. Raises ConstraintViolated."""
        self._saver.send([self.ledger])
        self._saver.finish([self.ledger], self.answers, self.now - KEPT_FOR)
        self._saver.require_written()


class LockedInventories:
    """Locks and loads inventories. Thread-safe."""

    def __init__(
        self, database: Database, layouts: Layouts, seat_maps: SeatMaps, clock: Clock | None
    ) -> None:
        self._database = database
        self._layouts = layouts
        self._seat_maps = seat_maps
        self._clock = clock
        self._idle: deque[UnitOfWork] = deque()

    @contextmanager
    def open(self, inventory_id: str, key: Pair | None = None) -> Iterator[LockedInventory]:
        """An inventory for one transaction, which is saved and committed at the end; with the
        answer given under an idempotency key. A waitlist has been served. Raises
        InventoryNotFound."""
        if not is_id(inventory_id):
            raise inventory_not_found(inventory_id)
        named = Named(inventories={inventory_id}, keys=set() if key is None else {key})
        work = self._take()
        try:
            with work.transaction() as wire:
                locked = self._load(wire, inventory_id, named)
                yield locked
                locked.save()
        finally:
            self._put_back(work)

    def _take(self) -> UnitOfWork:
        """A connection that was used before, unless something has come on it unasked."""
        try:
            work = self._idle.pop()
        except IndexError:
            return UnitOfWork(self._database)
        if not work.is_silent:
            work.close()
        return work

    def _put_back(self, work: UnitOfWork) -> None:
        if work.is_connected and len(self._idle) < MOST_IDLE:
            self._idle.append(work)
        else:
            work.close()

    def close(self) -> None:
        """Let go of the connections."""
        while self._idle:
            self._idle.pop().close()

    def _load(self, wire: Wire, inventory_id: str, named: Named) -> LockedInventory:
        loaded = load(wire, named, None if self._clock is None else self._clock.now())
        if inventory_id not in loaded.heads:
            raise inventory_not_found(inventory_id)
        version = loaded.heads[inventory_id].layout_version
        ledger = loaded.ledger(inventory_id, self._layouts.get(inventory_id, version))
        serving = Serving(wire, self._seat_maps, loaded.now)
        return LockedInventory(wire, loaded, ledger, serving)
