"""What all lists share."""

from rich.console import Group, RenderableType
from rich.text import Text

from booking_cli.formats import count


def with_more(
    table: RenderableType, shown: int, noun: str, *, limit: int, offset: int
) -> RenderableType:
    """A list that fills its page says how to see the next one."""
    if shown < limit:
        return table
    hint = f"{count(shown, noun)} shown; for more: --offset {offset + limit}"
    return Group(table, Text(f"\n{hint}", "dim"))
