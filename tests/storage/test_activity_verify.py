"""Whatever is done to the activity log behind the engine's back, a verification finds."""

import orjson
import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.activity import HOUSE_CHAIN, Act
from booking_core.domain.chains import MOST_BREAKS_PER_CHAIN
from booking_core.storage.database import Database
from booking_core.storage.repositories.activity import record
from booking_core.storage.unit_of_work import writing
from tests.support.acts import act
from tests.support.builders import NOW, bus, hold
from tests.support.raw import rows, run_sql, tamper

HOUSE = f"inventory_id = '{HOUSE_CHAIN}'"


@pytest.fixture
def inventory(frozen_system: BookingSystem, database: Database, clock: ManualClock) -> str:
    """Six acts of the house and five of an inventory; the inventory's id."""
    for number in range(6):
        act(database, f"act {number}", at=clock.now(), before={"n": number}, after={"n": number})
        clock.advance(seconds=1)
    inventory = frozen_system.create_inventory(bus())
    held = hold(frozen_system, inventory, "1A")
    frozen_system.confirm(held.id)
    other = hold(frozen_system, inventory, "1B")
    frozen_system.release(other.id)
    hold(frozen_system, inventory, "1C")
    return inventory


def found(system: BookingSystem) -> list[tuple[str, int, str]]:
    """(chain, seq, kind): what a verification finds."""
    return [(b.chain_id, b.seq, str(b.kind)) for b in system.activity.verify().breaks]


def test_a_log_that_nobody_touched_holds(frozen_system: BookingSystem, inventory: str) -> None:
    report = frozen_system.activity.verify()

    assert report.as_dict() == {"breaks": [], "acts": 11, "chains": 2}


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'eve'",
        "action = 'act 9'",
        "entity = 'bus'",
        "entity_id = '01976e00-0000-7000-8000-00000000ffff'",
        "origin = '192.0.2.9'",
        "after = '{\"n\": 9}'",
        "before = NULL",
        "before = '{\"n\": 9}'",
        "at = '2035-06-01 12:00:02.000001'",
        "hash = 'deadbeef'",
    ],
)
def test_a_changed_act_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str, change: str
) -> None:
    run_sql(database_url, _bound(f"UPDATE activity_log SET {change} WHERE {HOUSE} AND seq = 3"))

    assert (HOUSE_CHAIN, 3, "changed") in found(frozen_system)


def _bound(statement: str) -> str:
    """SQLAlchemy would take `:00` for a parameter."""
    return statement.replace(":", r"\:")


@pytest.mark.parametrize("junk", ["not json", "", "[1]]"])
def test_an_act_that_cannot_be_read_is_found(sqlite_url: str, junk: str) -> None:
    database = Database(sqlite_url)
    act(database)
    act(database)
    database.close()
    run_sql(sqlite_url, "UPDATE activity_log SET after = :junk WHERE seq = 1", junk=junk)
    run_sql(sqlite_url, "UPDATE activity_log SET at = 'never' WHERE seq = 2")

    with BookingSystem.open(sqlite_url) as system:
        assert [(seq, kind) for _, seq, kind in found(system)] == [(1, "changed"), (2, "changed")]


def test_a_missing_act_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    run_sql(database_url, f"DELETE FROM activity_log WHERE {HOUSE} AND seq IN (2, 4, 5)")

    assert found(frozen_system) == [(HOUSE_CHAIN, 2, "missing"), (HOUSE_CHAIN, 4, "missing")]


def test_a_missing_act_of_an_inventory_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    run_sql(
        database_url,
        "DELETE FROM activity_log WHERE inventory_id = :id AND seq = 1",
        id=inventory,
    )

    assert found(frozen_system) == [(inventory, 1, "missing")]


def test_acts_that_changed_places_are_found(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    run_sql(
        database_url,
        f"UPDATE activity_log SET seq = 99 WHERE {HOUSE} AND seq = 2",
        f"UPDATE activity_log SET seq = 2 WHERE {HOUSE} AND seq = 3",
        f"UPDATE activity_log SET seq = 3 WHERE {HOUSE} AND seq = 99",
    )

    breaks = frozen_system.activity.verify().breaks
    assert [(b.seq, str(b.kind)) for b in breaks] == [(2, "changed"), (3, "moved"), (4, "changed")]
    assert breaks[1].detail == "this was act 2"


def test_an_act_that_was_put_in_between_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    """Whoever does so has to move all that follow, and to correct the end."""
    run_sql(
        database_url,
        f"UPDATE activity_log SET seq = seq + 100 WHERE {HOUSE} AND seq >= 3",
        f"UPDATE activity_log SET seq = seq - 99 WHERE {HOUSE} AND seq >= 103",
        f"""INSERT INTO activity_log (inventory_id, seq, at, actor, action, entity, entity_id,
                origin, before, after, hash)
            SELECT inventory_id, 3, at, 'eve', action, entity, entity_id, origin, before, after,
                hash FROM activity_log WHERE {HOUSE} AND seq = 2""",
        "UPDATE activity_chains SET seq = seq + 1",
    )

    kinds = [(seq, kind) for _, seq, kind in found(frozen_system)]
    assert kinds == [(3, "changed"), *((seq, "moved") for seq in (4, 5, 6, 7))]


@pytest.mark.parametrize("seq", [0, -1, 7])
def test_an_act_beyond_the_ends_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str, seq: int
) -> None:
    run_sql(
        database_url,
        f"""INSERT INTO activity_log (inventory_id, seq, at, actor, action, entity, entity_id,
                origin, before, after, hash)
            SELECT inventory_id, {seq}, at, actor, action, entity, entity_id, origin, before,
                after, hash FROM activity_log WHERE {HOUSE} AND seq = 6""",
    )

    assert found(frozen_system) == [(HOUSE_CHAIN, seq, "inserted")]


