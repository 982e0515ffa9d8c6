"""Where drivers are: an index in memory, written to the database in batches and read back from it,
so that every process knows all drivers within about a second."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import perf_counter

from booking_core.domain.drivers import NearDriver, Position
from booking_core.domain.geo import Point
from booking_core.engine.cells import CellIndex
from booking_core.storage.database import Database
from booking_core.storage.repositories import positions
from booking_core.storage.unit_of_work import writing

_SECONDS_UNTIL_STALE = 1.0
# What is older than anybody asks for is not read when a process starts.
_OLDEST = timedelta(hours=1)


@dataclass(slots=True)
class Tracked:
    """Positions that were written to the database, and read from it."""

    written: int = 0
    read: int = 0


class Positions:
    """Positions of all drivers. Thread-safe; a driver's own is known here at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = CellIndex()
        self._unwritten: dict[str, Position] = {}
        self._drivers: set[str] = set()
        self._revision = 0
        self._read_at: float | None = None
        self._lock = Lock()
        self._reading = Lock()

    def put(self, position: Position) -> None:
        """A driver has told where it is."""
        with self._lock:
            if self._index.put(position):
                self._unwritten[position.driver_id] = position

    def knows(self, driver_id: str) -> bool:
        """Whether this is known to be a driver."""
        return driver_id in self._drivers

    def learn(self, driver_id: str) -> None:
        """This is a driver."""
        self._drivers.add(driver_id)

    def get(self, driver_id: str) -> Position | None:
        """As far as this process has heard."""
        with self._lock:
            return self._index.get(driver_id)

    def nearest(
        self,
        point: Point,
        radius_m: float,
        wanted: int,
        *,
        heard_after: datetime,
        but: Container[str],
    ) -> list[NearDriver]:
        """See `CellIndex.nearest`. Call `catch_up` before."""
        with self._lock:
            return self._index.nearest(point, radius_m, wanted, heard_after=heard_after, but=but)

    def catch_up(self, now: datetime) -> None:
        """Read what others have written, where nobody here has for a while."""
        read_at = self._read_at
        if read_at is None or perf_counter() - read_at > _SECONDS_UNTIL_STALE:
            self.refresh(now)

    def flush(self) -> int:
        """Write what is known here only, in one transaction; how many positions it were."""
        with self._lock:
            batch, self._unwritten = self._unwritten, {}
        if not batch:
            return 0
        try:
            with writing(self._database) as connection:
                revision = positions.put(connection, batch.values())
        except BaseException:
            with self._lock:
                self._unwritten = {**batch, **self._unwritten}
            raise
        with self._reading:
            # Nobody has written in between, so that there is nothing to read.
            if revision == self._revision + 1:
                self._revision = revision
        return len(batch)

    def refresh(self, now: datetime) -> int:
        """Read what was written since the last time; how many positions were news."""
        with self._reading:
            with self._database.connect() as connection:
                found = positions.since(connection, self._revision, now - _OLDEST)
            news = sum([self._take(position) for _, position in found])
            self._revision = max([self._revision, *(revision for revision, _ in found)])
            self._read_at = perf_counter()
        return news

    def _take(self, position: Position) -> bool:
        """One at a time, so that nobody who looks for drivers waits for all."""
        with self._lock:
            return self._index.put(position)

    def track(self, now: datetime) -> Tracked:
        """Write and read once."""
        return Tracked(self.flush(), self.refresh(now))
