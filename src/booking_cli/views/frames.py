"""What all views are drawn in: tables, cards, pages."""

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from booking_cli.formats import count
from booking_cli.output import data


def table(*, expand: bool = False, show_footer: bool = False) -> Table:
    """Without columns yet."""
    return Table(
        box=SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=expand, show_footer=show_footer
    )


def card() -> Table:
    """One thing in full: names and values, one a line; without lines yet."""
    lines = Table.grid(padding=(0, 2))
    lines.add_column(style="dim")
    lines.add_column(overflow="fold")
    return lines


def facts(**values: str) -> Table:
    """A card of texts; `_` in a name is a space."""
    lines = card()
    for name, value in values.items():
        lines.add_row(name.replace("_", " ").capitalize(), data(value))
    return lines


def with_more(
    drawn: RenderableType, shown: int, noun: str, *, limit: int, offset: int
) -> RenderableType:
    """A list that fills its page says how to see the next one."""
    if shown < limit:
        return drawn
    hint = f"{count(shown, noun)} shown; for more: --offset {offset + limit}"
    return Group(drawn, Text(f"\n{hint}", "dim"))
