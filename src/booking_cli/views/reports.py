"""What fsck, seeding and the schema commands found, drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from booking_cli.output import data
from booking_cli.views import frames

if TYPE_CHECKING:
    from booking_core.engine.fsck import Report, Violation


def fsck(report: "Report") -> RenderableType:
    """What was counted, what does not hold, and the verdict."""
    counted = Table.grid(padding=(0, 2))
    counted.add_column(justify="right")
    counted.add_column(style="dim")
    for table, number in report.checked.items():
        counted.add_row(f"{number:,}", table.replace("_", " "))
    if not report.violations:
        return Group(counted, verdict(report))
    return Group(counted, Text(), _violations(report.violations), Text(), verdict(report))


def verdict(report: "Report") -> Text:
    found = len(report.violations)
    text = f"fsck: {found:,} violations" if found != 1 else "fsck: 1 violation"
    return Text(text, "bold red" if found else "bold green")


def _violations(found: Sequence["Violation"]) -> Table:
    table = frames.table()
    table.add_column("What must hold", overflow="fold", ratio=1)
    table.add_column("Where it does not", overflow="fold", ratio=2)
    for violation in found:
        table.add_row(
            Text(violation.check, "red"),
            Text.assemble(data(violation.subject), "\n", data(violation.detail, "dim")),
        )
    return table
