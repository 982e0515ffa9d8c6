"""Where the lines of the operators' lists come from, and how a page is cut out of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from booking_core.domain.listings import Asked, Search
from booking_core.storage.repositories.desk.searches import ByField, Column, Condition, conditions

MOST_COUNTED = 100_000
"""Lists longer than that are as long as that: whoever looks for something searches."""

Rows = Sequence[Any]
Looks = tuple[Callable[[str], Condition], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the lines of a list come from. `orders` are columns by the names of the listing, with
    whether the greatest comes first; `always` are conditions that hold at a time."""

    start: sa.FromClause
    columns: Sequence[Column]
    make: Callable[[Connection, Rows, datetime], Sequence[Any]]
    orders: Mapping[str, tuple[Column, bool]]
    tie: Column
    fields: ByField
    words: Looks
    always: Callable[[datetime], Sequence[Condition]] = lambda _: ()


def page_of(
    connection: Connection,
    source: Source,
    *,
    search: Search,
    asked: Asked,
    order: str,
    now: datetime,
) -> tuple[Sequence[Any], int]:
    """The lines asked for, in an order that the source has, and how many there are in all, or
    MOST_COUNTED."""
    wanted = [*source.always(now), *conditions(search, source.fields, source.words)]
    column, is_falling = source.orders[order]
    falls = is_falling != asked.backwards
    by = (column.desc(), source.tie.desc()) if falls else (column, source.tie)
    found = sa.select(*source.columns).select_from(source.start).where(*wanted)
    statement = found.order_by(*by).limit(asked.limit).offset(asked.offset)
    rows = connection.execute(statement).all()
    return source.make(connection, rows, now), _count(connection, source, wanted)


def _count(connection: Connection, source: Source, wanted: Sequence[Condition]) -> int:
    some = sa.select(source.tie).select_from(source.start).where(*wanted).limit(MOST_COUNTED)
    counted = sa.select(sa.func.count()).select_from(some.subquery())
    total: int = connection.execute(counted).scalar_one()
    return total
