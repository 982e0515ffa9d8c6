"""Of what inventories are made from: venues and the timetable."""

from booking_core.storage.statements import Query, select
from booking_core.storage.tables.programme import VenueRow

# Whoever changes a venue or puts an event of some size there.
LOCK_VENUE = select(
    VenueRow,
    ("id", "capacity"),
    sqlite="WHERE id = :id",
    postgres="WHERE id = %(id)s::uuid FOR NO KEY UPDATE",
)

# Whoever changes the timetable, so that a number is given once, a bus is in one place at a time,
# and nobody takes a route away from under a new schedule. Gives the last schedule's number.
LOCK_TIMETABLE = Query(
    sqlite="""
        INSERT INTO counters (name, value) VALUES ('schedule', 0)
        ON CONFLICT (name) DO UPDATE SET value = counters.value RETURNING value""",
    postgres="""
        INSERT INTO counters (name, value) VALUES ('schedule', 0)
        ON CONFLICT (name) DO UPDATE SET value = counters.value RETURNING value""",
)
