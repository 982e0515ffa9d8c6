"""`booking venues`: where events take place."""

from typing import TYPE_CHECKING, Annotated

import typer

from booking_cli import documents, output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, Limit, Offset

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(help="Where events take place.")


@app.command("list")
def list_venues(
    *,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only with this in name or city.")
    ] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List venues by name."""
    with open_system(database) as system:
        found, _ = system.venues.find(limit=limit, offset=offset, search=search)

    def draw() -> "RenderableType":
        from booking_cli.views import frames, programme

        if not found:
            return "There are no such venues. To make one: booking venues create --help"
        table = programme.venues(found)
        return frames.with_more(table, len(found), "venue", limit=limit, offset=offset)

    output.show([documents.venue(one) for one in found], draw, as_json=as_json)


@app.command()
def create(
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is called.")],
    address: Annotated[str, typer.Option(metavar="TEXT", help="Street and number.")],
    city: Annotated[str, typer.Option(metavar="CITY", help="Where it is.")],
    country: Annotated[str, typer.Option(metavar="COUNTRY", help="Where that is.")],
    capacity: Annotated[int, typer.Option(min=1, metavar="N", help="How many people it takes.")],
    state: Annotated[str, typer.Option(metavar="STATE", help="By default none.")] = "",
    postal_code: Annotated[str, typer.Option(metavar="CODE", help="By default none.")] = "",
    time_zone: Annotated[str, typer.Option(metavar="ZONE", help="By its IANA name.")] = "UTC",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Put up a venue. An empty database gets its tables first."""
    from booking_core.domain.programme import VenueDraft
    from booking_core.engine.claiming import OPERATOR

    draft = VenueDraft(
        name=name,
        address=address,
        city=city,
        country=country,
        capacity=capacity,
        state=state,
        postal_code=postal_code,
        time_zone=time_zone,
    )
    with open_system(database, migrate=True) as system:
        made = system.venues.create(draft, actor=OPERATOR)

    def draw() -> "RenderableType":
        from booking_cli.views import programme

        return programme.venue_card(made)

    output.show(documents.venue(made), draw, as_json=as_json)
