"""Drivers, drawn."""

from collections.abc import Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from booking_cli.formats import moment
from booking_cli.output import data
from booking_cli.views import frames
from booking_core.domain.drivers import Driver, DriverState

_STYLES = {
    DriverState.PENDING: "yellow",
    DriverState.APPROVED: "green",
    DriverState.SUSPENDED: "red",
}


def listing(found: Sequence[Driver], emails: Mapping[str, str]) -> RenderableType:
    """Drivers, two lines each."""
    table = frames.table(expand=True)
    table.add_column("Driver", overflow="ellipsis", no_wrap=True, ratio=2, min_width=36)
    table.add_column("Vehicle", overflow="ellipsis", no_wrap=True, ratio=1)
    table.add_column("State", no_wrap=True)
    table.add_column("Rating", justify="right", no_wrap=True)
    for driver in found:
        table.add_row(
            Text.assemble(data(emails[driver.user_id]), "\n", (driver.user_id, "dim")),
            Text.assemble(str(driver.vehicle_type), "\n", data(driver.plate_number, "dim")),
            Text.assemble(_state(driver), "\n", (_work(driver), "dim")),
            _rating(driver),
        )
    return table


def card(driver: Driver, email: str) -> RenderableType:
    """One driver in full."""
    lines = frames.card()
    lines.add_row("Driver", data(email, "bold"))
    lines.add_row("Id", driver.user_id)
    lines.add_row("State", _state(driver))
    lines.add_row("Works", _work(driver))
    lines.add_row(
        "Vehicle", Text.assemble(str(driver.vehicle_type), " ", data(driver.plate_number))
    )
    lines.add_row("Licence", data(driver.license_number))
    lines.add_row("Rating", _rating(driver))
    lines.add_row("Since", moment(driver.registered_at, "UTC"))
    return lines


def _state(driver: Driver) -> Text:
    return Text(str(driver.state), _STYLES[driver.state])


def _work(driver: Driver) -> str:
    return "online" if driver.online else "offline"


def _rating(driver: Driver) -> str:
    return f"{driver.rating:.2f} ({driver.ratings:,})" if driver.rating else "none yet"
