"""Messages of the outbox, drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from booking_cli.formats import count, short_moment
from booking_cli.output import data, one_line
from booking_cli.views import frames

if TYPE_CHECKING:
    from booking_core.domain.messages import Message

_STYLES = {"waiting": "yellow", "sent": "green", "dead": "red"}


def listing(found: "Sequence[Message]", *, limit: int, offset: int) -> RenderableType:
    """Messages with why they failed; a full page says how to see the next one."""
    table = frames.table(expand=True)
    table.add_column("Message", no_wrap=True, min_width=36)
    table.add_column("What", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("Written", no_wrap=True)
    table.add_column("Failure", ratio=1)
    for message in found:
        table.add_row(
            message.id,
            data(message.kind),
            _state(message),
            short_moment(message.created_at, "UTC"),
            one_line(message.failure or "", "dim"),
        )
    return frames.with_more(table, len(found), "message", limit=limit, offset=offset)


def card(message: "Message") -> RenderableType:
    """One message in full."""
    shape = {name: value for name, value in message.as_dict().items() if value not in (None, {})}
    return frames.facts(**{name: str(value) for name, value in shape.items()})


def _state(message: "Message") -> Text:
    tries = f" after {count(message.tries, 'try')}" if message.failure else ""
    return Text(f"{message.state}{tries}", _STYLES[str(message.state)])
