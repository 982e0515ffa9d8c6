"""Conditions of the operators' lists: what was typed, as SQL. Values are always bound."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
import sqlalchemy as sa

from booking_core.domain.listings import Search
from booking_core.ids import is_id
from booking_core.storage.statements import table_of
from booking_core.storage.tables.accounts import UserRow
from booking_core.storage.tables.tickets import TicketRow

Condition = sa.ColumnElement[bool]
Column = sa.ColumnElement[Any]
ByField = Mapping[str, Callable[[str], Condition]]
NEVER: Condition = sa.false()


def conditions(
    search: Search, fields: ByField, anywhere: Iterable[Callable[[str], Condition]]
) -> list[Condition]:
    """Every field must be as it was said, and every word must be found somewhere."""
    found = [fields[name](value) for name, value in search.fields.items() if name in fields]
    places = list(anywhere)
    found += [sa.or_(*(look(word) for look in places)) for word in search.words]
    return found


def holds_text(column: Column) -> Callable[[str], Condition]:
    return lambda value: column.icontains(value, autoescape=True)


def begins_with(column: Column) -> Callable[[str], Condition]:
    return lambda value: column.istartswith(value, autoescape=True)


def equals(column: Column) -> Callable[[str], Condition]:
    return lambda value: column == value


def has_id(column: Column) -> Callable[[str], Condition]:
    """Of a column of identifiers, which know no other texts."""
    return lambda value: column == value.lower() if is_id(value.lower()) else NEVER


def is_one_of(column: Column, values: type[StrEnum]) -> Callable[[str], Condition]:
    known = {str(value): value for value in values}
    return lambda value: column == known[value.lower()] if value.lower() in known else NEVER


def is_flag(column: Column) -> Callable[[str], Condition]:
    """`yes` or `no`."""
    answers = {"yes": True, "no": False}
    return lambda value: column.is_(answers[value.lower()]) if value.lower() in answers else NEVER


def is_on_day(column: Column) -> Callable[[str], Condition]:
    """A day (UTC), as 2027-01-15."""

    def condition(value: str) -> Condition:
        try:
            day = date.fromisoformat(value)
            begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
            end = begin + timedelta(days=1)
        except (ValueError, OverflowError):
            return NEVER
        return (column >= begin) & (column < end)

    return condition


def is_of_mail(customer_id: Column) -> Callable[[str], Condition]:
    """A customer whose e-mail address holds the text."""
    users = table_of(UserRow).c
    matches = holds_text(users.email)
    return lambda value: customer_id.in_(
        sa.select(sa.cast(users.id, sa.String)).where(matches(value))
    )


def has_seat(booking_id: Column, items: Column) -> Callable[[str], Condition]:
    """A booking of a seat, by the seat's label: as it was sold or given back, or with a ticket for
    what was taken out of it since."""
    tickets, written = table_of(TicketRow).c, sa.cast(items, sa.String)

    def condition(value: str) -> Condition:
        # As the writer writes them; a quotation mark within a label is escaped on both sides.
        label = f'"label":{orjson.dumps(value).decode()}'
        ticketed = sa.select(tickets.booking_id).where(
            sa.func.lower(tickets.label) == value.lower()
        )
        return written.icontains(label, autoescape=True) | booking_id.in_(ticketed)

    return condition
