"""How values are written. Whatever comes from data is made harmless, and is never markup."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from booking_core.domain.bookings import FOREVER, BookingState
from booking_core.domain.plain import plain
from booking_core.money import format_money

STATE_STYLES: Mapping[str, str] = {
    "held": "yellow",
    "blocked": "magenta",
    "confirmed": "green",
    "succeeded": "green",
    "sent": "green",
    "valid": "green",
    "accepted": "green",
    "completed": "green",
    "cancelled": "red",
    "failed": "red",
    "dead": "bold red",
    "revoked": "red",
    "pending": "yellow",
    "initiated": "yellow",
    "requires_action": "yellow",
    "waiting": "yellow",
    "offered": "cyan",
    "used": "cyan",
    "refunded": "magenta",
}
_SPARKS = " ▁▂▃▄▅▆▇█"
# Combining characters take no room of their own: a cell's worth of text has an end all the same.
_MOST_PER_CELL = 4
_LONGEST = 4_000
_URGENT, _SOON = timedelta(minutes=1), timedelta(minutes=5)


def data(text: str, style: str = "") -> Text:
    """Text from a database, drawn as it is; what is very long is cut."""
    shown = plain(text[:_LONGEST]) + ("…" if len(text) > _LONGEST else "")
    return Text(shown, style)


def lines(*texts: str) -> Text:
    """Data line by line: a break within one of them is none."""
    return Text("\n").join(data(text) for text in texts)


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """Data in exactly `width` cells, cut with an ellipsis where it is longer."""
    shown = plain(text[: width * _MOST_PER_CELL])
    size = cell_len(shown)
    if size > width or len(text) > width * _MOST_PER_CELL:
        shown = set_cell_size(shown, max(width - 1, 0)).rstrip() + "…"
        size = cell_len(shown)
    gap = " " * max(width - size, 0)
    return gap + shown if right else shown + gap


def money(amount: int, currency: str) -> str:
    return format_money(amount, currency)


def moneys(amounts: Mapping[str, int]) -> str:
    return ", ".join(money(amount, currency) for currency, amount in amounts.items()) or "–"


def moment(time: datetime | None, zone: str = "UTC") -> str:
    """To the second, in a zone; of this century."""
    return "–" if time is None else local(time, zone).strftime("%Y-%m-%d %H:%M:%S")


def short_moment(time: datetime | None, zone: str = "UTC") -> str:
    return "–" if time is None else local(time, zone).strftime("%d %b %H:%M")


def local(time: datetime, zone: str) -> datetime:
    """A zone that this machine does not know is UTC."""
    try:
        return time.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return time


def duration(span: timedelta) -> str:
    """As 4:05, 1:04:05 or 3 d; never less than nothing."""
    seconds = max(0, math.ceil(span.total_seconds()))
    if seconds >= 172_800:
        return f"{seconds // 86_400} d"
    hours, rest = divmod(seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def countdown(until: datetime, now: datetime) -> Text:
    """What is left, the redder the less; a sign says the same without colours."""
    left = until - now
    if left <= timedelta(0):
        return Text("over", "dim")
    if left <= _URGENT:
        return Text(f"‼ {duration(left)}", "bold red")
    if left <= _SOON:
        return Text(f"! {duration(left)}", "yellow")
    return Text(duration(left), "green")


def state(found: str) -> Text:
    return Text(plain(found), STATE_STYLES.get(found, ""))


def booking_state(found: BookingState, expires_at: datetime) -> Text:
    """A hold without an end is a block."""
    is_block = found is BookingState.HELD and expires_at == FOREVER
    return state("blocked" if is_block else str(found))


def sparkline(counts: tuple[int, ...]) -> str:
    """One character each, as high as its share of the most."""
    most = max(counts, default=0)
    if not most:
        return "▁" * len(counts)
    steps = len(_SPARKS) - 1
    return "".join(_SPARKS[max(1, math.ceil(one / most * steps))] for one in counts)


def bar(part: int, whole: int, width: int) -> str:
    """`part` of `whole` as a bar; anything at all is seen."""
    filled = 0 if whole <= 0 else min(width, math.ceil(part / whole * width))
    return "█" * filled + "░" * (width - filled)


def count(number: int, noun: str) -> str:
    """`1 hold`, `2,310 holds`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"
