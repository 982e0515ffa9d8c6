"""Options and arguments that several commands share."""

from typing import Annotated

import typer

DATABASE_VARIABLE = "BOOKING_DATABASE_URL"
API_KEY_VARIABLE = "BOOKING_API_KEY"

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar=DATABASE_VARIABLE,
        help=(
            "sqlite:///path or postgresql+psycopg://…; by default a file in your user data folder."
        ),
    ),
]
DemoDatabase = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar=DATABASE_VARIABLE,
        help="Where to sell; by default a fresh file, removed afterwards.",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document; errors become JSON on stderr."),
]
Inventory = Annotated[
    str, typer.Argument(metavar="INVENTORY", help="The id from `booking inventory list`.")
]
BookingId = Annotated[
    str, typer.Argument(metavar="BOOKING", help="The id from `booking bookings list`.")
]
TimeZone = Annotated[
    str, typer.Option(metavar="ZONE", help="Whose midnight a day begins at, as Asia/Kolkata.")
]
SeedFile = Annotated[str, typer.Argument(metavar="FILE", help="What to read.")]
Currency = Annotated[str, typer.Option(metavar="CODE", help="The currency of prices.")]
InInventory = Annotated[
    str | None,
    typer.Option("--inventory", metavar="INVENTORY", help="Only in this inventory, by id."),
]
FromLeg = Annotated[int, typer.Option(metavar="LEG", help="The first leg travelled, from 0.")]
ToLeg = Annotated[
    int | None,
    typer.Option(metavar="LEG", help="The leg before which the journey ends; all by default."),
]
Limit = Annotated[int, typer.Option(min=1, metavar="N", help="Show this many at most.")]
LimitOrAll = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Show this many at most; all by default.")
]
Offset = Annotated[int, typer.Option(min=0, metavar="N", help="Leave out the first N.")]
OfCustomer = Annotated[
    str | None,
    typer.Option("--customer", metavar="CUSTOMER", help="Only of this customer."),
]
OwnCustomer = Annotated[
    str | None,
    typer.Option(
        "--customer",
        metavar="CUSTOMER",
        help="Act for this customer, on nobody else's booking; by default as the operator.",
    ),
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(
        metavar="KEY", help="Repeating the command under the same key gives the same answer."
    ),
]
