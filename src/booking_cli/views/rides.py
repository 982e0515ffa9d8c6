"""Rides, drawn. Nothing in here knows where they take place, so times are UTC."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from rich.console import RenderableType
from rich.text import Text

from booking_cli.formats import duration, moment, money, short_moment
from booking_cli.output import data, one_line
from booking_cli.views import frames
from booking_core.domain.rides import Ride, RideState

_STYLES = {
    RideState.PENDING: "yellow",
    RideState.ACCEPTED: "cyan",
    RideState.ARRIVED: "cyan",
    RideState.ON_TRIP: "blue",
    RideState.COMPLETED: "green",
    RideState.CANCELLED: "red",
    RideState.EXPIRED: "dim",
}


def listing(found: Sequence[Ride]) -> RenderableType:
    """Rides, two lines each."""
    table = frames.table(expand=True)
    table.add_column("Booking", justify="right", no_wrap=True)
    table.add_column("From and to", overflow="ellipsis", no_wrap=True, ratio=1)
    table.add_column("State", no_wrap=True)
    table.add_column("Requested", no_wrap=True)
    table.add_column("Cost", justify="right", no_wrap=True)
    for ride in found:
        table.add_row(
            str(ride.number),
            Text.assemble(data(ride.pickup.name), "\n", data(ride.dropoff.name, "dim")),
            Text.assemble(_state(ride), "\n", (str(ride.vehicle_type), "dim")),
            short_moment(ride.requested_at, "UTC"),
            money(ride.estimate if ride.fare is None else ride.fare, ride.currency),
        )
    return table


def card(ride: Ride, emails: Mapping[str, str]) -> RenderableType:
    """One ride in full; `emails` are of its people, by id."""
    lines = frames.card()
    lines.add_row("Booking", Text(str(ride.number), "bold"))
    lines.add_row("State", _state(ride))
    lines.add_row("Rider", data(emails[ride.rider_id]))
    if ride.driver_id is not None:
        lines.add_row("Driver", data(emails[ride.driver_id]))
    lines.add_row("From", data(ride.pickup.name))
    lines.add_row("To", data(ride.dropoff.name))
    minutes = duration(timedelta(seconds=ride.duration_s))
    lines.add_row("Way", f"{ride.distance_m / 1_000:.1f} km, {minutes}, {ride.vehicle_type}")
    lines.add_row("Requested", moment(ride.requested_at, "UTC"))
    lines.add_row("Estimate", money(ride.estimate, ride.currency))
    if ride.fare is not None:
        lines.add_row("Fare", money(ride.fare, ride.currency))
    if ride.cancellation_fee is not None:
        lines.add_row("Cancellation fee", money(ride.cancellation_fee, ride.currency))
    if ride.closed_by is not None:
        lines.add_row("Closed by", ride.closed_by)
    if ride.reason is not None:
        lines.add_row("Reason", one_line(ride.reason))
    if ride.stars is not None:
        lines.add_row("Stars", f"{ride.stars} of 5")
    return lines


def _state(ride: Ride) -> Text:
    return Text(str(ride.state), _STYLES[ride.state])
