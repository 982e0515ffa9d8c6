"""BookingSystem: the one façade that library users, the API, the CLI and the console import."""

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.inventory import InventoryDraft, Layout
from booking_core.domain.seat_map import SeatMap
from booking_core.engine.claiming import OPERATOR
from booking_core.engine.first_use import on_first_use
from booking_core.engine.upkeep import Upkeep
from booking_core.errors import InvalidRequest
from booking_core.ports import Clock, PaymentGateway
from booking_core.storage import schema
from booking_core.storage.database import Database
from booking_core.storage.repositories.catalogue import InventorySummary, TierSummary

if TYPE_CHECKING:
    from booking_core.engine.catalogue import Created
    from booking_core.engine.desk.reading import Desk

# What the ways in need to name; storage itself is none of theirs.
__all__ = ["BookingSystem", "InventorySummary", "TierSummary"]


class BookingSystem(Upkeep):
    """One database's inventories and bookings. Thread-safe; close it, or use it in a `with`.

    Ids are canonical UUID text, times aware UTC datetimes, money whole minor units. Every method
    raises errors of `booking_core.errors` and nothing else.
    """

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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @on_first_use
    def desk(self) -> "Desk":
        """What operators look at and do."""
        from booking_core.engine.desk.reading import Desk

        return Desk(self._database, self)

    # Inventories

    def create_inventories(
        self,
        drafts: Iterable[InventoryDraft],
        on_progress: Callable[[int], None] = lambda _: None,
        *,
        actor: str = OPERATOR,
        origin: str | None = None,
    ) -> "Created":
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
