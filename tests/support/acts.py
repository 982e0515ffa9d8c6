"""Acts of the house chain in tests: written one by one, in threads, and by processes."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from booking_core.clock import SystemClock
from booking_core.domain.activity import HOUSE_CHAIN
from booking_core.ids import new_id
from booking_core.storage.database import Database
from booking_core.storage.repositories.activity import record
from booking_core.storage.unit_of_work import writing
from tests.support.raw import rows


def act(database: Database, action: str = "created", **values: Any) -> str:
    """Record one act in a transaction of its own; the id of what it is about."""
    shape = {"at": SystemClock().now(), "actor": "ann", "entity": "route", "entity_id": new_id()}
    with writing(database) as connection:
        record(connection, **{**shape, "action": action, **values})
    return str({**shape, **values}["entity_id"])


def in_threads(work: Callable[[int], None], count: int) -> list[BaseException]:
    """Run `work(number)` on so many threads at once; what they failed with."""
    barrier, failures = Barrier(count), list[BaseException]()

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def house(url: str) -> list[tuple[int, str]]:
    """(seq, hash) of the house chain."""
    query = "SELECT seq, hash FROM activity_log WHERE inventory_id = :id ORDER BY seq"
    return [(seq, sealed) for seq, sealed in rows(url, query, id=HOUSE_CHAIN)]


def many_acts(asked: tuple[str, int]) -> None:
    """What a process of a test does: record so many acts in the database of a URL."""
    url, count = asked
    database = Database(url)
    for number in range(count):
        act(database, f"act {number}")
    database.close()
