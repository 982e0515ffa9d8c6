"""A row of a GTFS file: cells by column name, as text, numbers, dates and times."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import TypeVar

from booking_core.errors import ImportFailed

T = TypeVar("T")

_LONGEST_SHOWN = 60
_TIME = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
_DATE = re.compile(r"((?:19|20|21)\d\d)(\d\d)(\d\d)", re.ASCII)
_INTEGER = re.compile(r"\d{1,9}", re.ASCII)


class Row:
    """One row of a file; its cells are stripped of outer spaces.

    Every reading raises ImportFailed, with file, line and field, where the cell does not fit.
    """

    __slots__ = ("_cells", "_columns", "file", "line")

    def __init__(
        self, file: str, line: int, columns: Mapping[str, int], cells: Sequence[str]
    ) -> None:
        self.file = file
        self.line = line
        self._columns = columns
        self._cells = cells

    def error(self, problem: str, field: str) -> ImportFailed:
        """The error to raise about `field` of this row."""
        return ImportFailed(problem, file=self.file, line=self.line, field=field)

    def optional(self, field: str) -> str:
        """The text of a cell; empty where the file has no such column."""
        index = self._columns.get(field)
        return "" if index is None else self._cells[index].strip()

    def text(self, field: str) -> str:
        """The text of a cell that must not be empty."""
        value = self.optional(field)
        if not value:
            raise self.error("is empty", field)
        return value

    def name(self, field: str) -> str:
        """As `optional`, for people to read: line breaks and runs of spaces become one space."""
        return " ".join(self.optional(field).split())

    def integer(self, field: str) -> int:
        """A whole number from 0 to 999,999,999."""
        value = self.text(field)
        if not _INTEGER.fullmatch(value):
            raise self.error(f"{shown(value)} is not a whole number", field)
        return int(value)

    def flag(self, field: str) -> bool:
        """A cell of 0 or 1."""
        value = self.text(field)
        if value not in ("0", "1"):
            raise self.error(f"{shown(value)} is neither 0 nor 1", field)
        return value == "1"

    def decimal(self, field: str, limit: float) -> float | None:
        """A number from -limit to limit; None where the cell is empty."""
        value = self.optional(field)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            raise self.error(f"{shown(value)} is not a number", field) from None
        if not isfinite(number) or abs(number) > limit:
            raise self.error(f"{shown(value)} is not between {-limit:g} and {limit:g}", field)
        return number

    def day(self, field: str) -> date:
        """A date written YYYYMMDD, of the years 1900 to 2199."""
        value = self.text(field)
        parts = _DATE.fullmatch(value)
        try:
            return date(*map(int, parts.groups() if parts else ()))
        except (TypeError, ValueError):
            raise self.error(f"{shown(value)} is not a date written YYYYMMDD", field) from None

    def time(self, field: str) -> int:
        """Seconds since noon minus 12 hours of the service day, by `H:MM:SS` or `HH:MM:SS`.

        Past 24:00:00 the time belongs to the days that follow.
        """
        value = self.text(field)
        seconds = _seconds(value)
        if seconds is None:
            raise self.error(f"{shown(value)} is not a time written HH:MM:SS", field)
        return seconds

    def optional_time(self, field: str) -> int | None:
        """As `time`; None where the cell is empty."""
        return self.time(field) if self.optional(field) else None


def shown(value: str) -> str:
    """A cell for an error message: quoted, escaped and not too long."""
    return repr(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…")


@lru_cache(maxsize=1 << 17)
def _seconds(value: str) -> int | None:
    parts = _TIME.fullmatch(value)
    if parts is None:
        return None
    hours, minutes, seconds = map(int, parts.groups())
    return hours * 3600 + minutes * 60 + seconds


def new_key(known: Mapping[str, object], row: Row, field: str) -> str:
    """The id of a new entry. Raises ImportFailed where it is `known` already."""
    key = row.text(field)
    if key in known:
        raise row.error(f"a second {shown(key)}", field)
    return key


def look_up(known: Mapping[str, T], row: Row, field: str, home: str) -> T:
    """What `field` of `row` refers to. Raises ImportFailed where the file `home` has no such id."""
    key = row.text(field)
    try:
        return known[key]
    except KeyError:
        raise row.error(f"{shown(key)} is not in {home}", field) from None
