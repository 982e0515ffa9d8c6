"""The waitlist: joining it, what it offers, and where one stands."""

from collections.abc import Collection, Iterable

from booking_core.domain.bookings import Booking
from booking_core.domain.waitlist import (
    NotificationPreferences,
    WaitlistEntry,
    WaitlistStanding,
    WaitlistState,
)

_DEFAULT_PREFERENCES = NotificationPreferences()


class Waitlist:
    """Who waits for places of sold-out inventories. Thread-safe.

    First in, first offered: the earliest entry whose whole quantity fits into what is free of its
    tier is offered; one that does not fit is passed over and keeps its place. With `customer_id`
    one's own entries only; without, by an operator's authority.
    """

    def join(
        self,
        inventory_id: str,
        customer_id: str,
        *,
        quantity: int = 1,
        tier: str | None = None,
        preferences: NotificationPreferences = _DEFAULT_PREFERENCES,
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
        raise NotImplementedError

    def get(self, entry_id: str, customer_id: str | None = None) -> WaitlistEntry:
        """Raises WaitlistEntryNotFound, also for another's."""
        raise NotImplementedError

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
        raise NotImplementedError

    def of_inventory(
        self,
        inventory_id: str,
        *,
        states: Collection[WaitlistState] = (),
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[WaitlistEntry], int]:
        """A page of an inventory's entries in the order of joining, and how many there are."""
        raise NotImplementedError

    def standings(self, entries: Iterable[WaitlistEntry]) -> list[WaitlistStanding]:
        """Where these entries stand now, in the order given."""
        raise NotImplementedError

    def standing(self, entry: WaitlistEntry) -> WaitlistStanding:
        """Where an entry stands now."""
        raise NotImplementedError

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
        raise NotImplementedError

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
        raise NotImplementedError

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
        raise NotImplementedError

    def offer_now(
        self, inventory_id: str, *, actor: str | None = None, origin: str | None = None
    ) -> int:
        """Offer what is free and due to those who wait, as after adding capacity; how many offers
        were made. Raises InventoryNotFound."""
        raise NotImplementedError
