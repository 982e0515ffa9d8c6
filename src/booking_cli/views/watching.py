"""What `booking watch` and `booking top` draw."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from booking_cli.formats import count, duration, moment, money, short_moment
from booking_cli.output import data
from booking_cli.views import frames
from booking_cli.views.seat_map import SeatChart
from booking_core.domain.desk import Overview, TopSeller
from booking_core.domain.inventory import Kind
from booking_core.domain.seat_map import SeatMap

if TYPE_CHECKING:
    from booking_core.engine.system import InventorySummary, TierSummary


def inventory(
    summary: "InventorySummary", seat_map: SeatMap, tiers: "Sequence[TierSummary]"
) -> RenderableType:
    """Its name, and its seats or tiers as they stand."""
    is_counted = summary.kind is Kind.COUNTED
    free = summary.available if is_counted else seat_map.available
    head = Text.assemble(
        data(summary.name, "bold"),
        f"  {moment(summary.starts_at, summary.time_zone)}  {free:,} of {summary.capacity:,} free",
        "" if summary.on_sale else "  off sale",
    )
    return Group(head, _tiers(tiers) if is_counted else SeatChart(seat_map))


def _tiers(tiers: "Sequence[TierSummary]") -> RenderableType:
    table = frames.table()
    table.add_column("Tier")
    for title in ("Sold", "Held", "Free", "Capacity"):
        table.add_column(title, justify="right")
    for tier in tiers:
        free = tier.capacity - tier.held - tier.sold
        numbers = (tier.sold, tier.held, free, tier.capacity)
        table.add_row(data(tier.name), *(f"{number:,}" for number in numbers))
    return table


def overview(found: Overview) -> RenderableType:
    """One page."""
    figures = found.figures
    lines = frames.card()
    revenue = ", ".join(money(amount, code) for code, amount in figures.revenue_today.items())
    lines.add_row("Revenue today", Text(revenue or "–", "bold"))
    lines.add_row(
        "Bookings today",
        f"{figures.bookings_today:,} (of {figures.bookings_total:,}), "
        f"{figures.cancellations_today:,} cancelled; {found.per_minute[-1]:,} this minute, "
        f"{sum(found.per_minute):,} in the last hour",
    )
    lines.add_row(
        "Holds",
        f"{figures.holds_live:,} live, {figures.holds_expiring_soon:,} expiring, "
        f"{count(figures.blocked, 'seat')} blocked",
    )
    lines.add_row(
        "Next 24 hours",
        f"{figures.use_soon:.0%} of {count(figures.places_soon, 'place')} sold, "
        f"{count(figures.departures_soon, 'start')}",
    )
    lines.add_row(
        "Refunds",
        f"{figures.refunds_pending:,} under way, {figures.refunds_failed:,} given up; "
        f"{count(figures.payments_failed_today, 'payment')} failed today",
    )
    lines.add_row(
        "Health",
        f"sweeper {duration(figures.sweeper_lag)} behind, outbox {figures.messages_waiting:,}, "
        f"{count(figures.messages_dead, 'dead letter')}",
    )
    return Group(lines, Text(), _sellers(found.departures), Text(), _sellers(found.events))


def _sellers(sellers: Sequence[TopSeller]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for one in sellers:
        table.add_row(
            short_moment(one.starts_at, one.time_zone),
            data(one.name),
            f"{one.sold:,} of {one.places:,}",
        )
    return table
