"""Demo data: a timetable's departures, two events and a service area of rides, for trying things
out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from booking_core.data import intercity_feed, theatre_plan
from booking_core.domain.inventory import InventoryDraft, Kind, TierDraft
from booking_core.domain.policies.holds import HoldPolicy
from booking_core.domain.timetable import BusDraft
from booking_core.engine.claiming import OPERATOR
from booking_core.engine.importers.bus_layouts import STANDARD
from booking_core.engine.importers.gtfs import GtfsFeed
from booking_core.engine.importers.plan import read_plan
from booking_core.engine.seed_rides import seed_rides
from booking_core.engine.system import BookingSystem
from booking_core.errors import DatabaseBusy
from booking_core.trades import bus, events

DEMO_DAYS = 14
DEMO_ZONE = "Asia/Kolkata"
_CURRENCY = "INR"
_THEATRE_PRICES = {"Premium": 150_000, "Standard": 100_000, "Balcony": 60_000}
_THEATRE_TIME = time(19, 30)
_CONCERT_TIME = time(18)
_SATURDAY = 5
_FIRST_BUS = 1234


@dataclass(frozen=True, slots=True)
class ServiceDay:
    """A service day of a feed, and the date on which its departures are sold."""

    day: date
    runs_on: date

    @property
    def is_moved(self) -> bool:
        """Whether it stands in for a day without service."""
        return self.day != self.runs_on


def service_day(feed: GtfsFeed, wanted: date) -> ServiceDay:
    """`wanted` where the feed has service then, else its busiest day moved to `wanted`.

    Raises ImportFailed for a feed without any service.
    """
    day = wanted if feed.departures_on(wanted) else feed.busiest_day()
    return ServiceDay(day, wanted)


def tomorrow(now: datetime, time_zone: str) -> date:
    """The day after today, where the clocks show `time_zone`."""
    return now.astimezone(ZoneInfo(time_zone)).date() + timedelta(days=1)


def demo_drafts(
    now: datetime,
    days: int = DEMO_DAYS,
    *,
    holds: HoldPolicy = bus.HOLDS,
    event_holds: HoldPolicy = events.HOLDS,
) -> Iterator[InventoryDraft]:
    """Departures of the shipped timetable on each of the next days, each with 40 seats, and two
    events on a Saturday one to two weeks ahead. The same again for the rest of the day.
    """
    # In the evening it is tomorrow there already, but whoever asks may count by UTC.
    first, there = tomorrow(now, "UTC"), tomorrow(now, DEMO_ZONE)
    with GtfsFeed.open(intercity_feed()) as feed:
        for ahead in range((there - first).days + days):
            chosen = service_day(feed, first + timedelta(days=ahead))
            departures = feed.inventories(
                chosen.day, starts_on=chosen.runs_on, now=now, layouts=lambda _: STANDARD
            )
            for number, departure in enumerate(departures, start=_FIRST_BUS):
                yield replace(departure, bus=_deluxe_bus(number), holds=holds)
    saturday = there + timedelta(days=7 + (_SATURDAY - there.weekday()) % 7)
    yield replace(theatre_evening(saturday, now), holds=event_holds)
    yield replace(open_air_concert(saturday, now), holds=event_holds)


def _deluxe_bus(number: int) -> BusDraft:
    """One for each departure of a day: tomorrow it drives the same line again."""
    return BusDraft(f"MH-12-AB-{number}", "deluxe", STANDARD.capacity)


def fill_demo(
    system: BookingSystem,
    *,
    holds: HoldPolicy = bus.HOLDS,
    event_holds: HoldPolicy = events.HOLDS,
    actor: str = OPERATOR,
    origin: str | None = None,
) -> bool:
    """Put the demo data into an empty database; whether it was empty.

    All of it or nothing; the rides' area comes first, and is not added twice where that was
    interrupted. Where several processes do so at once, the others wait for the first,
    find all of it there, and add nothing.
    """
    if not _is_empty(system):
        return False
    seed_rides(system, auto_approve=True, actor=actor, origin=origin)
    drafts = demo_drafts(system.now(), holds=holds, event_holds=event_holds)
    try:
        created = system.create_inventories(drafts, actor=actor, origin=origin)
        return bool(created.ids)
    except DatabaseBusy:
        # The first one took longer than one waits for SQLite's lock.
        if _is_empty(system):
            raise
        return False


def _is_empty(system: BookingSystem) -> bool:
    return not system.inventories(limit=1) and not system.timetable.routes.page(limit=1)[1]


def theatre_evening(day: date, now: datetime) -> InventoryDraft:
    """A seated event of 300 seats in three tiers."""
    return read_plan(
        theatre_plan(),
        starts_at=datetime.combine(day, _THEATRE_TIME, ZoneInfo(DEMO_ZONE)),
        time_zone=DEMO_ZONE,
        now=now,
        default_price=_THEATRE_PRICES["Standard"],
        prices=_THEATRE_PRICES,
        currency=_CURRENCY,
        name="An Evening at the Sahyadri Theatre",
    )


def open_air_concert(day: date, now: datetime) -> InventoryDraft:
    """A general-admission event of 1,000 places in two tiers."""
    starts_at = datetime.combine(day, _CONCERT_TIME, ZoneInfo(DEMO_ZONE)).astimezone(UTC)
    return InventoryDraft(
        name="Monsoon Open Air",
        kind=Kind.COUNTED,
        starts_at=starts_at,
        time_zone=DEMO_ZONE,
        currency=_CURRENCY,
        tiers=(TierDraft("General", 90_000, 800), TierDraft("VIP", 250_000, 200)),
        source_ref=f"demo:concert:{starts_at.isoformat()}",
        on_sale=starts_at > now,
        holds=events.HOLDS,
        refunds=events.REFUNDS,
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """What a rehearsal puts on sale: the departures of a day, and two events on that day."""

    timetable: str
    service: ServiceDay
    departures: tuple[InventoryDraft, ...]
    events: tuple[InventoryDraft, ...]

    @property
    def drafts(self) -> tuple[InventoryDraft, ...]:
        """All of them, departures first."""
        return self.departures + self.events


def tomorrows_offer(
    path: Path | None, now: datetime, on_progress: Callable[[int, int], None] = lambda *_: None
) -> Offer:
    """Tomorrow's departures of the feed at `path`, or of the shipped one, and two events.

    They carry no `source_ref`, so that every rehearsal sells inventories of its own. `on_progress`
    is told of bytes of stop times. Raises ImportFailed.
    """
    with GtfsFeed.open(path or intercity_feed()) as feed:
        service = service_day(feed, tomorrow(now, feed.time_zone))
        departures = list(
            feed.inventories(
                service.day, starts_on=service.runs_on, now=now, on_progress=on_progress
            )
        )
    events = (theatre_evening(service.runs_on, now), open_air_concert(service.runs_on, now))
    return Offer(
        "the shipped timetable" if path is None else path.name,
        service,
        tuple(replace(draft, source_ref=None) for draft in departures),
        tuple(replace(draft, source_ref=None) for draft in events),
    )
