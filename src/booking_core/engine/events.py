"""Events: putting them on the programme, changing, publishing and cancelling them, finding them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.programme import (
    CancellationProgress,
    Event,
    EventChanges,
    EventDraft,
    EventOffer,
    EventQuery,
    EventSeats,
)
from booking_core.engine.catalogue import Catalogue
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.trades import events as trade

Served = Callable[[str], object]
"""Told the id of an inventory that has more places than before: its waitlist is to be served."""


class Events:
    """The programme of one system. Thread-safe. Each change is recorded as done by `actor` from
    the address `origin`."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        clock: Clock | None,
        now: Callable[[], datetime],
        serve_waitlist: Served = lambda _: None,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._clock = clock
        self._now = now
        self._serve_waitlist = serve_waitlist

    def create(
        self,
        draft: EventDraft,
        *,
        holds: HoldPolicy = trade.HOLDS,
        actor: str,
        origin: str | None = None,
    ) -> EventOffer:
        """Put an event on the programme with all it has to sell; on sale, unless it is a draft.

        Raises InvalidRequest, naming the field; VenueNotFound; ImportFailed for a malformed
        seating plan.
        """
        raise NotImplementedError

    def update(
        self, event_id: str, changes: EventChanges, *, actor: str, origin: str | None = None
    ) -> EventOffer:
        """Change an event, publish a draft, put more counted places on sale. Whoever waits for
        places is served.

        Raises EventNotFound, EventCancelled, TierNotFound, PlacesInUse where a tier would get
        smaller than what is sold and held of it, InvalidRequest.
        """
        raise NotImplementedError

    def publish(self, event_id: str, *, actor: str, origin: str | None = None) -> EventOffer:
        """Put a draft on sale; what is published stays so. Raises EventNotFound, EventCancelled."""
        return self.update(event_id, EventChanges(publish=True), actor=actor, origin=origin)

    def cancel(
        self, event_id: str, reason: str | None = None, *, actor: str, origin: str | None = None
    ) -> EventOffer:
        """Call an event off: from now on nothing of it is sold, held longer or confirmed. Its
        bookings are cancelled with a full refund in the background: see `EventCanceller`.

        What is cancelled stays so. Raises EventNotFound, InvalidRequest.
        """
        raise NotImplementedError

    def cancellation_progress(self, event_id: str) -> CancellationProgress:
        """How far a cancelled event is given back; nothing to do for one that is not. Raises
        EventNotFound."""
        raise NotImplementedError

    def get(self, event_id: str, *, include_drafts: bool = False) -> EventOffer:
        """With its venue and its tiers. Raises EventNotFound, also for a draft unless it is asked
        for."""
        raise NotImplementedError

    def seats(self, event_id: str, *, include_drafts: bool = False) -> EventSeats:
        """With its seats and their status, at least as new as any change acknowledged before.
        Raises EventNotFound."""
        raise NotImplementedError

    def find(self, query: EventQuery) -> tuple[list[EventOffer], int]:
        """By start, and how many there are in all. Raises InvalidRequest for an unknown zone."""
        raise NotImplementedError

    def inventory_ids(self, event_ids: Sequence[str]) -> dict[str, str]:
        """The inventories of events, by the event's id, of those that there are."""
        raise NotImplementedError

    def by_inventory(self, inventory_ids: Iterable[str]) -> dict[str, Event]:
        """The events that own inventories, by the inventory's id; none for one of another trade.
        Drafts are among them."""
        raise NotImplementedError
