"""Venues and events, drawn; times by the clocks of the place."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from booking_cli.formats import count, moment, money, short_moment
from booking_cli.output import data, one_line
from booking_cli.views import frames
from booking_core.domain.analytics import EventsDashboard
from booking_core.domain.programme import (
    CancellationProgress,
    EventOffer,
    EventStatus,
    Venue,
)
from booking_core.domain.spreadsheets import Cell

_COLOURS = {
    EventStatus.DRAFT: "dim",
    EventStatus.UPCOMING: "green",
    EventStatus.ONGOING: "bold green",
    EventStatus.COMPLETED: "dim",
    EventStatus.CANCELLED: "red",
}


def venues(found: Sequence[Venue]) -> RenderableType:
    """Venues, two lines each."""
    table = frames.table(expand=True)
    table.add_column("Venue", overflow="ellipsis", no_wrap=True, ratio=2, min_width=36)
    table.add_column("City", overflow="ellipsis", no_wrap=True, ratio=1)
    table.add_column("Takes", justify="right", no_wrap=True)
    for one in found:
        table.add_row(
            Text.assemble(data(one.name), "\n", (one.id, "dim")),
            one_line(one.city),
            f"{one.capacity:,}",
        )
    return table


def venue_card(one: Venue) -> RenderableType:
    """One venue in full."""
    lines = frames.card()
    lines.add_row("Venue", data(one.name, "bold"))
    lines.add_row("Id", one.id)
    parts = (one.address, one.postal_code, one.city, one.state, one.country)
    lines.add_row("Address", data(", ".join(part for part in parts if part)))
    lines.add_row("Takes", count(one.capacity, "guest"))
    lines.add_row("Time zone", data(one.time_zone))
    return lines


def events(found: Sequence[EventOffer]) -> RenderableType:
    """Events by start, two lines each."""
    table = frames.table(expand=True)
    table.add_column("Starts", no_wrap=True)
    table.add_column("Event", overflow="ellipsis", no_wrap=True, ratio=1, min_width=36)
    table.add_column("Free", justify="right", no_wrap=True)
    table.add_column("of", no_wrap=True)
    table.add_column("State", no_wrap=True)
    for one in found:
        event = one.event
        table.add_row(
            short_moment(event.starts_at, event.time_zone),
            Text.assemble(
                data(event.name), data(f" · {event.venue.name}", "dim"), "\n", (event.id, "dim")
            ),
            f"{one.available:,}",
            Text(f"{one.places:,}", "dim"),
            _status(one),
        )
    return table


def event_card(one: EventOffer, progress: CancellationProgress | None) -> RenderableType:
    """One event in full: where and when, its tiers, and what was given back of it."""
    event = one.event
    lines = frames.card()
    lines.add_row("Event", data(event.name, "bold"))
    lines.add_row("Id", event.id)
    lines.add_row("Inventory", event.inventory_id)
    lines.add_row("Venue", data(f"{event.venue.name}, {event.venue.city}"))
    lines.add_row("Starts", moment(event.starts_at, event.time_zone))
    lines.add_row("Ends", moment(event.ends_at, event.time_zone))
    lines.add_row("State", _status(one))
    lines.add_row("Sells", f"{count(one.places, 'place')}, {one.available:,} free")
    if event.description:
        lines.add_row("About", data(event.description))
    if event.cancel_reason:
        lines.add_row("Reason", data(event.cancel_reason))
    if progress is not None and one.status is EventStatus.CANCELLED:
        lines.add_row("Given back", _progress(progress))
    return Group(lines, Text(), _tiers(one))


def sales(rows: Sequence[Sequence[Cell]], figures: EventsDashboard) -> RenderableType:
    """Sales, one a line, and what they come to."""
    table = frames.table(expand=True)
    table.add_column("Code", no_wrap=True)
    table.add_column("Event", overflow="ellipsis", no_wrap=True, ratio=1)
    table.add_column("Booked", no_wrap=True)
    for title in ("Places", "Sold", "Refunded", "Revenue"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        code, event, _, _, booked_at, _, places, _, currency, sold, refunded, revenue, _ = row
        table.add_row(
            data(str(code)),
            one_line(str(event)),
            str(booked_at)[:16].replace("T", " "),
            str(places),
            str(sold),
            str(refunded),
            f"{revenue} {currency}",
        )
    revenue_text = money(figures.total_revenue, figures.currency)
    total = f"{count(figures.total_bookings, 'confirmed booking')}, {revenue_text} after refunds"
    return Group(table, Text(f"\n{total}", "dim"))


def _tiers(one: EventOffer) -> Table:
    table = frames.table()
    table.add_column("Tier", overflow="fold")
    for title in ("Price", "Places", "Free"):
        table.add_column(title, justify="right", no_wrap=True)
    for tier in one.tiers:
        price = money(tier.price, one.event.currency)
        table.add_row(data(tier.tier), price, f"{tier.capacity:,}", f"{tier.available:,}")
    return table


def _status(one: EventOffer) -> Text:
    return Text(str(one.status), _COLOURS[one.status])


def _progress(progress: CancellationProgress) -> str:
    text = f"{progress.done:,} of {count(progress.total, 'booking')} cancelled"
    waiting = progress.done - progress.refunded
    if waiting:
        text += f", {count(waiting, 'refund')} on the way"
    return text
