"""Inventories, drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from booking_cli.formats import clock_time, count, moment, money, short_moment
from booking_cli.output import data
from booking_cli.views import frames
from booking_cli.views.seat_map import SeatChart
from booking_core.domain.inventory import Kind, Layout
from booking_core.domain.seat_map import SeatMap

if TYPE_CHECKING:
    from booking_core.engine.system import InventorySummary, TierSummary


def listing(found: Sequence["InventorySummary"]) -> RenderableType:
    """Inventories by start, two lines each; times by the clocks of the place."""
    table = frames.table(expand=True)
    table.add_column("Starts", no_wrap=True)
    table.add_column("Inventory", overflow="ellipsis", no_wrap=True, ratio=1, min_width=36)
    table.add_column("Free", justify="right", no_wrap=True)
    table.add_column("of", no_wrap=True)
    for one in found:
        table.add_row(
            short_moment(one.starts_at, one.time_zone),
            Text.assemble(data(one.name), "\n", (one.id, "dim")),
            free(one),
            Text(f"{one.capacity:,}", "dim"),
        )
    return table


def free(one: "InventorySummary") -> Text:
    """Free places; why there are none to be had, if so."""
    if not one.on_sale:
        return Text("closed", "dim")
    if one.available == 0:
        return Text("sold out", "red")
    return Text(f"{one.available:,}", "yellow" if one.available * 5 < one.capacity else "green")


def details(
    one: "InventorySummary", layout: Layout, tiers: Sequence["TierSummary"]
) -> RenderableType:
    """One inventory in full: what it is, its stops, its tiers."""
    lines = frames.card()
    lines.add_row("Inventory", data(one.name, "bold"))
    lines.add_row("Id", one.id)
    lines.add_row("Starts", moment(one.starts_at, one.time_zone))
    noun = "seat" if one.kind is Kind.SEATED else "place"
    lines.add_row("Sells", f"{count(one.capacity, noun)}, {one.available:,} free")
    lines.add_row("On sale", "yes" if one.on_sale else "no")
    parts: list[RenderableType] = [lines]
    if layout.legs:
        parts += [Text(), _stops(layout, one.time_zone)]
    parts += [Text(), _tiers(one, layout, tiers)]
    expired = one.available - sum(tier.capacity - tier.held - tier.sold for tier in tiers)
    if one.kind is Kind.COUNTED and expired > 0:
        parts.append(Text(f"{expired:,} of the held have expired and are free again.", "dim"))
    return Group(*parts)


def _stops(layout: Layout, zone: str) -> Table:
    """The legs, numbered as --from-leg and --to-leg count them."""
    table = frames.table()
    table.add_column("Leg", justify="right")
    table.add_column("From", overflow="fold")
    table.add_column("To", overflow="fold")
    table.add_column("Leaves", no_wrap=True)
    table.add_column("Arrives", no_wrap=True)
    for leg in layout.legs:
        table.add_row(
            str(leg.number),
            data(leg.origin),
            data(leg.destination),
            clock_time(leg.departs_at, zone),
            clock_time(leg.arrives_at, zone),
        )
    return table


def _tiers(one: "InventorySummary", layout: Layout, tiers: Sequence["TierSummary"]) -> Table:
    """Tiers with their counters, which on a departure count seats × legs."""
    unit = "Seat legs" if len(layout.legs) > 1 else "Places"
    table = frames.table()
    table.add_column("Tier", overflow="fold")
    for title in ("Price", unit, "Held", "Sold"):
        table.add_column(title, justify="right", no_wrap=True)
    for tier in tiers:
        table.add_row(
            data(tier.name),
            money(tier.price, one.currency),
            f"{tier.capacity:,}",
            f"{tier.held:,}",
            f"{tier.sold:,}",
        )
    return table


def seat_chart(one: "InventorySummary", seat_map: SeatMap, span: tuple[int, int]) -> RenderableType:
    """The seats of an inventory over the legs `span[0] … span[1] - 1`, with a heading."""
    heading = [data(one.name, "bold"), data(moment(one.starts_at, one.time_zone))]
    if seat_map.layout.legs:
        heading.append(data(journey(seat_map.layout, *span)))
    return Group(Text("\n").join(heading), SeatChart(seat_map))


def journey(layout: Layout, from_leg: int, to_leg: int) -> str:
    """`Lonavala → Pune, leg 3 of 0 to 3`."""
    legs = layout.legs
    ends = f"{legs[from_leg].origin} → {legs[to_leg - 1].destination}"
    if to_leg - from_leg == len(legs):
        return f"{ends}, the whole trip"
    which = f"leg {from_leg}" if to_leg - from_leg == 1 else f"legs {from_leg} to {to_leg - 1}"
    return f"{ends}, {which} of 0 to {len(legs) - 1}"
