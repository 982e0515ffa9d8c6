"""Of running numbers."""

from booking_core.storage.statements import Query

# The next number under a name, given to nobody else; kept from others until the transaction ends.
NEXT_COUNT = Query(
    sqlite="""
        INSERT INTO counters (name, value) VALUES (:name, 1)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value""",
    postgres="""
        INSERT INTO counters (name, value) VALUES (%(name)s, 1)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value""",
)
