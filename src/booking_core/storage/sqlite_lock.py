"""Taking SQLite's write lock: at once where it is free, by looking often where it is not."""

import sqlite3
from time import monotonic, sleep

from booking_core.storage.database import BUSY_MILLISECONDS

_SECONDS_BETWEEN_TRIES = 0.001


def begin_immediate(connection: sqlite3.Connection) -> None:
    """Begin a writing transaction; one that upgraded later would fail without waiting.

    Raises the driver's "busy" where another holds the lock all the time.
    """
    give_up = monotonic() + BUSY_MILLISECONDS / 1000
    while not _has_begun(connection, is_last_try=monotonic() >= give_up):
        sleep(_SECONDS_BETWEEN_TRIES)


def _has_begun(connection: sqlite3.Connection, *, is_last_try: bool) -> bool:
    # SQLite's own waiting backs off to 100 ms between two looks, and a process that commits
    # batch after batch leaves the file alone for less than that.
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_last_try or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    return True
