"""`booking apikey`: keys for programs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, Limit, Offset

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core.domain.api_keys import ApiKey

app = typer.Typer(help="Keys for programs.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    *,
    scope: Annotated[
        list[str],
        typer.Option(
            metavar="SCOPE",
            help=(
                "What the key may do; repeat it for more. admin: everything; read: look at "
                "everything; gate: check tickets in; inventory: change what is for sale; "
                "bookings: book for any customer."
            ),
        ),
    ],
    days: Annotated[
        int | None,
        typer.Option(
            min=1, max=36_500, metavar="N", help="How long it is good; by default for ever."
        ),
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. Its secret is shown this once and never again."""
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        expires_at = None if days is None else system.now() + timedelta(days=days)
        key, secret = system.api_keys.create(name, list(scope), OPERATOR, expires_at)

    def draw() -> "RenderableType":
        from booking_cli.views import accounts

        return accounts.new_key(key, secret)

    output.show({**key.as_dict(), "secret": secret}, draw, as_json=as_json)


@app.command("list")
def list_keys(
    *,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List keys, newest first, those that are revoked or have expired too."""
    with open_system(database) as system:
        found = system.api_keys.list(limit=limit, offset=offset)
        now = system.now()
    shown = [key.as_dict() for key in found]
    output.show(shown, lambda: _draw_list(found, now, limit, offset), as_json=as_json)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The id from `booking apikey list`.")],
    *,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Put an end to a key, at once."""
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        revoked = system.api_keys.revoke(key, actor=OPERATOR)
        now = system.now()

    def draw() -> "RenderableType":
        from booking_cli.views import accounts

        return accounts.key_card(revoked, now)

    output.show(revoked.as_dict(), draw, as_json=as_json)


def _draw_list(
    found: "Sequence[ApiKey]", now: datetime, limit: int, offset: int
) -> "RenderableType":
    from booking_cli.views import accounts, frames

    if not found:
        return "There are no keys. To make one: booking apikey create --help"
    return frames.with_more(
        accounts.keys(found, now), len(found), "key", limit=limit, offset=offset
    )
