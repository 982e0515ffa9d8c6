"""`booking hold`: claim seats or places for a customer, until they are confirmed or time is up."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from booking_cli.groups import SELL
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, FromLeg, IdempotencyKey, Inventory, ToLeg
from booking_cli.requests import duration_of, seat_ids_of
from booking_cli.showing import show_booking
from booking_core.errors import BookingError, InvalidRequest

if TYPE_CHECKING:
    from booking_core.domain.commands import Hold

app = typer.Typer()


@app.command(rich_help_panel=SELL)
def hold(
    inventory: Inventory,
    *,
    customer: Annotated[str, typer.Option(metavar="CUSTOMER", help="Whom to hold for.")],
    seat: Annotated[
        list[str] | None,
        typer.Option(metavar="SEAT", help="A seat by label or id; repeat it for more seats."),
    ] = None,
    best: Annotated[int | None, typer.Option(metavar="N", help="The best N free seats.")] = None,
    count: Annotated[
        int | None, typer.Option(metavar="N", help="N places, where they are only counted.")
    ] = None,
    tier: Annotated[
        str | None, typer.Option(metavar="TIER", help="With --best or --count: of this tier.")
    ] = None,
    adjacent: Annotated[
        bool, typer.Option("--adjacent", help="With --best: side by side or not at all.")
    ] = False,
    from_leg: FromLeg = 0,
    to_leg: ToLeg = None,
    seconds: Annotated[
        float | None,
        typer.Option(metavar="S", help="Hold for so long; by default what the inventory says."),
    ] = None,
    idempotency_key: IdempotencyKey = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Hold seats or places for a customer.

    Ask in one of three ways: --seat A1 --seat A2, or --best 2, or --count 2.
    """
    from booking_core.domain.commands import HoldBest, HoldPlaces, HoldSeats

    _require_one_way(seat=bool(seat), best=best is not None, count=count is not None)
    _require("--tier", "--best or --count", given=tier is not None, applies=not seat)
    _require("--adjacent", "--best", given=adjacent, applies=best is not None)
    terms: dict[str, Any] = {
        "inventory_id": inventory,
        "customer_id": customer,
        "actor": customer,
        "from_leg": from_leg,
        "to_leg": to_leg,
        "duration": duration_of(seconds),
        "idempotency_key": idempotency_key,
    }
    with open_system(database) as system:
        command: Hold
        if seat:
            command = HoldSeats(seat_ids=seat_ids_of(system.layout(inventory), seat), **terms)
        elif best is not None:
            command = HoldBest(quantity=best, tier=tier, adjacent=adjacent, **terms)
        else:
            command = HoldPlaces(quantity=count or 0, tier=tier, **terms)
        (outcome,) = system.place_many([command])
        if isinstance(outcome, BookingError):
            raise outcome
        hint = f"To sell it: booking confirm {outcome.id}"
        show_booking(system, outcome, as_json=as_json, hint=hint)


def _require_one_way(**ways: bool) -> None:
    if sum(ways.values()) != 1:
        raise InvalidRequest(
            "Say what to hold in one way: --seat A1, or --best 2, or --count 2.", field="seat"
        )


def _require(option: str, partner: str, *, given: bool, applies: bool) -> None:
    if given and not applies:
        raise InvalidRequest(f"{option} goes with {partner}.", field=option.lstrip("-"))
