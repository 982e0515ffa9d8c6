"""`booking hold`: claim seats or places for a customer, until they are confirmed or time is up."""

from typing import Annotated, Any

import typer

from booking_cli.groups import SELL
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, FromLeg, IdempotencyKey, Inventory, ToLeg
from booking_cli.requests import duration_of, seat_ids_of
from booking_cli.showing import show_booking
from booking_core.errors import InvalidRequest

app = typer.Typer()

Customer = Annotated[str, typer.Option(metavar="CUSTOMER", help="Whom to hold for.")]
Seats = Annotated[
    list[str] | None,
    typer.Option(metavar="SEAT", help="A seat by label or id; repeat it for more seats."),
]
Best = Annotated[int | None, typer.Option(metavar="N", help="The best N free seats.")]
Count = Annotated[
    int | None, typer.Option(metavar="N", help="N places, where they are only counted.")
]
Tier = Annotated[
    str | None, typer.Option(metavar="TIER", help="With --best or --count: of this tier.")
]
Adjacent = Annotated[
    bool, typer.Option("--adjacent", help="With --best: side by side or not at all.")
]
Seconds = Annotated[
    float | None,
    typer.Option(metavar="S", help="Hold for so long; by default what the inventory says."),
]


@app.command(rich_help_panel=SELL)
def hold(
    inventory: Inventory,
    *,
    customer: Customer,
    seat: Seats = None,
    best: Best = None,
    count: Count = None,
    tier: Tier = None,
    adjacent: Adjacent = False,
    from_leg: FromLeg = 0,
    to_leg: ToLeg = None,
    seconds: Seconds = None,
    idempotency_key: IdempotencyKey = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Hold seats or places for a customer.

    Ask in one of three ways: --seat A1 --seat A2, or --best 2, or --count 2.
    """
    _require_one_way(seat=bool(seat), best=best is not None, count=count is not None)
    _require("--tier", "--best or --count", given=tier is not None, applies=not seat)
    _require("--adjacent", "--best", given=adjacent, applies=best is not None)
    _require("--from-leg", "--seat or --best", given=from_leg != 0, applies=count is None)
    _require("--to-leg", "--seat or --best", given=to_leg is not None, applies=count is None)
    legs: dict[str, Any] = {"from_leg": from_leg, "to_leg": to_leg}
    terms: dict[str, Any] = {
        "duration": duration_of(seconds),
        "idempotency_key": idempotency_key,
    }
    with open_system(database) as system:
        if seat:
            seat_ids = seat_ids_of(system.layout(inventory), seat)
            held = system.hold_seats(inventory, customer, seat_ids, **legs, **terms)
        elif best is not None:
            held = system.hold_best(
                inventory, customer, best, tier=tier, adjacent=adjacent, **legs, **terms
            )
        else:
            held = system.hold_places(inventory, customer, count or 0, tier=tier, **terms)
        hint = f"To sell it: booking confirm {held.id}"
        show_booking(system, held, as_json=as_json, hint=hint)


def _require_one_way(**ways: bool) -> None:
    if sum(ways.values()) != 1:
        raise InvalidRequest(
            "Say what to hold in one way: --seat A1, or --best 2, or --count 2.", field="seat"
        )


def _require(option: str, partner: str, *, given: bool, applies: bool) -> None:
    if given and not applies:
        raise InvalidRequest(
            f"{option} goes with {partner}.", field=option.strip("-").replace("-", "_")
        )
