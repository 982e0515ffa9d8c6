"""What `booking doctor` and `booking config show` draw."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from booking_cli.output import data
from booking_cli.views import frames
from booking_core.engine.doctor import Check


def report(checks: Sequence[Check]) -> RenderableType:
    """One line a check; what is not well is followed by its cure."""
    table = frames.table()
    for title in ("Check", "", "Found"):
        table.add_column(title, overflow="fold")
    for check in checks:
        sign = Text("ok", "green") if check.is_well else Text("BAD", "bold red")
        found = data(check.found)
        if check.cure:
            found = Text.assemble(found, "\n", data(f"→ {check.cure}", "yellow"))
        table.add_row(check.name, sign, found)
    return table


def settings(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Names and values; what was set stands out."""
    table = frames.table()
    for title in ("Setting", "Value"):
        table.add_column(title, overflow="fold")
    for row in rows:
        value = row["value"]
        shown = "–" if value is None or value == [] else _written(value)
        table.add_row(data(row["name"]), data(shown, "bold" if row["is_set"] else ""))
    return table


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)
