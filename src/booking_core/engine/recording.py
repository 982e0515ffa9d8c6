"""Recording what was done to a thing of the timetable or of the programme."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.engine import Connection

from booking_core.domain.programme import Event, Venue
from booking_core.domain.timetable import Bus, Route, Schedule
from booking_core.storage.repositories.activity import record

Thing = Route | Bus | Schedule | Venue | Event


def record_change(
    connection: Connection,
    before: Thing | None,
    after: Thing | None,
    *,
    at: datetime,
    actor: str,
    origin: str | None,
) -> None:
    """That one was created (there was none before), deleted (there is none after) or updated.
    Call it last in the transaction."""
    thing = after or before
    if thing is None:
        raise ValueError("nothing was before, nothing is after")
    action = "created" if before is None else "deleted" if after is None else "updated"
    record(
        connection,
        at=at,
        actor=actor,
        action=action,
        entity=type(thing).__name__.lower(),
        entity_id=thing.id,
        before=None if before is None else asdict(before),
        after=None if after is None else asdict(after),
        origin=origin,
    )
