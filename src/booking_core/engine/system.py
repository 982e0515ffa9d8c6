"""BookingSystem: the one façade that library users, the API, the CLI and the console import."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from booking_core.clock import SystemClock, UtcClock
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.inventory import InventoryDraft, Layout
from booking_core.domain.policies.payments import PAYMENTS
from booking_core.domain.seat_map import SeatMap
from booking_core.engine.accounts import Accounts
from booking_core.engine.activity import ActivityLog
from booking_core.engine.analytics import Analytics
from booking_core.engine.api_keys import ApiKeys
from booking_core.engine.bookings import Bookings
from booking_core.engine.cancellations import Cancellations
from booking_core.engine.catalogue import Catalogue, Created
from booking_core.engine.charges import Charges
from booking_core.engine.claiming import OPERATOR
from booking_core.engine.desk.reading import Desk
from booking_core.engine.drivers import Drivers
from booking_core.engine.event_bookings import EventBookings
from booking_core.engine.event_returns import EventReturns
from booking_core.engine.events import Events
from booking_core.engine.itineraries import Itineraries
from booking_core.engine.keys import Keys
from booking_core.engine.layouts import Layouts
from booking_core.engine.live import Live
from booking_core.engine.locked_inventories import LockedInventories
from booking_core.engine.logins import Logins
from booking_core.engine.messages import Messages
from booking_core.engine.overlapping import OverlappingRunner
from booking_core.engine.passwords import Passwords
from booking_core.engine.payments import Payments
from booking_core.engine.positions import Positions
from booking_core.engine.provider_events import ProviderEvents
from booking_core.engine.refunds import Refunds
from booking_core.engine.reports import Reports
from booking_core.engine.requests import StoredRequests
from booking_core.engine.rides.equipment import Equipment
from booking_core.engine.rides.facade import Rides
from booking_core.engine.sales import Sales
from booking_core.engine.seat_maps import SeatMaps
from booking_core.engine.socket_tickets import SocketTickets
from booking_core.engine.tickets import Tickets
from booking_core.engine.timetable import Timetable
from booking_core.engine.upkeep import Upkeep
from booking_core.engine.venues import Venues
from booking_core.engine.vouchers import Vouchers
from booking_core.engine.waitlist import Waitlist
from booking_core.engine.writer import Writer
from booking_core.errors import InvalidRequest, StorageError
from booking_core.gateways.sandbox import SandboxGateway
from booking_core.ports import Clock, PaymentGateway
from booking_core.storage import schema
from booking_core.storage.database import Database
from booking_core.storage.repositories.catalogue import InventorySummary, TierSummary
from booking_core.storage.unit_of_work import UnitOfWork
from booking_core.storage.wakeups import Wakeups
from booking_core.trades import rides as ride_trade

# What the ways in need to name; storage itself is none of theirs.
__all__ = ["BookingSystem", "InventorySummary", "TierSummary"]


class BookingSystem(Upkeep):
    """One database's inventories and bookings. Thread-safe; close it, or use it in a `with`.

    Ids are canonical UUID text, times aware UTC datetimes, money whole minor units. Every method
    raises errors of `booking_core.errors` and nothing else.
    """

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
        self._clock = clock = _judging_clock(database, clock)
        self._keys = keys = Keys(database, secret)
        self._layouts = layouts = Layouts(database)
        self._observe_batch = observe_batch
        self._watchers: list[Wakeups] = []
        seat_maps = SeatMaps()
        runner = OverlappingRunner(UnitOfWork(database), layouts, seat_maps, clock)
        super().__init__(Writer(runner, observe=self._committed), Bookings(database, self.now))
        # What there is to sell
        self._catalogue = Catalogue(database, layouts, seat_maps, clock)
        self._seat_maps = seat_maps
        self._locked = locked = LockedInventories(database, layouts, seat_maps, clock)
        self.timetable = Timetable(database, self._catalogue, clock)
        self.venues = Venues(database, clock)
        self.waitlist = Waitlist(database, self._writer, locked, self.now)
        self.events = Events(
            database, self._catalogue, clock, self.now, serve_waitlist=self.waitlist.offer_now
        )
        self.sales = Sales(locked)
        self.live = Live(database, layouts)
        self.vouchers = Vouchers(database, clock)
        # Who may do what
        passwords = Passwords()
        self.accounts = Accounts(database, clock, passwords)
        self.logins = Logins(database, clock, passwords)
        self.api_keys = ApiKeys(database, clock)
        self.socket_tickets = SocketTickets(database, clock)
        # What becomes of a booking
        self._charges = Charges(database, self, clock, gateways or (SandboxGateway(),))
        self.payments = Payments(self._charges, ProviderEvents(self._charges, webhook_secret))
        self.refunds = Refunds(self._charges, PAYMENTS.refunds)
        self.tickets = Tickets(database, self, keys, self.now)
        self.itineraries = Itineraries(database, self, self.timetable, layouts, self.now)
        self.event_bookings = EventBookings(database, self, self.events, layouts, self.now)
        self.cancellations = Cancellations(database, self, self.now)
        self.event_returns = EventReturns(self.event_bookings, self, self.cancellations)
        # Rides and who drives them
        self._positions = positions = Positions(database)
        self.drivers = Drivers(database, clock, positions, ride_trade.POLICY)
        self.rides = Rides(
            Equipment(database, clock, keys, positions, ride_trade.POLICY, self._announce)
        )
        # What was done, told and counted
        self.activity = ActivityLog(database)
        self.messages = Messages(database, clock)
        self.reports = Reports(database)
        self.analytics = Analytics(database)
        self.requests = StoredRequests(database, clock)
        self.desk = Desk(database, self)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        migrate: bool = True,
        clock: Clock | None = None,
        secret: str | None = None,
        webhook_secret: str | None = None,
        gateways: Sequence[PaymentGateway] = (),
        observe_batch: Callable[[int], None] | None = None,
    ) -> "BookingSystem":
        """Open a database by SQLAlchemy URL: `sqlite:///path` or `postgresql+psycopg://…`.

        An empty database gets its tables, unless `migrate` is False. An older or newer schema is
        refused with the command to run. `clock` replaces the clock that judges expiry; tickets
        and tokens are signed with keys derived from `secret`, or from one that the database keeps;
        providers sign what they tell with `webhook_secret`; new payments go through the first of
        `gateways`, the sandbox by default; `observe_batch` is told the size of every batch
        committed.
        """
        database = Database(url)
        try:
            database.require_reachable(create=migrate)
            if migrate and schema.revision(database) is None:
                schema.upgrade(database)
            schema.require_current(database)
        except BaseException:
            database.close()
            raise
        return cls(
            database,
            clock=clock,
            secret=secret,
            webhook_secret=webhook_secret,
            gateways=gateways,
            observe_batch=observe_batch,
        )

    def close(self) -> None:
        """Finish what waits and let go of the database."""
        self._writer.close()
        self._locked.close()
        self.logins.close()
        with suppress(StorageError):
            self._positions.flush()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def database_name(self) -> str:
        """The database's URL without its password."""
        return self._database.name

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite database."""
        return self._database.file

    # Inventories

    def create_inventories(
        self,
        drafts: Iterable[InventoryDraft],
        on_progress: Callable[[int], None] = lambda _: None,
        *,
        actor: str = OPERATOR,
        origin: str | None = None,
    ) -> Created:
        """Create inventories, all or none; those whose `source_ref` is known are left alone."""
        return self._catalogue.create(drafts, on_progress, actor=actor, origin=origin)

    def create_inventory(self, draft: InventoryDraft) -> str:
        """Create one inventory and give its id.

        Raises InvalidRequest where its `source_ref` is known already.
        """
        created = self.create_inventories([draft])
        if not created.ids:
            raise InvalidRequest(
                f"{draft.source_ref} has been imported before.", field="source_ref"
            )
        return created.ids[0]

    def inventories(self, *, limit: int | None = None, offset: int = 0) -> list[InventorySummary]:
        """By start, then id; all of them without `limit`."""
        return self._catalogue.page(limit=limit, offset=offset)

    def inventory(self, inventory_id: str) -> InventorySummary:
        """Raises InventoryNotFound."""
        return self._catalogue.get(inventory_id)

    def tiers(self, inventory_id: str) -> list[TierSummary]:
        """An inventory's tiers with their counters as stored, expired holds included."""
        return self._catalogue.tiers(inventory_id)

    def layout(self, inventory_id: str) -> Layout:
        """Legs, tiers and seats: what does not change while it is sold."""
        return self._catalogue.layout(inventory_id)

    def seat_map(self, inventory_id: str, from_leg: int = 0, to_leg: int | None = None) -> SeatMap:
        """Seats with their status over some legs (all by default)."""
        return self._catalogue.seat_map(inventory_id, from_leg, to_leg)

    def inventory_of_seat(self, seat_id: str) -> str:
        """The id of the inventory that a seat belongs to. Raises SeatNotFound."""
        return self._catalogue.inventory_of_seat(seat_id)

    # Bookings

    def bookings(
        self,
        *,
        inventory_id: str | None = None,
        customer_id: str | None = None,
        state: BookingState | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Booking]:
        """Newest first. An unswept hold past its time is still listed as held."""
        return self._bookings.find(
            inventory_id=inventory_id,
            customer_id=customer_id,
            state=state,
            limit=limit,
            offset=offset,
        )

    def holds(
        self, *, inventory_id: str | None = None, limit: int = 50, offset: int = 0
    ) -> list[Booking]:
        """Live holds, newest first."""
        return self._bookings.live_holds(inventory_id, limit=limit, offset=offset)

    def history(self, booking_id: str) -> list[dict[str, Any]]:
        """What happened to a booking, oldest first: `at, actor, action, before, after`."""
        return self._bookings.history(booking_id)

    # Operation

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, always the same for the same secret: to sign tokens with."""
        return self._keys.derive(purpose)

    @contextmanager
    def watching(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake`, on threads of their own, whenever something may have been committed, here
        or in another process, and from time to time anyway."""
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
