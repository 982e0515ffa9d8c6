"""What all rooms of the façade stand on: the database, the clock, and who is told of changes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from booking_core.clock import SystemClock, UtcClock
from booking_core.engine.first_use import on_first_use, parts_of
from booking_core.engine.layouts import Layouts
from booking_core.engine.seat_maps import SeatMaps
from booking_core.errors import EngineClosed
from booking_core.ports import Clock, PaymentGateway
from booking_core.storage.database import Database

if TYPE_CHECKING:
    from booking_core.engine.keys import Keys
    from booking_core.storage.wakeups import Wakeups


class Ground:
    """An open database and what is shared by everything that is done with it."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock | None = None,
        secret: str | None = None,
        webhook_secret: str | None = None,
        gateways: Sequence[PaymentGateway] = (),
        observe_batch: Callable[[int], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = _judging_clock(database, clock)
        self._secret = secret
        self._webhook_secret = webhook_secret
        self._gateways = gateways
        self._observe_batch = observe_batch
        self._layouts = Layouts(database)
        self._seat_maps = SeatMaps()
        self._watchers: list[Wakeups] = []
        self._is_closed = False
        # What has to be finished when the house is closed; the database last.
        self._at_close = ExitStack()
        self._at_close.callback(database.close)

    def close(self) -> None:
        """Finish what waits and let go of the database."""
        self._is_closed = True
        self._at_close.close()

    def _require_open(self) -> None:
        """For what would have to be finished again. Raises EngineClosed."""
        if self._is_closed:
            raise EngineClosed("This booking system is closed. Open it again.")

    def enter_all(self) -> None:
        """Make every room now, as a server does at its start: no caller waits for it then."""
        for name in parts_of(type(self)):
            getattr(self, name)

    @property
    def database_name(self) -> str:
        """The database's URL without its password."""
        return self._database.name

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite database."""
        return self._database.file

    def now(self) -> datetime:
        """The time by the clock that judges expiry."""
        return self._database.now() if self._clock is None else self._clock.now()

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, always the same for the same secret: to sign tokens with."""
        return self._keys.derive(purpose)

    @on_first_use
    def _keys(self) -> "Keys":
        from booking_core.engine.keys import Keys

        return Keys(self._database, self._secret)

    @contextmanager
    def watching(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake`, on threads of their own, whenever something may have been committed, here
        or in another process, and from time to time anyway."""
        from booking_core.storage.wakeups import Wakeups

        with Wakeups(self._database, wake) as watcher:
            self._watchers.append(watcher)
            try:
                yield
            finally:
                self._watchers.remove(watcher)

    def _committed(self, size: int) -> None:
        if self._observe_batch is not None:
            self._observe_batch(size)
        self._announce()

    def _announce(self) -> None:
        for watcher in self._watchers:
            watcher.announce()


def _judging_clock(database: Database, given: Clock | None) -> Clock | None:
    """None for PostgreSQL's own, which judges expiry for all its clients alike."""
    if given is not None:
        return UtcClock(given.now)
    return None if database.is_postgres else SystemClock()
