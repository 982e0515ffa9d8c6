"""The texts of statements: one per dialect, the same whatever the number of rows; and that both
dialects mean the same by them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.ids import new_id
from booking_core.storage.database import Database
from booking_core.storage.repositories.bookings import INSERT_BOOKINGS, booking_of, row_of
from booking_core.storage.repositories.claims import PUT_CLAIMS
from booking_core.storage.repositories.inventories import INSERT_INVENTORIES, rows_of
from booking_core.storage.statements import Query, delete, insert, select, time_text, update
from booking_core.storage.tables.bookings import BookingRow, ClaimRow
from booking_core.storage.tables.inventories import LegRow
from booking_core.storage.unit_of_work import UnitOfWork
from tests.support.builders import NOW, counted
from tests.support.ledgers import a_booking

TIMES = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(9999, 12, 30),  # noqa: DTZ001 - Hypothesis adds the zone
    timezones=st.just(UTC),
)


def test_an_insert_names_every_column_on_both() -> None:
    write = insert(LegRow)

    assert write.sqlite == (
        'INSERT INTO legs ("inventory_id", "number", "origin", "destination", "departs_at", '
        '"arrives_at", "distance_m") VALUES (:inventory_id, :number, :origin, :destination, '
        ":departs_at, :arrives_at, :distance_m) "
    )
    assert write.postgres == (
        'INSERT INTO legs ("inventory_id", "number", "origin", "destination", "departs_at", '
        '"arrives_at", "distance_m") SELECT "inventory_id", "number", "origin", "destination", '
        '"departs_at", "arrives_at", "distance_m" FROM json_to_recordset(%(rows)s::json) AS new '
        '("inventory_id" UUID, "number" SMALLINT, "origin" VARCHAR, "destination" VARCHAR, '
        '"departs_at" TIMESTAMP WITH TIME ZONE, "arrives_at" TIMESTAMP WITH TIME ZONE, '
        '"distance_m" INTEGER) '
    )


def test_an_update_takes_keys_and_changes_from_each_row() -> None:
    write = update(ClaimRow, ("seat_id", "leg"), expires_at="new.expires_at")

    assert write.sqlite == (
        'UPDATE claims AS old SET "expires_at" = :expires_at '
        'WHERE "seat_id" = :seat_id AND "leg" = :leg'
    )
    assert write.postgres == (
        'UPDATE claims AS old SET "expires_at" = new.expires_at '
        'FROM json_to_recordset(%(rows)s::json) AS new ("seat_id" UUID, "leg" SMALLINT, '
        '"expires_at" TIMESTAMP WITH TIME ZONE) '
        'WHERE old."seat_id" = new.seat_id AND old."leg" = new.leg '
        'AND old."seat_id" = ANY (ARRAY (SELECT new."seat_id" '
        'FROM json_to_recordset(%(rows)s::json) AS new ("seat_id" UUID, "leg" SMALLINT, '
        '"expires_at" TIMESTAMP WITH TIME ZONE)))'
    )
    assert write.times == ("expires_at",)


def test_an_update_of_one_row_goes_without_json() -> None:
    change = update(ClaimRow, ("seat_id", "leg"), expires_at="new.expires_at", leg="old.leg + 1")
    row = {"seat_id": new_id(), "leg": 1, "expires_at": NOW}

    text, values = change.to_postgres([row], None)

    assert "json" not in text
    assert '"expires_at" = %(expires_at)s::TIMESTAMP WITH TIME ZONE, "leg" = old.leg + 1' in text
    assert 'WHERE old."seat_id" = %(seat_id)s::UUID AND old."leg" = %(leg)s::SMALLINT' in text
    assert values == row
    assert change.to_postgres([row, row], None)[0] == change.postgres


def test_documents_of_one_row_go_as_json_and_lengths_stay_the_columns_own() -> None:
    change = update(
        BookingRow, ("id",), items="new.items", refunds="new.refunds", state="new.state"
    )
    row = {"id": new_id(), "items": [{"a": 1}], "refunds": None, "state": "held"}

    text, values = change.to_postgres([row], None)

    assert values == {**row, "items": b'[{"a":1}]'}
    assert "VARCHAR(" not in text


def test_a_delete_goes_by_its_keys() -> None:
    write = delete(ClaimRow, ("seat_id", "leg"))

    assert write.sqlite == 'DELETE FROM claims WHERE "seat_id" = :seat_id AND "leg" = :leg'
    assert write.postgres == (
        "DELETE FROM claims AS old USING json_to_recordset(%(rows)s::json) AS new "
        '("seat_id" UUID, "leg" SMALLINT) WHERE old."seat_id" = new.seat_id '
        'AND old."leg" = new.leg AND old."seat_id" = ANY (ARRAY (SELECT new."seat_id" '
        'FROM json_to_recordset(%(rows)s::json) AS new ("seat_id" UUID, "leg" SMALLINT)))'
    )


def test_the_guard_against_double_sale_is_in_both_texts() -> None:
    guard = "WHERE claims.booking_id = excluded.booking_id OR claims.expires_at <= "

    assert guard + ":now" in PUT_CLAIMS.sqlite
    assert guard + "%(now)s::timestamptz" in PUT_CLAIMS.postgres


def test_a_select_knows_which_columns_sqlite_gives_as_text() -> None:
    query = select(LegRow, ("number", "departs_at", "arrives_at"), sqlite="A", postgres="B")

    assert query.sqlite == 'SELECT "number", "departs_at", "arrives_at" FROM legs A'
    assert query.postgres == 'SELECT "number", "departs_at", "arrives_at" FROM legs B'
    assert (query.times, query.documents) == ((1, 2), ())


@given(TIMES, TIMES)
def test_times_sort_as_text_as_they_do_as_times(one: datetime, other: datetime) -> None:
    assert (time_text(one) < time_text(other)) == (one < other)


@given(TIMES)
def test_times_come_back_from_text(time: datetime) -> None:
    query = Query("", "", times=(0,))

    assert query.decoded([(time_text(time),)]) == [[time]]


def test_documents_and_absent_values_come_back_from_text() -> None:
    query = Query("", "", times=(1,), documents=(0, 2))

    assert query.decoded([('{"a":[1]}', None, None)]) == [[{"a": [1]}, None, None]]


@pytest.mark.parametrize("count", [1, 2, 300])
def test_any_number_of_rows_goes_in_one_statement(database: Database, count: int) -> None:
    inventory = rows_of(counted(), NOW).inventory
    bookings = [row_of(_booking(inventory["id"], n)) for n in range(count)]
    work = UnitOfWork(database)

    with work.transaction() as wire:
        wire.write(INSERT_INVENTORIES, [inventory])
        assert wire.write(INSERT_BOOKINGS, bookings).count == count
    work.close()


def test_every_kind_of_value_comes_back_as_it_was(database: Database) -> None:
    from booking_core.storage.repositories.bookings import BOOKINGS_BY_ID

    inventory = rows_of(counted(), NOW).inventory
    stored = _booking(
        inventory["id"],
        0,
        customer_id="Zoë 'quotes\" \\ 李 {curly} %s :now",
        amount=2**62,
        expires_at=NOW + timedelta(microseconds=1),
        closed_at=NOW,
    )
    work = UnitOfWork(database)

    with work.transaction() as wire:
        wire.write(INSERT_INVENTORIES, [inventory])
        wire.write(INSERT_BOOKINGS, [row_of(stored)])
        (row,) = wire.query(BOOKINGS_BY_ID, ids=wire.array([stored.id])).rows()
    work.close()

    assert booking_of(row) == stored


def _booking(inventory_id: str, number: int, **changes: Any) -> Any:
    changes = {"inventory_id": inventory_id, "customer_id": f"c{number}", **changes}
    return a_booking(new_id(), **changes)
