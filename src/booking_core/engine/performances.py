"""What creating inventories makes of events beside them: the events, and venues of an import."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from booking_core.domain.activity import HOUSE_CHAIN
from booking_core.domain.inventory import InventoryDraft
from booking_core.domain.programme import EventState, PerformanceDraft, VenueDraft
from booking_core.engine.venues import venue_not_found, venue_of
from booking_core.errors import InvalidRequest
from booking_core.ids import new_id
from booking_core.storage.repositories import activity, programme, venues
from booking_core.storage.statements import Row
from booking_core.storage.wire import Wire


class PerformanceWriter:
    """Writes the events of one creation of inventories, in its transaction. `counts` what is new
    so far."""

    def __init__(self) -> None:
        self.counts = Counter[str]()
        self._venues: dict[str, str] = {}
        self._last: Row = {}

    def write(
        self, wire: Wire, created: Sequence[tuple[str, InventoryDraft]], now: datetime
    ) -> None:
        """The events of those that are, each with the id of its inventory.

        Raises VenueNotFound, InvalidRequest where a venue does not take so many.
        """
        new = [(one, draft) for one, draft in created if isinstance(draft, PerformanceDraft)]
        if not new:
            return
        self._put_up(wire, (draft.venue for _, draft in new), now)
        for _, draft in new:
            if isinstance(draft.venue, str):
                _require_room(wire, draft.venue, draft.ceiling)
        rows = [self._row(one, draft, now) for one, draft in new]
        wire.write(programme.INSERT_EVENTS, rows)
        self._last = rows[-1]
        self.counts["events"] += len(rows)

    def record(self, wire: Wire, now: datetime, actor: str, origin: str | None) -> None:
        """That these were created: one alone as itself, an import as one act for all of it. The
        last thing in the transaction."""
        if not self.counts:
            return
        is_alone = dict(self.counts) == {"events": 1}
        event = {name: value for name, value in self._last.items() if name != "search_key"}
        activity.record(
            wire,
            at=now,
            actor=actor,
            action="created" if is_alone else "imported",
            entity="event" if is_alone else "programme",
            entity_id=event["id"] if is_alone else HOUSE_CHAIN,
            after=event if is_alone else dict(self.counts),
            origin=origin,
        )

    def _put_up(self, wire: Wire, wanted: Iterable[str | VenueDraft], now: datetime) -> None:
        missing = {
            _ref(draft): draft
            for draft in wanted
            if isinstance(draft, VenueDraft) and _ref(draft) not in self._venues
        }
        if missing:
            new = [(venue_of(draft, now), ref) for ref, draft in missing.items()]
            found = venues.put_up(wire, new)
            self._venues |= found
            self.counts["venues"] += len({venue.id for venue, _ in new} & set(found.values()))

    def _row(self, inventory_id: str, draft: PerformanceDraft, now: datetime) -> Row:
        venue = draft.venue
        return {
            "id": new_id(),
            "inventory_id": inventory_id,
            "venue_id": venue if isinstance(venue, str) else self._venues[_ref(venue)],
            "name": draft.name,
            "description": draft.description,
            "starts_at": draft.starts_at.astimezone(UTC),
            "ends_at": (draft.ends_at or draft.starts_at).astimezone(UTC),
            "capacity": draft.ceiling,
            "state": (EventState.DRAFT if draft.is_draft else EventState.PUBLISHED).value,
            "search_key": programme.search_key(draft.name, draft.description),
            "created_at": now,
            "updated_at": now,
            "cancelled_at": None,
            "cancel_reason": None,
        }


def _ref(venue: VenueDraft) -> str:
    return venue.source_ref or f"venue:{venue.name}:{venue.city}"


def _require_room(wire: Wire, venue_id: str, ceiling: int) -> None:
    """In a venue that may have been changed since it was looked at."""
    capacity = venues.lock(wire, venue_id)
    if capacity is None:
        raise venue_not_found(venue_id)
    if ceiling > capacity:
        raise InvalidRequest(f"The venue takes {capacity} people, not {ceiling}.", field="capacity")
