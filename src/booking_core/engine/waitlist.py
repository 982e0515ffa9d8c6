"""The waitlist: joining it, what it offers, and where one stands."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sqlalchemy.engine import Connection

from booking_core.domain.bookings import Booking
from booking_core.domain.commands import Command
from booking_core.domain.estimates import estimated_wait
from booking_core.domain.waitlist import (
    ANY_WAY,
    NotificationPreferences,
    WaitlistEntry,
    WaitlistStanding,
    WaitlistState,
)
from booking_core.domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist
from booking_core.engine.claiming import OPERATOR
from booking_core.engine.locked_inventories import LockedInventories
from booking_core.engine.serving import ACTOR
from booking_core.engine.waitlist_changes import answered, closed, left, offered, own
from booking_core.engine.writer import Writer
from booking_core.errors import (
    BookingError,
)
from booking_core.ids import is_id, is_storable
from booking_core.storage.database import Database
from booking_core.storage.repositories import waitlist as rows
from booking_core.storage.wire import PooledReader

# An inventory's own release rate is judged by this many of its latest events.
RECENT_EVENTS = 1_000


class Waitlist:
    """Who waits for places of sold-out inventories. Thread-safe.

    First in, first offered: the earliest entry whose whole quantity fits into what is free of its
    tier is offered; one that does not fit is passed over and keeps its place. With `customer_id`
    one's own entries only; without, by an operator's authority.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        inventories: LockedInventories,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._writer = writer
        self._inventories = inventories
        self._now = now

    def join(
        self,
        inventory_id: str,
        customer_id: str,
        *,
        quantity: int = 1,
        tier: str | None = None,
        preferences: NotificationPreferences = ANY_WAY,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> WaitlistEntry:
        """Wait for `quantity` places of a tier (by name or id; of any by default), all or none.

        Raises SeatsAvailable (they can be had now), AlreadyWaiting, HoldLimitReached (more than
        one customer may hold), NotEnoughPlaces (more than there are in all), TierNotFound,
        NotOnSale, DeparturePassed, InventoryNotFound, InvalidRequest (also for departures with
        stops).
        """
        command = JoinWaitlist(
            inventory_id=inventory_id,
            customer_id=customer_id,
            quantity=quantity,
            tier=tier,
            preferences=preferences,
            actor=actor or customer_id,
            origin=origin,
            idempotency_key=idempotency_key,
        )
        if (problem := command.problem()) is not None:
            raise problem
        key = None if idempotency_key is None else (command.principal, idempotency_key)
        with self._inventories.open(inventory_id, key) as locked:
            outcome = answered(locked, command)
        if isinstance(outcome, BookingError):
            raise outcome
        return outcome

    def get(self, entry_id: str, customer_id: str | None = None) -> WaitlistEntry:
        """Raises WaitlistEntryNotFound, also for another's."""
        found = None
        if is_id(entry_id):
            with self._database.connect() as connection:
                found = rows.entry_by_id(PooledReader(connection), entry_id)
        return own(found, entry_id, customer_id)

    def of_customer(
        self,
        customer_id: str,
        *,
        states: Collection[WaitlistState] = (),
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[WaitlistEntry], int]:
        """A page of a customer's entries, newest first, and how many there are in all; in any
        state where none is named."""
        if not is_storable(customer_id):
            return [], 0
        with self._database.connect() as connection:
            return rows.page(
                connection, customer_id=customer_id, states=states, limit=limit, offset=offset
            )

    def of_inventory(
        self,
        inventory_id: str,
        *,
        states: Collection[WaitlistState] = (),
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[WaitlistEntry], int]:
        """A page of an inventory's entries in the order of joining, and how many there are."""
        if not is_id(inventory_id):
            return [], 0
        with self._database.connect() as connection:
            return rows.page(
                connection, inventory_id=inventory_id, states=states, limit=limit, offset=offset
            )

    def standings(self, entries: Iterable[WaitlistEntry]) -> list[WaitlistStanding]:
        """Where these entries stand now, in the order given."""
        with self._database.connect() as connection:
            now = self._now()
            return [_standing(connection, entry, now) for entry in entries]

    def standing(self, entry: WaitlistEntry) -> WaitlistStanding:
        """Where an entry stands now."""
        (standing,) = self.standings([entry])
        return standing

    def accept(
        self,
        entry_id: str,
        customer_id: str | None = None,
        *,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> Booking:
        """Take what is offered: the hold, with at least an ordinary hold's time left to pay.

        Raises HoldExpired (too late), IllegalTransition (nothing is offered, or no more),
        WaitlistEntryNotFound.
        """
        entry = self.get(entry_id, customer_id)
        return self._writer.execute(
            AcceptOffer(
                booking_id=offered(entry),
                customer_id=customer_id,
                actor=actor or customer_id or OPERATOR,
                origin=origin,
                idempotency_key=idempotency_key,
            )
        )

    def decline(
        self,
        entry_id: str,
        customer_id: str | None = None,
        *,
        actor: str | None = None,
        origin: str | None = None,
        idempotency_key: str | None = None,
    ) -> WaitlistEntry:
        """Let what is offered go to the next. Raises what `accept` does."""
        entry = self.get(entry_id, customer_id)
        self._writer.execute(
            DeclineOffer(
                booking_id=offered(entry),
                customer_id=customer_id,
                actor=actor or customer_id or OPERATOR,
                origin=origin,
                idempotency_key=idempotency_key,
            )
        )
        return self.get(entry_id, customer_id)

    def leave(
        self,
        entry_id: str,
        customer_id: str | None = None,
        *,
        actor: str | None = None,
        origin: str | None = None,
    ) -> WaitlistEntry:
        """Wait no more; what is offered goes to the next. Leaving twice changes nothing.

        Raises IllegalTransition (accepted, declined or expired before), WaitlistEntryNotFound.
        """
        entry = self.get(entry_id, customer_id)
        by = Command(actor=actor or customer_id or OPERATOR, origin=origin)
        with self._inventories.open(entry.inventory_id) as locked:
            refused = left(locked, entry_id, by)
        if refused is not None:
            raise refused
        return self.get(entry_id, customer_id)

    def close(
        self, inventory_id: str, *, actor: str | None = None, origin: str | None = None
    ) -> int:
        """Let nobody wait any more, as after what they wait for was cancelled: those who do become
        `expired`, offers stand, and whoever wants may join anew. How many waited. Raises
        InventoryNotFound."""
        with self._inventories.open(inventory_id) as locked:
            return closed(locked, Command(actor=actor or OPERATOR, origin=origin))

    def offer_now(
        self, inventory_id: str, *, actor: str | None = None, origin: str | None = None
    ) -> int:
        """Offer what is free and due to those who wait, as after adding capacity; how many offers
        were made. Raises InventoryNotFound."""
        with self._inventories.open(inventory_id) as locked:
            locked.serving.actor, locked.serving.origin = actor or OPERATOR, origin
            locked.serving.begin(locked.ledger, ACTOR)
            return sum(entry.decision.action == "offered" for entry in locked.ledger.entries)


def _standing(connection: Connection, entry: WaitlistEntry, now: datetime) -> WaitlistStanding:
    if entry.state is not WaitlistState.WAITING:
        return WaitlistStanding(entry, None, None)
    ahead = rows.ahead_of(connection, entry)
    freed = rows.freed_lately(PooledReader(connection), entry.inventory_id, RECENT_EVENTS)
    wait = estimated_wait(ahead.places, freed.places, freed.since or now, now)
    return WaitlistStanding(entry, ahead.entries, wait)
