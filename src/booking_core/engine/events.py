"""Events: putting them on the programme, changing, publishing and cancelling them, finding them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from booking_core.clock import SystemClock
from booking_core.domain.local_days import midnight
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.programme import (
    CancellationProgress,
    Event,
    EventChanges,
    EventDraft,
    EventOffer,
    EventQuery,
    EventSeats,
    EventState,
)
from booking_core.domain.programme_rules import require_zone
from booking_core.engine.catalogue import Catalogue
from booking_core.engine.event_changing import cancel_event, event_not_found, update_event
from booking_core.engine.event_drafts import performance
from booking_core.engine.venues import find_venue
from booking_core.errors import InvalidRequest
from booking_core.ids import is_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import cancelled_events, programme
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
        now = self._wall_time()
        with self._database.connect() as connection:
            venue = find_venue(connection, draft.venue_id)
        created = self._catalogue.create(
            [performance(draft, venue, holds, now)], actor=actor, origin=origin
        )
        if not created.ids:
            raise InvalidRequest(
                f"{draft.source_ref} has been imported before.", field="source_ref"
            )
        (event,) = self.by_inventory(created.ids).values()
        return self.get(event.id, include_drafts=True)

    def update(
        self, event_id: str, changes: EventChanges, *, actor: str, origin: str | None = None
    ) -> EventOffer:
        """Change an event, publish a draft, put more counted places on sale. Whoever waits for
        places is served.

        Raises EventNotFound, EventCancelled, TierNotFound, PlacesInUse where a tier would get
        smaller than what is sold and held of it, InvalidRequest.
        """
        now = self._wall_time()
        before = update_event(self._database, event_id, changes, now, actor=actor, origin=origin)
        if changes.tier_capacities:
            self._serve_waitlist(before.inventory_id)
        return self.get(event_id, include_drafts=True)

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
        now = self._wall_time()
        cancel_event(self._database, event_id, reason, now, actor=actor, origin=origin)
        return self.get(event_id, include_drafts=True)

    def cancellation_progress(self, event_id: str) -> CancellationProgress:
        """How far a cancelled event is given back; nothing to do for one that is not. Raises
        EventNotFound."""
        event = self.get(event_id, include_drafts=True).event
        if event.state is not EventState.CANCELLED:
            return CancellationProgress(event_id, 0, 0, 0, 0)
        with self._database.connect() as connection:
            found = cancelled_events.progress(connection, event, self._now())
        return CancellationProgress(event_id, *found)

    def get(self, event_id: str, *, include_drafts: bool = False) -> EventOffer:
        """With its venue and its tiers. Raises EventNotFound, also for a draft unless it is asked
        for."""
        now = self._now()
        with self._database.connect() as connection:
            event = programme.get(connection, event_id) if is_id(event_id) else None
            if event is None or (event.state is EventState.DRAFT and not include_drafts):
                raise event_not_found(event_id)
            return _offer(connection, [event], now)[0]

    def seats(self, event_id: str, *, include_drafts: bool = False) -> EventSeats:
        """With its seats and their status, at least as new as any change acknowledged before.
        Raises EventNotFound."""
        event = self.get(event_id, include_drafts=include_drafts).event
        return EventSeats(event, self._catalogue.seat_map(event.inventory_id))

    def find(self, query: EventQuery) -> tuple[list[EventOffer], int]:
        """By start, and how many there are in all. Raises InvalidRequest for an unknown zone."""
        now, zone = self._now(), require_zone(query.time_zone)
        if query.venue_id is not None and not is_id(query.venue_id):
            return [], 0
        with self._database.connect() as connection:
            found, total = programme.find(
                connection,
                now=now,
                status=query.status,
                include_drafts=query.include_drafts,
                venue_id=query.venue_id,
                starts_from=midnight(query.start_date, zone),
                starts_before=midnight(query.end_date, zone, days=1),
                search=query.search,
                limit=query.limit,
                offset=query.offset,
            )
            return _offer(connection, found, now), total

    def inventory_ids(self, event_ids: Sequence[str]) -> dict[str, str]:
        """The inventories of events, by the event's id, of those that there are."""
        ids = [one for one in event_ids if is_id(one)]
        with self._database.connect() as connection:
            return programme.inventory_ids(connection, ids)

    def by_inventory(self, inventory_ids: Iterable[str]) -> dict[str, Event]:
        """The events that own inventories, by the inventory's id; none for one of another trade.
        Drafts are among them."""
        ids = [one for one in inventory_ids if is_id(one)]
        with self._database.connect() as connection:
            return programme.by_inventories(connection, ids)

    def _wall_time(self) -> datetime:
        return (self._clock or SystemClock()).now()


def _offer(connection: Connection, events: Sequence[Event], now: datetime) -> list[EventOffer]:
    tiers = programme.tiers(connection, [event.inventory_id for event in events], now)
    return [EventOffer(event, tiers[event.inventory_id], now) for event in events]
