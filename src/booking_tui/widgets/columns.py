"""Columns of a table: what each shows of a line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text

Cell = Callable[[Any, datetime], str | Text]


@dataclass(frozen=True, slots=True)
class Column:
    """`width` 0 takes what is left. `sort` is the order's name at the source. One that is `wide`
    stays away from narrow terminals; `right` aligns numbers."""

    title: str
    cell: Cell
    width: int = 0
    sort: str | None = None
    wide: bool = False
    right: bool = False
