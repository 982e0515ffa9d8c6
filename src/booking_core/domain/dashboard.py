"""The figures that an operator looks at first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Dashboard:
    """How things stand at `at`; "today" is the day by the clocks of `time_zone`.

    Bookings are those that are confirmed now. `revenue` is what confirmed bookings cost and what
    was kept of cancelled ones, in minor units by currency; today's is of what was sold today, so
    a refund is taken off the day of its sale. Departures are all inventories that start within 24
    hours; their places count once per leg. `sweeper_lag` is how long the oldest hold that nobody
    has closed has been over.
    """

    at: datetime
    time_zone: str
    bookings_today: int
    bookings_total: int
    revenue_today: Mapping[str, int]
    revenue_total: Mapping[str, int]
    cancellations_today: int
    cancellations_total: int
    holds_live: int
    holds_expiring_soon: int
    blocked: int
    departures_soon: int
    places_soon: int
    places_sold_soon: int
    refunds_pending: int
    refunds_failed: int
    payments_failed_today: int
    payments_failed_total: int
    active_users: int
    messages_waiting: int
    messages_dead: int
    sweeper_lag: timedelta

    @property
    def use_soon(self) -> float:
        """The part of the places of the next 24 hours that is sold, from 0 to 1."""
        return self.places_sold_soon / self.places_soon if self.places_soon else 0.0
