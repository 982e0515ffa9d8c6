"""Statements sent together over libpq's pipeline are answered each for itself, in order."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from booking_core.storage.database import Database
from booking_core.storage.statements import Query
from booking_core.storage.wire import PostgresWire, open_wire

pytestmark = pytest.mark.postgres
NOON = datetime(2035, 6, 1, 12, tzinfo=UTC)
ID = "01976e00-0000-7000-8000-000000000001"


def query(text: str) -> Query:
    return Query("", text)


ECHO = query("SELECT %(value)s::text")
DIVIDE = query("SELECT 12 / %(by)s::int")


@pytest.fixture
def wire(postgres_url: str) -> Iterator[PostgresWire]:
    database = Database(postgres_url)
    opened = open_wire(database)
    assert isinstance(opened, PostgresWire)
    yield opened
    opened.close()
    database.close()


def test_each_statement_gets_its_own_answer(wire: PostgresWire) -> None:
    answers = [wire.query(ECHO, value=str(number)) for number in range(1_000)]

    assert [answer.rows() for answer in answers] == [[(str(number),)] for number in range(1_000)]


def test_answers_may_be_read_in_any_order_and_again(wire: PostgresWire) -> None:
    one, two = wire.query(ECHO, value="one"), wire.query(ECHO, value="two")

    assert [two.rows(), one.rows(), two.rows()] == [[("two",)], [("one",)], [("two",)]]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (f"'{ID}'::uuid", ID),
        ("'2035-06-01 12:00+00'::timestamptz", NOON),
        ("""'{"a": [1, null]}'::json""", {"a": [1, None]}),
        ("NULL::json", None),
        ("true", True),
        ("9223372036854775807::bigint", 2**63 - 1),
        ("'Zoë → 李'::text", "Zoë → 李"),
    ],
)
def test_values_come_as_the_engine_knows_them(
    wire: PostgresWire, expression: str, value: object
) -> None:
    assert wire.query(query(f"SELECT {expression}")).rows() == [(value,)]


def test_parameters_go_by_name_as_often_as_they_are_named(wire: PostgresWire) -> None:
    found = wire.query(
        query("SELECT %(a)s::text || %(b)s::text || %(a)s::text, %(at)s::timestamptz"),
        a="x",
        b="'; --",
        at=NOON,
    )

    assert found.rows() == [("x'; --x", NOON)]


def test_nothing_is_null(wire: PostgresWire) -> None:
    assert wire.query(ECHO, value=None).rows() == [(None,)]


def test_much_may_go_both_ways_at_once(wire: PostgresWire) -> None:
    """More than the buffers of both ends hold: who only sent or only read would wait for ever."""
    much = "x" * 2_000_000
    answers = [wire.query(ECHO, value=much) for _ in range(5)]
    wire.push()

    assert all(answer.rows() == [(much,)] for answer in answers)


def test_after_a_failure_nothing_more_is_done_and_the_connection_goes_on(
    wire: PostgresWire,
) -> None:
    wire.begin()
    wire.query(query("CREATE TEMPORARY TABLE kept (n int)"))
    wire.query(DIVIDE, by=0)
    late = wire.query(query("SELECT 'never reached'"))
    with pytest.raises(psycopg.errors.DivisionByZero):
        late.rows()
    wire.rollback()

    assert wire.query(DIVIDE, by=4).rows() == [(3,)]
    found = wire.query(query("SELECT count(*) FROM pg_class WHERE relname = 'kept'"))
    assert found.rows() == [(0,)]


def test_of_several_failures_the_first_is_told(wire: PostgresWire) -> None:
    wire.query(DIVIDE, by=0)
    wire.query(query("SELECT * FROM nowhere"))

    with pytest.raises(psycopg.errors.DivisionByZero):
        wire.query(ECHO, value="x").rows()


def test_what_could_not_be_prepared_is_prepared_anew(wire: PostgresWire) -> None:
    """Also what was never tried because something before it had failed."""
    fresh = query("SELECT 'fresh', %(value)s::text")
    table = query("SELECT n FROM later")
    with pytest.raises(psycopg.errors.UndefinedTable):
        wire.query(table).rows()
    wire.query(DIVIDE, by=0)
    with pytest.raises(psycopg.errors.DivisionByZero):
        wire.query(fresh, value="x").rows()

    wire.query(query("CREATE TEMPORARY TABLE later AS SELECT 7 AS n"))

    assert wire.query(table).rows() == [(7,)]
    assert wire.query(fresh, value="x").rows() == [("fresh", "x")]
    assert wire.query(ECHO, value="still").rows() == [("still",)]


def test_a_statement_is_prepared_once(wire: PostgresWire) -> None:
    for number in range(5):
        wire.query(DIVIDE, by=number + 1)
    statement = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 12 /%'"

    assert wire.query(query(statement)).rows() == [(1,)]


def test_a_failed_transaction_cannot_be_committed(wire: PostgresWire) -> None:
    wire.begin()
    wire.query(DIVIDE, by=0)

    with pytest.raises(psycopg.errors.DivisionByZero):
        wire.commit()
    wire.rollback()

    assert wire.query(DIVIDE, by=3).rows() == [(4,)]


def test_what_is_before_a_mark_is_answered_while_the_rest_goes_on(wire: PostgresWire) -> None:
    first = wire.query(ECHO, value="first")
    wire.mark()
    slow = wire.query(query("SELECT pg_sleep(0.2), 'slow'"))
    wire.push()

    assert first.rows() == [("first",)]
    assert not wire.is_silent
    assert slow.rows()[0][1] == "slow"
    assert wire.is_silent


def test_a_failure_takes_nothing_behind_the_next_mark_along(wire: PostgresWire) -> None:
    assert wire.query(ECHO, value="prepared").rows() == [("prepared",)]
    failing = wire.query(DIVIDE, by=0)
    late = wire.query(ECHO, value="late")
    wire.mark()
    behind = wire.query(ECHO, value="behind")

    with pytest.raises(psycopg.errors.DivisionByZero):
        failing.rows()

    assert late.rows() == []
    assert behind.rows() == [("behind",)]


def test_a_rollback_takes_in_all_parts_whatever_failed_in_them(wire: PostgresWire) -> None:
    wire.begin()
    for _ in range(3):
        wire.query(DIVIDE, by=0)
        wire.mark()

    wire.rollback()

    assert wire.is_silent
    assert wire.query(DIVIDE, by=3).rows() == [(4,)]
