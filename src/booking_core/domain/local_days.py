"""Days by the clocks of a place."""

from datetime import UTC, date, datetime, timedelta, tzinfo

from booking_core.errors import InvalidRequest


def midnight(day: date | None, zone: tzinfo, days: int = 0) -> datetime | None:
    """When a day begins, or one some days later, in UTC; None without one.

    Raises InvalidRequest for a day that has no such time.
    """
    if day is None:
        return None
    try:
        begins = day + timedelta(days=days)
        return datetime(begins.year, begins.month, begins.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise InvalidRequest(f"{day} lies outside of the calendar.", field="date") from None


def require_order(start: date | None, end: date | None) -> None:
    """Raises InvalidRequest for an end before its start."""
    if start is not None and end is not None and end < start:
        raise InvalidRequest(f"{end} lies before {start}.", field="end_date")
