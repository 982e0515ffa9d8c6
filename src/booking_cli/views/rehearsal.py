"""The rehearsal of a sale, drawn: what was planned, and what it came to."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from booking_cli.formats import clock_time, count
from booking_cli.output import one_line
from booking_cli.views import frames
from booking_cli.views.frames import facts
from booking_cli.views.reports import verdict
from booking_core.domain.inventory import InventoryDraft

if TYPE_CHECKING:
    from booking_core.engine.demo import Offer
    from booking_core.engine.rehearsal import Outcome, Rush, Sold

_MOST_SHOWN = 10
_BAR_WIDTH = 16
_SHORT_BAR_WIDTH = 8

# Refusals by their code, as people would put them.
_REASONS = {
    "NOT_ENOUGH_PLACES": "too few places left",
    "NO_ADJACENT_SEATS": "not side by side",
    "SEAT_TAKEN": "seat taken by another",
    "DATABASE_BUSY": "database busy",
}


def plan(offer: "Offer", rush: "Rush", place: str) -> RenderableType:
    """What is going to happen."""
    seats = sum(len(draft.seats) for draft in offer.departures)
    return Group(
        Text("Rehearsal of a sale", "bold"),
        facts(
            Timetable=f"{offer.timetable}: {_service(offer)}",
            On_sale=f"{count(len(offer.departures), 'departure')} with {count(seats, 'seat')}",
            And="; ".join(f"{draft.name} ({_size(draft)})" for draft in offer.events),
            Buyers=f"{rush.buyers} at the same time, for {rush.seconds:g} s",
            Database=place,
        ),
    )


def _service(offer: "Offer") -> str:
    service = offer.service
    if not service.is_moved:
        return f"tomorrow, {_day(service.runs_on)}"
    return f"its busiest day, {_day(service.day)}, moved to tomorrow, {_day(service.runs_on)}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _size(draft: InventoryDraft) -> str:
    if draft.seats:
        return count(len(draft.seats), "seat")
    return count(sum(tier.capacity for tier in draft.tiers), "place")


def results(outcome: "Outcome", commits: Sequence[int]) -> RenderableType:
    """What it came to, and whether it all holds."""
    checked = outcome.report.checked
    recounted = ", ".join(
        count(checked[table], noun)
        for table, noun in (("bookings", "booking"), ("claims", "claim"), ("outbox", "event"))
    )
    return Group(
        Text(),
        _tries(outcome),
        Text(),
        _speed(outcome, commits),
        Text(),
        _best_sellers(outcome),
        Text(),
        Text.assemble(verdict(outcome.report), (f"  {recounted} recounted", "dim")),
    )


def _tries(outcome: "Outcome") -> Table:
    """What became of the tries to hold, each part with its share of the whole above it."""
    tally = outcome.tally
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=24)
    table.add_column(justify="right")
    table.add_column(justify="right", style="dim")
    table.add_column()

    def line(name: str, number: int, whole: int, style: str = "") -> None:
        share = number / whole if whole else 0.0
        bar = ProgressBar(total=max(whole, 1), completed=number, width=_BAR_WIDTH)
        table.add_row(Text(name, style), Text(f"{number:,}", style), f"{share:.0%}", bar)

    table.add_row(Text("Holds tried", "bold"), Text(f"{tally.tried:,}", "bold"))
    line("  won", tally.won, tally.tried, "green")
    for name, number in (
        ("confirmed", tally.confirmed),
        ("expired", outcome.expired),
        ("released", tally.released),
    ):
        line(f"    {name}", number, tally.won)
    line("  refused", tally.refused.total(), tally.tried, "yellow")
    for code, number in tally.refused.most_common():
        line(f"    {_REASONS.get(code, code.lower())}", number, tally.refused.total())
    table.add_row(
        Text.assemble("Extended / cancelled"), f"{tally.extended:,} / {tally.cancelled:,}"
    )
    return table


def _speed(outcome: "Outcome", commits: Sequence[int]) -> Text:
    per_commit = sum(commits) / len(commits) if commits else 0.0
    return Text.assemble(
        (f"{outcome.holds_per_s:,.0f} holds/s", "bold"),
        f", p50 {outcome.latency_ms(50):.1f} ms, p99 {outcome.latency_ms(99):.1f} ms",
        (f"; {per_commit:.1f} commands a commit", "dim"),
    )


def _best_sellers(outcome: "Outcome") -> RenderableType:
    """The inventories that sold most; those left out are counted."""
    ranked = sorted(outcome.inventories, key=lambda one: -one.sold)
    shown, rest = ranked[:_MOST_SHOWN], ranked[_MOST_SHOWN:]
    table = frames.table(show_footer=True)
    sold = sum(one.sold for one in ranked)
    capacity = sum(one.summary.capacity for one in ranked)
    table.add_column("Starts", no_wrap=True)
    footer = f"and {len(rest):,} more; all together" if rest else "All together"
    table.add_column("Best sellers", Text(footer, "dim"))
    table.add_column("Seats sold", f"{sold:,}/{capacity:,}", justify="right", no_wrap=True)
    table.add_column("", width=_SHORT_BAR_WIDTH)
    guests = sum(one.guests for one in ranked)
    table.add_column("Guests", f"{guests:,}", justify="right", no_wrap=True)
    for one in shown:
        table.add_row(*_row(one))
    return table


def _row(one: "Sold") -> Iterator[RenderableType]:
    summary = one.summary
    yield clock_time(summary.starts_at, summary.time_zone)
    yield one_line(summary.name)
    yield f"{one.sold:,}/{summary.capacity:,}"
    yield ProgressBar(total=summary.capacity, completed=one.sold, width=_SHORT_BAR_WIDTH)
    yield f"{one.guests:,}"
