"""`booking outbox`: messages to people, and what became of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.formats import count
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, Limit, Offset

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(help="Messages to people: waiting, sent, given up.")

MessageId = Annotated[
    str, typer.Argument(metavar="MESSAGE", help="The id from `booking outbox list`.")
]


@app.command("list")
def list_messages(
    *,
    dead: Annotated[bool, typer.Option("--dead", help="Only what was given up.")] = False,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List messages, newest first."""
    from booking_core.domain.messages import MessageState

    with open_system(database) as system:
        state = MessageState.DEAD if dead else None
        found = system.messages.find(state=state, limit=limit, offset=offset)

    def draw() -> "RenderableType":
        from booking_cli.views import messages

        return (
            messages.listing(found, limit=limit, offset=offset)
            if found
            else "There are no such messages."
        )

    output.show([one.as_dict() for one in found], draw, as_json=as_json)


@app.command()
def show(message: MessageId, *, database: Database = None, as_json: AsJson = False) -> None:
    """Show a message: whom it is for, what it is about, and why it failed."""
    with open_system(database) as system:
        found = system.messages.get(message)

    def draw() -> "RenderableType":
        from booking_cli.views import messages

        return messages.card(found)

    output.show(found.as_dict(), draw, as_json=as_json)


@app.command()
def retry(
    message: Annotated[
        str | None, typer.Argument(metavar="[MESSAGE]", help="The id from `booking outbox list`.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every message that was given up.")] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Have messages that were given up sent after all, by the next worker that looks."""
    if (message is None) != every:
        raise typer.BadParameter("Name one message, or say --all.")
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        if message is None:
            revived = system.messages.retry_all(actor=OPERATOR)
        else:
            system.messages.retry(message, actor=OPERATOR)
            revived = 1
    output.show(
        {"retried": revived}, lambda: f"{count(revived, 'message')} will be sent.", as_json=as_json
    )
