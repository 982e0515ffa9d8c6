"""Running numbers by name, reserved some at a time."""

from sqlalchemy.engine import Connection

from booking_core.storage.statements import Query
from booking_core.storage.wire import PooledReader

_RESERVE = Query(
    sqlite="""
        INSERT INTO counters (name, value) VALUES (:name, :most)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value""",
    postgres="""
        INSERT INTO counters (name, value) VALUES (%(name)s, %(most)s)
        ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value""",
)


def reserve(connection: Connection, name: str, most: int) -> int:
    """The last of `most` numbers that nobody else is given. The counter stays locked until the
    transaction ends."""
    last: int = PooledReader(connection).query(_RESERVE, name=name, most=most).rows()[0][0]
    return last
