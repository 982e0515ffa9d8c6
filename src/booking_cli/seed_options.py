"""What the options of `booking seed` mean: prices, time zones, days. All raise InvalidRequest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.errors import InvalidRequest
from booking_core.money import to_minor

_USUAL_PRICE = "500"
_DAYS_AHEAD = 7
_EVENING = time(19, 30)
_USUAL_LENGTH = timedelta(hours=2)
# Far past any price, and far from what a database's integers hold.
_HIGHEST_PRICE = 10**12


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
    """Minor units of an amount in the major one."""
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
    """An ISO 4217 code."""
    if len(text) == 3 and text.isascii() and text.isalpha():
        return text.upper()
    raise InvalidRequest(f"{text} is no currency code. Write for example EUR.", field="currency")


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidRequest(
            f"There is no time zone {name}. Write for example Europe/Berlin.", field="time_zone"
        ) from None


def event_start(text: str | None, zone: ZoneInfo, now: datetime) -> datetime:
    """When an event begins, by the clocks of `zone` unless `text` says otherwise; an evening in a
    week without `text`."""
    if text is None:
        day = now.astimezone(zone).date() + timedelta(days=_DAYS_AHEAD)
        return datetime.combine(day, _EVENING, zone)
    try:
        start = datetime.fromisoformat(text)
        # In the first and the last year it may have no equal in UTC.
        return (start if start.tzinfo is not None else start.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidRequest(
            f"{text} is no date and time. Write for example 2027-03-31T19:30.", field="starts_at"
        ) from None


def event_end(text: str | None, zone: ZoneInfo, start: datetime) -> datetime:
    """When an event ends, by the clocks of `zone` unless `text` says otherwise; two hours after
    its start without `text`."""
    return start + _USUAL_LENGTH if text is None else event_start(text, zone, start)


def service_date(text: str) -> date:
    """A day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(
            f"{text} is no date. Write it as YYYY-MM-DD, for example 2027-03-31.", field="date"
        ) from None
