"""Reports: what an operator wants to know at a glance, counted where the data lies."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking_core.domain.bookings import BookingState
from booking_core.domain.dashboard import Dashboard
from booking_core.domain.event_bookings import booking_code
from booking_core.domain.local_days import midnight, require_order
from booking_core.domain.programme_rules import require_zone
from booking_core.domain.spreadsheets import Cell
from booking_core.errors import InvalidRequest
from booking_core.money import to_major
from booking_core.storage.database import Database
from booking_core.storage.repositories import event_sales
from booking_core.storage.repositories.event_sales import SaleRow
from booking_core.storage.repositories.figures import figures_at
from booking_core.storage.unit_of_work import snapshot

EXPIRING_SOON = timedelta(minutes=5)
DEPARTING_SOON = timedelta(hours=24)
SALES_COLUMNS = (
    "booking_code",
    "event",
    "venue",
    "starts_at",
    "booked_at",
    "customer_id",
    "places",
    "labels",
    "currency",
    "sold",
    "refunded",
    "revenue",
    "status",
)


class Reports:
    """Reads over everything. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def dashboard(self, now: datetime, time_zone: str = "UTC") -> Dashboard:
        """Everything in one consistent view. Raises InvalidRequest for an unknown zone."""
        today = _day_of(now, time_zone)
        with snapshot(self._database) as connection:
            found = figures_at(
                connection,
                now=now.astimezone(UTC),
                today=today,
                expiring_by=now.astimezone(UTC) + EXPIRING_SOON,
                departing_by=now.astimezone(UTC) + DEPARTING_SOON,
            )
        return Dashboard(at=now, time_zone=time_zone, **found)

    def sales(
        self, start: date | None = None, end: date | None = None, time_zone: str = "UTC"
    ) -> Iterator[tuple[Cell, ...]]:
        """What was sold of events on the days from `start` to `end`, both included (all by
        default), by the clocks of `time_zone`: rows for `spreadsheets.csv_lines`, in the columns
        of `SALES_COLUMNS`, the oldest sale first, read as they are taken.

        Raises InvalidRequest for an unknown zone and for an end before its start.
        """
        zone = require_zone(time_zone)
        require_order(start, end)
        span = (midnight(start, zone), midnight(end, zone, days=1))
        return self._sales(span, zone)

    def _sales(
        self, span: tuple[datetime | None, datetime | None], zone: ZoneInfo
    ) -> Iterator[tuple[Cell, ...]]:
        with snapshot(self._database) as connection:
            for sale in event_sales.report(connection, span):
                yield _sale_cells(sale, zone)


def _sale_cells(sale: SaleRow, zone: ZoneInfo) -> tuple[Cell, ...]:
    """In the columns of SALES_COLUMNS. Amounts are in the major unit; what a booking was sold for
    is what it costs now and what was cancelled out of it."""
    booking = sale.booking
    is_cancelled = booking.state is BookingState.CANCELLED
    # The last cancellation leaves the amount as it was.
    sold = (sale.cancelled or booking.amount) if is_cancelled else booking.amount + sale.cancelled
    refunded = (sale.refunded or booking.refunded or 0) if is_cancelled else sale.refunded
    confirmed_at = booking.confirmed_at or booking.held_at
    return (
        booking_code(booking),
        sale.event,
        sale.venue,
        sale.starts_at.astimezone(zone).isoformat(),
        confirmed_at.astimezone(zone).isoformat(timespec="seconds"),
        booking.customer_id,
        booking.places,
        " ".join(
            item.label if item.quantity == 1 else f"{item.quantity} × {item.label}"
            for item in booking.items
        ),
        booking.currency,
        *(
            f"{to_major(amount, booking.currency):f}"
            for amount in (sold, refunded, sold - refunded)
        ),
        str(booking.state),
    )


def _day_of(now: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """From midnight to midnight, in UTC; a day of a change of clocks is shorter or longer."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidRequest(f"There is no time zone {time_zone}.", field="time_zone") from error
    local: Any = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = datetime(local.year, local.month, local.day, tzinfo=zone)
    next_day = begin.date() + timedelta(days=1)
    end = datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone)
    return begin.astimezone(UTC), end.astimezone(UTC)
