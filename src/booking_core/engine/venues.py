"""Venues: where events take place."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from booking_core.clock import SystemClock
from booking_core.domain.programme import Venue, VenueChanges, VenueDraft
from booking_core.domain.programme_rules import require_venue
from booking_core.engine.recording import record_change
from booking_core.errors import InvalidRequest, VenueNotFound
from booking_core.ids import is_id, new_id
from booking_core.ports import Clock
from booking_core.storage.database import Database
from booking_core.storage.repositories import venues
from booking_core.storage.unit_of_work import writing
from booking_core.storage.wire import PooledReader


class Venues:
    """Each change is recorded as done by `actor` from the address `origin`. Thread-safe."""

    def __init__(self, database: Database, clock: Clock | None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def create(self, draft: VenueDraft, *, actor: str, origin: str | None = None) -> Venue:
        """Raises InvalidRequest."""
        now = self._clock.now()
        venue = venue_of(draft, now)
        with writing(self._database) as connection:
            venues.insert(connection, venue, draft.source_ref)
            record_change(connection, None, venue, at=now, actor=actor, origin=origin)
        return venue

    def get(self, venue_id: str) -> Venue:
        """Raises VenueNotFound."""
        with self._database.connect() as connection:
            return find_venue(connection, venue_id)

    def find(
        self, *, limit: int = 50, offset: int = 0, search: str | None = None
    ) -> tuple[list[Venue], int]:
        """By name, and how many there are in all; `search` is looked for in name and city,
        whatever case and accents."""
        with self._database.connect() as connection:
            return venues.find(connection, limit=limit, offset=offset, search=search)

    def update(
        self, venue_id: str, changes: VenueChanges, *, actor: str, origin: str | None = None
    ) -> Venue:
        """Change a venue, its layout included. Events that are there keep their time zone and
        their size.

        Raises VenueNotFound, InvalidRequest, also where an event needs more than the new
        capacity.
        """
        wanted = {name: value for name, value in asdict(changes).items() if value is not None}
        with writing(self._database) as connection:
            if is_id(venue_id):
                venues.lock(PooledReader(connection), venue_id)
            before = find_venue(connection, venue_id)
            after = _checked(replace(before, **wanted))
            if after != before:
                _require_room(connection, after)
                venues.change(connection, after)
                now = self._clock.now()
                record_change(connection, before, after, at=now, actor=actor, origin=origin)
        return after


def find_venue(connection: Connection, venue_id: str) -> Venue:
    """Raises VenueNotFound."""
    found = venues.get(connection, venue_id) if is_id(venue_id) else None
    if found is None:
        raise venue_not_found(venue_id)
    return found


def venue_not_found(venue_id: str) -> VenueNotFound:
    return VenueNotFound(
        f"There is no venue {venue_id}. List the venues to find its id.", field="venue_id"
    )


def venue_of(draft: VenueDraft, now: datetime) -> Venue:
    """A new venue, without spaces around texts. Raises InvalidRequest."""
    fields: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in asdict(draft).items()
    }
    del fields["source_ref"]
    return _checked(Venue(id=new_id(), created_at=now, **fields))


def _checked(venue: Venue) -> Venue:
    """Raises InvalidRequest."""
    require_venue(venue)
    return venue


def _require_room(connection: Connection, venue: Venue) -> None:
    largest = venues.largest_event(connection, venue.id)
    if largest > venue.capacity:
        raise InvalidRequest(
            f"An event of {largest} places is planned at {venue.name}: it cannot get smaller "
            "than that.",
            field="capacity",
        )
