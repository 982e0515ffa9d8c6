"""`booking rides`: who is driven where, and what operators may do about it."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, Limit, Offset

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core import BookingSystem
    from booking_core.domain.rides import Ride

app = typer.Typer(help="Who is driven where, and what operators may do about it.")

# The values of RideState, which would cost --help the import of the domain.
RideStates = Literal[
    "pending", "accepted", "arrived", "on_trip", "completed", "cancelled", "expired"
]
Number = Annotated[
    int, typer.Argument(metavar="BOOKING", help="The number from `booking rides list`.")
]
OfRider = Annotated[
    str | None,
    typer.Option("--rider", metavar="USER", help="Only of this rider, by e-mail address or id."),
]
OfDriver = Annotated[
    str | None,
    typer.Option("--driver", metavar="USER", help="Only of this driver, by e-mail address or id."),
]


@app.command("list")
def list_rides(
    *,
    state: Annotated[RideStates | None, typer.Option(help="Only in this state.")] = None,
    rider: OfRider = None,
    driver: OfDriver = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List rides, newest first."""
    from booking_core.domain.rides import RideState

    with open_system(database) as system:
        found, total = system.rides.find(
            state=None if state is None else RideState(state),
            rider_id=_id_of(system, rider),
            driver_id=_id_of(system, driver),
            limit=limit,
            offset=offset,
        )

    def draw() -> "RenderableType":
        from booking_cli.views import frames, rides

        if not total:
            return "There are no such rides. To see some: booking simulate rides"
        table = rides.listing(found)
        return frames.with_more(table, len(found), "ride", limit=limit, offset=offset)

    output.show([ride.as_dict() for ride in found], draw, as_json=as_json)


@app.command()
def show(booking: Number, *, database: Database = None, as_json: AsJson = False) -> None:
    """Show a ride, and what happened to it."""
    with open_system(database) as system:
        found = system.rides.get(booking)
        _show(system, found, as_json=as_json)


@app.command()
def cancel(
    booking: Number,
    *,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Cancel a ride that is not over, also during the trip, without a fee."""
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        changed = system.rides.override_cancel(booking, actor=OPERATOR, reason=reason)
        _show(system, changed, as_json=as_json)


@app.command()
def reassign(
    booking: Number,
    *,
    driver: Annotated[
        str | None,
        typer.Option(
            metavar="USER", help="To whom, by e-mail address or id; by default others are asked."
        ),
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Take a ride that has not begun from its driver, and give it to another."""
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        changed = system.rides.reassign(booking, actor=OPERATOR, driver_id=_id_of(system, driver))
        _show(system, changed, as_json=as_json)


def _id_of(system: "BookingSystem", user: str | None) -> str | None:
    return None if user is None else system.accounts.find(user).id


def _show(system: "BookingSystem", ride: "Ride", *, as_json: bool) -> None:
    acts = system.rides.history(ride.number)
    people = {
        user_id: system.accounts.get(user_id).email
        for user_id in (ride.rider_id, ride.driver_id)
        if user_id is not None
    }

    def draw() -> "RenderableType":
        from rich.console import Group
        from rich.text import Text

        from booking_cli.views import bookings, rides

        return Group(rides.card(ride, people), Text(), bookings.history(acts, "UTC"))

    shown = [{**act, "at": act["at"].isoformat()} for act in acts]
    output.show({**ride.as_dict(), "history": shown}, draw, as_json=as_json)
