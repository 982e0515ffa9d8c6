"""Statements of the write path, one text per dialect and the same whatever the batch size.

Text that varies with the batch would be planned anew each time. PostgreSQL gets all rows of a
statement as one JSON parameter, but an update of a single row plainly; SQLite runs a prepared
statement row by row.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

Row = dict[str, Any]
_LENGTH = re.compile(r"\(\d+\)")
_NEW = re.compile(r"\bnew\.(\w+)")


@dataclass(frozen=True, slots=True)
class Query:
    """A statement that gives rows. Parameters: `:name` on SQLite, `%(name)s` on PostgreSQL.

    `times` and `documents` are the positions of columns that SQLite gives as text.
    """

    sqlite: str
    postgres: str
    times: tuple[int, ...] = ()
    documents: tuple[int, ...] = ()

    def sqlite_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters with times as SQLite stores them."""
        return {
            name: time_text(value) if isinstance(value, datetime) else value
            for name, value in parameters.items()
        }

    def decoded(self, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """SQLite's rows as PostgreSQL would give them."""
        return [self._decoded(list(row)) for row in rows]

    def _decoded(self, row: list[Any]) -> list[Any]:
        for position in self.times:
            if row[position] is not None:
                row[position] = datetime.fromisoformat(row[position]).replace(tzinfo=UTC)
        for position in self.documents:
            if row[position] is not None:
                row[position] = orjson.loads(row[position])
        return row


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that writes any number of rows, given as dicts by column name.

    It may compare with the time of the transaction, `{now}` where it is made. `postgres_one` is
    for a single row with a parameter for each column, where that is cheaper than JSON.
    """

    sqlite: str
    postgres: str
    postgres_one: str | None = None
    times: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    def to_postgres(
        self, rows: Sequence[Row], now: datetime | None
    ) -> tuple[str, Mapping[str, Any]]:
        """The text that suits so many rows, and its parameters."""
        if self.postgres_one is None or len(rows) != 1:
            return self.postgres, {"rows": orjson.dumps(rows), "now": now}
        (row,) = rows
        return self.postgres_one, {
            name: orjson.dumps(value) if name in self.documents and value is not None else value
            for name, value in row.items()
        }

    def sqlite_rows(self, rows: Sequence[Row], now: datetime | None) -> list[Row]:
        """The rows as SQLite stores them: times as text that sorts, documents as JSON text."""
        constants = {} if now is None else {"now": time_text(now)}
        return [self._sqlite_row({**row, **constants}) for row in rows]

    def _sqlite_row(self, stored: Row) -> Row:
        for name in self.times:
            if stored[name] is not None:
                stored[name] = time_text(stored[name])
        for name in self.documents:
            if stored[name] is not None:
                stored[name] = orjson.dumps(stored[name]).decode()
        return stored


def time_text(time: datetime) -> str:
    """A UTC time as SQLAlchemy stores it on SQLite: fixed width, so that it sorts as text."""
    return time.isoformat(" ", "microseconds")[:26]


def postgres_text(value: Any) -> bytes | None:
    """A parameter as PostgreSQL reads it. What is bytes is so already."""
    if isinstance(value, str):
        return value.encode()
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, datetime):
        return value.isoformat().encode()
    return str(value).encode()


def select(model: type[SQLModel], columns: Sequence[str], *, sqlite: str, postgres: str) -> Query:
    """SELECT of columns; `sqlite` and `postgres` are what follows the table's name."""
    table = table_of(model)
    start = f"SELECT {', '.join(map(_quoted, columns))} FROM {table.name} "
    kinds = [table.c[name] for name in columns]
    return Query(
        start + sqlite,
        start + postgres,
        times=tuple(i for i, column in enumerate(kinds) if isinstance(column.type, UTCDateTime)),
        documents=tuple(i for i, column in enumerate(kinds) if isinstance(column.type, sa.JSON)),
    )


def insert(model: type[SQLModel], *, unless: str = "") -> Write:
    """INSERT of whole rows; `unless` is an ON CONFLICT clause."""
    table = table_of(model)
    names = [column.name for column in table.columns]
    columns = ", ".join(map(_quoted, names))
    return _write(
        table,
        names,
        sqlite=f"INSERT INTO {table.name} ({columns}) VALUES ({_parameters(names)}) {unless}",
        postgres=f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {{rows}} {unless}",
    )


def insert_one(model: type[SQLModel], *, first: str = "", **instead: str) -> Query:
    """INSERT of one row on PostgreSQL, with a parameter for each column: no JSON is read.

    Columns may be given by an expression `instead`; a WITH clause comes `first`.
    """
    table = table_of(model)
    names = [column.name for column in table.columns]
    columns = ", ".join(map(_quoted, names))
    values = ", ".join(instead.get(name, f"%({name})s") for name in names)
    return Query("", f"{first} INSERT INTO {table.name} ({columns}) VALUES ({values})")


def update(model: type[SQLModel], by: Sequence[str], **changes: str) -> Write:
    """UPDATE by key columns. Each change is an expression in which `new.column` is the row's and
    `old.column` the table's."""
    table = table_of(model)
    # Without lengths: a cast would cut what is too long, an assignment refuses it.
    typed = {name: f"%({name})s::{_LENGTH.sub('', _type(table, name))}" for name in [*by, *changes]}
    one = ", ".join(
        f"{_quoted(name)} = {_with_typed(change, typed)}" for name, change in changes.items()
    )
    keys = " AND ".join(f"old.{_quoted(name)} = {typed[name]}" for name in by)
    return _write(
        table,
        [*by, *changes],
        sqlite=(
            f"UPDATE {table.name} AS old SET {_assignments(changes, ':')} WHERE {_keys(by, ':')}"
        ),
        postgres=(
            f"UPDATE {table.name} AS old SET {_assignments(changes, 'new.')} "
            f"FROM {{rows}} WHERE {_keys(by, 'new.', 'old.')} AND {_bound(by)}"
        ),
        postgres_one=f"UPDATE {table.name} AS old SET {one} WHERE {keys}",
    )


def delete(model: type[SQLModel], by: Sequence[str]) -> Write:
    """DELETE by key columns."""
    table = table_of(model)
    return _write(
        table,
        by,
        sqlite=f"DELETE FROM {table.name} WHERE {_keys(by, ':')}",
        postgres=(
            f"DELETE FROM {table.name} AS old USING {{rows}} "
            f"WHERE {_keys(by, 'new.', 'old.')} AND {_bound(by)}"
        ),
    )


def _write(
    table: sa.Table,
    names: Sequence[str],
    *,
    sqlite: str,
    postgres: str,
    postgres_one: str | None = None,
) -> Write:
    """`{rows}` and `{now}` in the texts become what each dialect knows."""
    types = ", ".join(f"{_quoted(name)} {_type(table, name)}" for name in names)
    rows = f"json_to_recordset(%(rows)s::json) AS new ({types})"
    return Write(
        sqlite.format(now=":now"),
        postgres.format(rows=rows, now="%(now)s::timestamptz"),
        postgres_one,
        times=tuple(name for name in names if isinstance(table.c[name].type, UTCDateTime)),
        documents=tuple(name for name in names if isinstance(table.c[name].type, sa.JSON)),
    )


def table_of(model: type[SQLModel]) -> sa.Table:
    """The table that a model is stored in."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def _type(table: sa.Table, name: str) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # has no annotations
    return str(table.c[name].type.compile(dialect=dialect))


def _with_typed(change: str, typed: Mapping[str, str]) -> str:
    return _NEW.sub(lambda found: typed[found[1]], change)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _parameters(names: Sequence[str]) -> str:
    return ", ".join(f":{name}" for name in names)


def _assignments(changes: dict[str, str], new: str) -> str:
    return ", ".join(
        f"{_quoted(name)} = {change.replace('new.', new)}" for name, change in changes.items()
    )


def _bound(by: Sequence[str]) -> str:
    """Implied by the join, but without it a plan made while the table was small may walk through
    all of it and look each row up among the new ones."""
    return f"old.{_quoted(by[0])} = ANY (ARRAY (SELECT new.{_quoted(by[0])} FROM {{rows}}))"


def _keys(by: Sequence[str], new: str, old: str = "") -> str:
    return " AND ".join(f"{old}{_quoted(name)} = {new}{name}" for name in by)
