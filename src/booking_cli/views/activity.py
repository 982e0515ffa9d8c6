"""The activity log, drawn."""

from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from booking_cli.formats import count
from booking_cli.output import data
from booking_cli.views import frames

if TYPE_CHECKING:
    from booking_core.domain.activity import Activity
    from booking_core.engine.activity import Verification


def line(one: "Activity") -> Text:
    """One act on one line: when, who, what, to which thing, from where, what changed."""
    act = one.act
    words = [
        (f"{act.at:%Y-%m-%d %H:%M:%S} ", "dim"),
        (f"{act.actor} ", "bold"),
        (f"{act.action} {act.entity} {act.entity_id}", ""),
        (f" from {act.origin}" if act.origin else "", "dim"),
        (f" {_changes(act.before, act.after)}", "dim"),
    ]
    return Text.assemble(*(data(text, style) for text, style in words))


def verification(report: "Verification") -> RenderableType:
    """What was looked at, where it does not hold, and the verdict."""
    looked_at = f"{count(report.acts, 'act')} in {count(report.chains, 'chain')}"
    if not report.breaks:
        return Text.assemble(looked_at, ": ", ("all as they were written.", "bold green"))
    table = frames.table()
    for column in ("Chain", "Act", "What", "Why"):
        table.add_column(column, overflow="fold")
    for found in report.breaks:
        table.add_row(
            data(found.chain_id),
            str(found.seq),
            Text(str(found.kind), "red"),
            data(found.detail),
        )
    verdict = Text(f"{looked_at}: {count(len(report.breaks), 'break')} found.", "bold red")
    return Group(table, Text(), verdict)


def _changes(before: dict[str, Any] | None, after: dict[str, Any]) -> str:
    """`state: held → confirmed`, of the fields that differ."""
    was = before or {}
    parts = [
        f"{name}: {was[name]} → {value}" if name in was else f"{name}: {value}"
        for name, value in after.items()
        if was.get(name) != value
    ]
    return ", ".join(parts)
