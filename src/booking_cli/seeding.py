"""What the options of `booking seed` mean, and creating inventories with a progress bar."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_cli import output
from booking_core.errors import InvalidRequest
from booking_core.money import to_minor

if TYPE_CHECKING:
    from booking_core import BookingSystem
    from booking_core.domain.inventory import InventoryDraft
    from booking_core.engine.importers.gtfs import GtfsFeed

_USUAL_PRICE = "500"
_DAYS_AHEAD = 7
_EVENING = time(19, 30)
# Far past any price, and far from what a database's integers hold.
_HIGHEST_PRICE = 10**12


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


@dataclass(frozen=True, slots=True)
class Prices:
    """Minor units by category, and for all others."""

    by_category: dict[str, int]
    default: int


def prices_of(given: Sequence[str], currency: str) -> Prices:
    """From `CATEGORY=AMOUNT`, or `AMOUNT` for all other categories, in the major unit."""
    by_category: dict[str, int] = {}
    default = price_of(_USUAL_PRICE, currency)
    for text in given:
        category, _, amount = text.rpartition("=")
        if category:
            by_category[category] = price_of(amount, currency)
        else:
            default = price_of(amount, currency)
    return Prices(by_category, default)


def price_of(amount: str, currency: str) -> int:
    """Minor units of an amount in the major one. Raises InvalidRequest."""
    try:
        minor = to_minor(Decimal(amount), currency)
    except (InvalidOperation, ValueError, OverflowError):
        minor = -1
    if not 0 <= minor <= _HIGHEST_PRICE:
        raise InvalidRequest(
            f"{amount} is no price in {currency}. Write for example 1500 or Balcony=750.50.",
            field="price",
        )
    return minor


def currency_code(text: str) -> str:
    """An ISO 4217 code. Raises InvalidRequest."""
    if len(text) == 3 and text.isascii() and text.isalpha():
        return text.upper()
    raise InvalidRequest(f"{text} is no currency code. Write for example EUR.", field="currency")


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises InvalidRequest."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidRequest(
            f"There is no time zone {name}. Write for example Europe/Berlin.", field="time_zone"
        ) from None


def event_start(text: str | None, zone: ZoneInfo, now: datetime) -> datetime:
    """When an event begins, by the clocks of `zone` unless `text` says otherwise; an evening in a
    week without `text`. Raises InvalidRequest."""
    if text is None:
        day = now.astimezone(zone).date() + timedelta(days=_DAYS_AHEAD)
        return datetime.combine(day, _EVENING, zone)
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(
            f"{text} is no date and time. Write for example 2027-03-31T19:30.", field="starts_at"
        ) from None
    return start if start.tzinfo is not None else start.replace(tzinfo=zone)


def service_date(text: str) -> date:
    """A day as YYYY-MM-DD. Raises InvalidRequest."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(
            f"{text} is no date. Write it as YYYY-MM-DD, for example 2027-03-31.", field="date"
        ) from None


def seeded_day(feed: "GtfsFeed", drafts: "Sequence[InventoryDraft]", created: int) -> SeededDay:
    """What the day of a feed came to; for after its `inventories`."""
    if feed.summary is None:
        raise RuntimeError("the feed has not been read")
    seats = sum(len(draft.seats) for draft in drafts)
    return SeededDay(
        feed.summary.routes, feed.summary.departures, seats, feed.summary.skipped, created
    )


def create(
    system: "BookingSystem", drafts: "Sequence[InventoryDraft]", *, as_json: bool
) -> tuple[str, ...]:
    """Create inventories, all or none, with a progress bar; the ids of those that are new."""
    with output.progress(as_json=as_json) as bars:
        task = bars.add_task("Opening sales", total=len(drafts))
        created = system.create_inventories(drafts, lambda done: bars.update(task, completed=done))
    return created.ids
