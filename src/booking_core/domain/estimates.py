"""How long a wait may be, judged by how fast an inventory's places have been coming back."""

from datetime import datetime, timedelta

UNKNOWN = "unknown"
_UNITS = (
    ("hour", timedelta(hours=1), timedelta(days=1)),
    ("day", timedelta(days=1), timedelta(weeks=2)),
    ("week", timedelta(weeks=1), timedelta(weeks=8)),
)


def estimated_wait(places: int, freed: int, since: datetime, now: datetime) -> str:
    """Text for people on when `places` more will have come back, if `freed` did `since` then:
    `less than an hour`, `2-3 days`, `more than 8 weeks`; `unknown` where none did."""
    if freed <= 0 or now <= since:
        return UNKNOWN
    try:
        wait = (now - since) * (places / freed)
    except OverflowError:
        wait = timedelta.max
    if wait < timedelta(hours=1):
        return "less than an hour"
    for name, unit, most in _UNITS:
        if wait < most:
            whole = wait // unit
            return f"{whole}-{whole + 1} {name}s"
    return "more than 8 weeks"
