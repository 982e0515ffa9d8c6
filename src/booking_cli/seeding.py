"""Creating what `booking seed` read, and saying what it came to."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from booking_cli import output
from booking_cli.formats import count

if TYPE_CHECKING:
    from booking_core import BookingSystem
    from booking_core.domain.inventory import InventoryDraft
    from booking_core.engine.importers.gtfs import GtfsFeed


@dataclass(frozen=True, slots=True)
class SeededDay:
    """A service day: its routes, departures and seats, trips left out, and how many departures
    are new to the database."""

    routes: int
    departures: int
    seats: int
    skipped: int
    created: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    def sentence(self, day: date) -> str:
        text = (
            f"{day}: {count(self.departures, 'departure')} on {count(self.routes, 'route')} "
            f"with {count(self.seats, 'seat')}{_known(self.departures - self.created)}"
        )
        if self.skipped:
            text += f" {count(self.skipped, 'trip')} with fewer than two stops left out."
        return text


@dataclass(frozen=True, slots=True)
class Seeded:
    """Inventories, their seats and places, and how many of them are new to the database."""

    inventories: int
    seats: int
    created: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)

    def sentence(self, see: str = "booking inventory list") -> str:
        return (
            f"{count(self.inventories, 'inventory')} with {count(self.seats, 'place')}"
            f"{_known(self.inventories - self.created)} See: {see}"
        )


def _known(number: int) -> str:
    return f"; {number:,} of them were there already." if number else "."


def create(
    system: "BookingSystem", drafts: "Sequence[InventoryDraft]", *, as_json: bool
) -> tuple[str, ...]:
    """Create inventories, all or none, with a progress bar; the ids of those that are new."""
    with output.progress(as_json=as_json) as bars:
        task = bars.add_task("Opening sales", total=len(drafts))
        created = system.create_inventories(drafts, lambda done: bars.update(task, completed=done))
    return created.ids


def seed(system: "BookingSystem", drafts: "Sequence[InventoryDraft]", *, as_json: bool) -> Seeded:
    """Create inventories of any kind."""
    created = create(system, drafts, as_json=as_json)
    places = (len(draft.seats) or sum(tier.capacity for tier in draft.tiers) for draft in drafts)
    return Seeded(len(drafts), sum(places), len(created))


def seed_day(
    system: "BookingSystem",
    feed: "GtfsFeed",
    drafts: "Sequence[InventoryDraft]",
    *,
    as_json: bool,
) -> SeededDay:
    """Create the departures that `feed` has just given."""
    created = create(system, drafts, as_json=as_json)
    summary = feed.summary
    if summary is None:
        raise RuntimeError("the feed has not been read")
    seats = sum(len(draft.seats) for draft in drafts)
    return SeededDay(summary.routes, summary.departures, seats, summary.skipped, len(created))


def service_hint(feed: "GtfsFeed") -> str:
    """For a day on which nothing runs."""
    first, last = feed.service_days()
    busiest = feed.busiest_day()
    return f" This feed has service from {first} to {last}. Try its busiest day: --date {busiest}"
