"""Bookings and holds of cancelled events: what is to be given back, and how far that is."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.engine import Connection

from booking_core.domain.bookings import FOREVER
from booking_core.domain.programme import Event
from booking_core.storage.statements import Query
from booking_core.storage.wire import PooledReader


class ToGiveBack(NamedTuple):
    """A booking of a cancelled event, what it cost in minor units, and why the event is off."""

    booking_id: str
    amount: int
    reason: str | None


# `after` is the last booking that was seen; `event_id` is null for those of any event. Blocks,
# which have no end, stay.
SOLD = Query(
    """
    SELECT b.id, b.amount, e.cancel_reason
    FROM events AS e JOIN bookings AS b ON b.inventory_id = e.inventory_id
    WHERE e.state = 'cancelled' AND e.id = coalesce(:event_id, e.id)
        AND b.state = 'confirmed' AND b.id > :after
    ORDER BY b.id LIMIT :most""",
    """
    SELECT b.id, b.amount, e.cancel_reason
    FROM events AS e JOIN bookings AS b ON b.inventory_id = e.inventory_id
    WHERE e.state = 'cancelled' AND e.id = coalesce(%(event_id)s::uuid, e.id)
        AND b.state = 'confirmed' AND b.id > %(after)s::uuid
    ORDER BY b.id LIMIT %(most)s""",
)
HELD = Query(
    """
    SELECT b.id, b.amount, e.cancel_reason
    FROM events AS e JOIN bookings AS b ON b.inventory_id = e.inventory_id
    WHERE e.state = 'cancelled' AND e.id = coalesce(:event_id, e.id)
        AND b.state = 'held' AND b.expires_at > :now AND b.expires_at < :forever AND b.id > :after
    ORDER BY b.id LIMIT :most""",
    """
    SELECT b.id, b.amount, e.cancel_reason
    FROM events AS e JOIN bookings AS b ON b.inventory_id = e.inventory_id
    WHERE e.state = 'cancelled' AND e.id = coalesce(%(event_id)s::uuid, e.id)
        AND b.state = 'held' AND b.expires_at > %(now)s::timestamptz
        AND b.expires_at < %(forever)s::timestamptz AND b.id > %(after)s::uuid
    ORDER BY b.id LIMIT %(most)s""",
)
_WAITED_FOR = Query(
    """
    SELECT e.inventory_id FROM events AS e JOIN inventories AS i ON i.id = e.inventory_id
    WHERE e.state = 'cancelled' AND e.id = coalesce(:event_id, e.id) AND i.waiters > 0
        AND EXISTS (SELECT 1 FROM waitlist_entries AS w
            WHERE w.inventory_id = i.id AND w.state = 'waiting')""",
    """
    SELECT e.inventory_id FROM events AS e JOIN inventories AS i ON i.id = e.inventory_id
    WHERE e.state = 'cancelled' AND e.id = coalesce(%(event_id)s::uuid, e.id) AND i.waiters > 0
        AND EXISTS (SELECT 1 FROM waitlist_entries AS w
            WHERE w.inventory_id = i.id AND w.state = 'waiting')""",
)
_PROGRESS = Query(
    """
    SELECT
        (SELECT count(*) FROM bookings WHERE inventory_id = :id AND state = 'confirmed'),
        (SELECT count(*) FROM bookings
            WHERE inventory_id = :id AND state = 'cancelled' AND closed_at >= :since),
        (SELECT count(DISTINCT r.booking_id) FROM bookings AS b
            JOIN refunds AS r ON r.booking_id = b.id
            WHERE b.inventory_id = :id AND b.state = 'cancelled' AND b.closed_at >= :since
                AND r.state <> 'succeeded'),
        (SELECT count(*) FROM bookings WHERE inventory_id = :id AND state = 'held'
            AND expires_at > :now AND expires_at < :forever)""",
    """
    SELECT
        (SELECT count(*) FROM bookings WHERE inventory_id = %(id)s::uuid AND state = 'confirmed'),
        (SELECT count(*) FROM bookings WHERE inventory_id = %(id)s::uuid AND state = 'cancelled'
            AND closed_at >= %(since)s::timestamptz),
        (SELECT count(DISTINCT r.booking_id) FROM bookings AS b
            JOIN refunds AS r ON r.booking_id = b.id
            WHERE b.inventory_id = %(id)s::uuid AND b.state = 'cancelled'
                AND b.closed_at >= %(since)s::timestamptz AND r.state <> 'succeeded'),
        (SELECT count(*) FROM bookings WHERE inventory_id = %(id)s::uuid AND state = 'held'
            AND expires_at > %(now)s::timestamptz AND expires_at < %(forever)s::timestamptz)""",
)
_FIRST = "00000000-0000-0000-0000-000000000000"


def to_give_back(
    connection: Connection,
    which: Query,
    *,
    event_id: str | None,
    now: datetime,
    after: str | None,
    most: int,
) -> Sequence[ToGiveBack]:
    """Up to `most` of SOLD or HELD, by id, behind the one that was last seen."""
    rows = PooledReader(connection).query(
        which, event_id=event_id, now=now, forever=FOREVER, after=after or _FIRST, most=most
    )
    return [ToGiveBack(*row) for row in rows.rows()]


def waited_for(connection: Connection, event_id: str | None) -> Sequence[str]:
    """Inventories of cancelled events (of one, where it is named) that somebody waits for."""
    rows = PooledReader(connection).query(_WAITED_FOR, event_id=event_id).rows()
    return [row[0] for row in rows]


def progress(connection: Connection, event: Event, now: datetime) -> tuple[int, int, int, int]:
    """(all, cancelled, of these with their money back, live holds) of a cancelled event."""
    ((sold, cancelled, unrefunded, held),) = (
        PooledReader(connection)
        .query(_PROGRESS, id=event.inventory_id, since=event.cancelled_at, now=now, forever=FOREVER)
        .rows()
    )
    return sold + cancelled, cancelled, cancelled - unrefunded, held