@pytest.mark.parametrize("first_gone", [6, 4, 1])
def test_a_truncated_chain_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str, first_gone: int
) -> None:
    run_sql(database_url, f"DELETE FROM activity_log WHERE {HOUSE} AND seq >= {first_gone}")

    assert found(frozen_system) == [(HOUSE_CHAIN, first_gone - 1, "truncated")]


def test_a_truncated_chain_of_an_inventory_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    run_sql(
        database_url, "DELETE FROM activity_log WHERE inventory_id = :id AND seq > 3", id=inventory
    )

    assert found(frozen_system) == [(inventory, 3, "truncated")]


def test_a_chain_cut_short_with_its_number_of_acts_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    run_sql(
        database_url,
        f"DELETE FROM activity_log WHERE {HOUSE} AND seq > 4",
        "UPDATE activity_chains SET seq = 4",
    )

    assert found(frozen_system) == [(HOUSE_CHAIN, 4, "resealed")]


def test_an_act_that_was_changed_and_sealed_anew_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    """The act after it still bears witness; of the last act, the chain's end does."""
    for seq, expected in ((6, "resealed"), (3, "changed")):
        _forge(database_url, seq)
        assert (HOUSE_CHAIN, min(seq + 1, 6), expected) in found(frozen_system)


def _forge(url: str, seq: int) -> None:
    """Change who did it, and give the act the seal that goes with that."""
    columns = ", ".join(("inventory_id", *Act._fields[1:]))
    query = f"SELECT {columns} FROM activity_log WHERE {HOUSE} AND seq = {seq}"
    (values,) = rows(url, query)
    previous = rows(url, f"SELECT hash FROM activity_log WHERE {HOUSE} AND seq = {seq - 1}")
    documents = [orjson.loads(v) if isinstance(v, str) else v for v in values[-2:]]
    at = NOW.replace(second=seq - 1)
    forged = Act(*values[:-2], *documents)._replace(actor="eve", at=at)
    run_sql(
        url,
        f"UPDATE activity_log SET actor = 'eve', hash = :sealed WHERE {HOUSE} AND seq = {seq}",
        sealed=forged.sealed(previous[0][0]),
    )


def test_a_chain_whose_end_is_gone_is_found(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    run_sql(database_url, "DELETE FROM activity_chains")

    assert found(frozen_system) == [(HOUSE_CHAIN, 6, "truncated")]


def test_a_house_without_chain_is_found(system: BookingSystem, database_url: str) -> None:
    run_sql(database_url, "DELETE FROM activity_chains")

    assert found(system) == [(HOUSE_CHAIN, 0, "truncated")]


def test_acts_of_no_known_chain_are_found(
    frozen_system: BookingSystem, inventory: str, database_url: str
) -> None:
    nobody = "01976e00-0000-7000-8000-00000000ffff"
    tamper(
        database_url,
        f"UPDATE activity_log SET inventory_id = '{nobody}' WHERE {HOUSE} AND seq = 6",
    )

    assert found(frozen_system) == [
        (HOUSE_CHAIN, 5, "truncated"),
        (nobody, 1, "missing"),
        (nobody, 6, "truncated"),
    ]


def test_a_log_of_thousands_of_acts_is_checked_in_one_go(
    system: BookingSystem, database: Database, database_url: str
) -> None:
    with writing(database) as connection:
        for number in range(3_000):
            record(
                connection,
                at=NOW,
                actor="ann",
                action=f"act {number}",
                entity="user",
                entity_id=f"01976e00-0000-7000-8000-{number:012}",
                after={"n": number},
            )
    told: list[int] = []

    report = system.activity.verify(told.append)

    assert (report.breaks, report.acts, told) == ([], 3_000, [1_000, 2_000, 3_000, 3_000])
    run_sql(database_url, "UPDATE activity_log SET actor = 'eve' WHERE seq = 1234")
    assert found(system) == [(HOUSE_CHAIN, 1_234, "changed")]


def test_of_a_chain_with_very_many_breaks_only_some_are_listed(
    system: BookingSystem, database: Database, database_url: str
) -> None:
    for number in range(MOST_BREAKS_PER_CHAIN + 5):
        act(database, str(number))
    run_sql(database_url, "UPDATE activity_log SET actor = 'eve'")

    assert len(found(system)) == MOST_BREAKS_PER_CHAIN
