"""How values are written for people."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.money import format_money

if TYPE_CHECKING:
    from booking_core.domain.bookings import Booking


def moment(when: datetime, time_zone: str) -> str:
    """`Sun 22 Nov 2026 05:30 IST`, by the clocks of the place."""
    local = in_zone(when, time_zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M %Z}"


def short_moment(when: datetime, time_zone: str) -> str:
    """`Sun 22 Nov 05:30`, where the year and the zone go without saying."""
    local = in_zone(when, time_zone)
    return f"{local:%a} {local.day:2} {local:%b %H:%M}"


def clock_time(when: datetime, time_zone: str) -> str:
    return f"{in_zone(when, time_zone):%H:%M}"


def in_zone(when: datetime, time_zone: str) -> datetime:
    """Local time; UTC for a zone this machine does not know."""
    try:
        return when.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return when.astimezone(UTC)


def duration(span: timedelta) -> str:
    """The two largest units: `2 d 3 h`, `4 min 12 s`, `15 min`."""
    rest = max(int(span.total_seconds()), 0)
    parts = []
    for name, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        amount, rest = divmod(rest, size)
        if amount:
            parts.append(f"{amount} {name}")
    return " ".join(parts[:2]) or "0 s"


def count(number: int, noun: str) -> str:
    """`1 hold`, `2,310 holds`, `2 inventories`."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {plural}"


def money(minor: int, currency: str) -> str:
    return format_money(minor, currency)


def places(booking: "Booking") -> str:
    """What was bought: `A1 A2`, or `3 × General`."""
    return " · ".join(
        item.label if item.seat_id is not None else f"{item.quantity} × {item.label}"
        for item in booking.items
    )
