"""People with accounts, and what stands about them in the database."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import SQLModel

from booking_core import BookingSystem
from booking_core.domain.accounts import User
from booking_core.errors import BookingError
from tests.support.raw import raw_connection, rows

T = TypeVar("T")

EMAIL = "ann@example.org"
PASSWORD = "a garden in spring"
WRONG = "a garden in autumn"
HERE = "203.0.113.7"
ELSEWHERE = "198.51.100.9"

# Texts that no database or driver should be given unseen.
HOSTILE = {
    "nul": "a\x00b@example.org",
    "surrogate": "\ud800@example.org",
    "huge": "a" * 1_000_000 + "@example.org",
    "quotes": "'; DROP TABLE users; --",
    "line end": "ann@example.org\r\nBcc: all@example.org",
    "empty": "",
}


def register(system: BookingSystem, email: str = EMAIL, **changes: Any) -> User:
    """Make an account with PASSWORD."""
    wanted = {"password": PASSWORD, "first_name": "Ann", "last_name": "Example", **changes}
    return system.accounts.register(email, **wanted)


def outcome_of(act: Callable[[], T]) -> T | BookingError:
    """What an act gave, or the error of ours that it raised."""
    try:
        return act()
    except BookingError as error:
        return error


def at_once(acts: Sequence[Callable[[], T]]) -> list[T | BookingError]:
    """What came of acts that all begin at the same time, each on a thread of its own."""
    start = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | BookingError:
        start.wait()
        return outcome_of(act)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def acts_on(url: str, entity_id: str) -> list[str]:
    """What the activity log says was done to a thing, oldest first."""
    query = "SELECT action FROM activity_log WHERE entity_id = :id ORDER BY seq"
    return [row[0] for row in rows(url, query, id=entity_id)]


def everything_stored(url: str) -> str:
    """All rows of all tables, as one text."""
    with raw_connection(url) as connection:
        return "\n".join(
            repr(tuple(row))
            for table in SQLModel.metadata.sorted_tables
            for row in connection.execute(sa.text(f'SELECT * FROM "{table.name}"'))
        )
