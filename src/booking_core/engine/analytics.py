"""Analytics of the event trade."""

from datetime import date

from booking_core.domain.analytics import EventsDashboard
from booking_core.domain.programme import DEFAULT_CURRENCY
from booking_core.storage.database import Database


class Analytics:
    """Reads over all bookings of events. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def dashboard(
        self,
        start: date | None = None,
        end: date | None = None,
        time_zone: str = "UTC",
        *,
        currency: str = DEFAULT_CURRENCY,
        most_events: int = 10,
    ) -> EventsDashboard:
        """What was booked on the days from `start` to `end`, both included (all by default), by
        the clocks of `time_zone`; everything in one consistent view.

        Raises InvalidRequest for an unknown zone and for an end before its start.
        """
        raise NotImplementedError
