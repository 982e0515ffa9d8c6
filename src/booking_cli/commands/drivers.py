"""`booking drivers`: who may drive."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from booking_cli import output
from booking_cli.opening import open_system
from booking_cli.options import AsJson, Database, Limit, Offset

if TYPE_CHECKING:
    from rich.console import RenderableType

    from booking_core import BookingSystem
    from booking_core.domain.drivers import Driver

app = typer.Typer(help="Who may drive.")

# The values of DriverState, which would cost --help the import of the domain.
DriverStates = Literal["pending", "approved", "suspended"]
DriverArgument = Annotated[
    str, typer.Argument(metavar="USER", help="The driver's e-mail address or id.")
]


@app.command("list")
def list_drivers(
    *,
    state: Annotated[DriverStates | None, typer.Option(help="Only in this state.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List drivers, the newest first."""
    from booking_core.domain.drivers import DriverState

    with open_system(database) as system:
        found, total = system.drivers.find(
            state=None if state is None else DriverState(state), limit=limit, offset=offset
        )
        emails = _emails(system, found)

    def draw() -> "RenderableType":
        from booking_cli.views import drivers, frames

        if not total:
            return "There are no such drivers. They register themselves: POST /driver/register"
        table = drivers.listing(found, emails)
        return frames.with_more(table, len(found), "driver", limit=limit, offset=offset)

    shown = [_document(driver, emails) for driver in found]
    output.show(shown, draw, as_json=as_json)


@app.command()
def approve(user: DriverArgument, *, database: Database = None, as_json: AsJson = False) -> None:
    """Let a driver work."""
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        changed = system.drivers.approve(system.accounts.find(user).id, actor=OPERATOR)
        _show(system, changed, as_json=as_json)


@app.command()
def suspend(user: DriverArgument, *, database: Database = None, as_json: AsJson = False) -> None:
    """Let a driver work no longer: offline at once. A trip under way may be completed."""
    from booking_core.engine.claiming import OPERATOR

    with open_system(database) as system:
        changed = system.drivers.suspend(system.accounts.find(user).id, actor=OPERATOR)
        _show(system, changed, as_json=as_json)


def _show(system: "BookingSystem", driver: "Driver", *, as_json: bool) -> None:
    emails = _emails(system, [driver])

    def draw() -> "RenderableType":
        from booking_cli.views import drivers

        return drivers.card(driver, emails[driver.user_id])

    output.show(_document(driver, emails), draw, as_json=as_json)


def _emails(system: "BookingSystem", found: "Sequence[Driver]") -> dict[str, str]:
    return {driver.user_id: system.accounts.get(driver.user_id).email for driver in found}


def _document(driver: "Driver", emails: dict[str, str]) -> dict[str, object]:
    return {**driver.as_dict(), "email": emails[driver.user_id]}
