"""How things stand, as both contracts show it to operators."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from booking_api.amounts import AmountOut, major
from booking_api.calls import run
from booking_api.fields import named_in
from booking_api.models import Answer, Instant, Text
from booking_core import BookingSystem
from booking_core.domain.dashboard import Dashboard

# The zone whose midnight a day begins at.
TimeZone = Annotated[Text, Query(max_length=64, examples=["Asia/Kolkata"])]
# By currency.
Amounts = Annotated[dict[str, AmountOut], Field(examples=[{"INR": 1500.00}])]


class DashboardAnswer(Answer):
    """Bookings are those confirmed at present; revenue is net of refunds. Places of departures
    within 24 hours count once per leg."""

    as_of: Instant
    timezone: str
    total_bookings: int
    bookings_today: int
    total_revenue: Amounts
    revenue_today: Amounts
    total_cancellations: int
    cancellations_today: int
    active_reservations: int
    reservations_expiring_soon: Annotated[int, Field(description="Within five minutes.")]
    blocked_seats: int
    upcoming_departures: Annotated[int, Field(description="Within 24 hours.")]
    upcoming_places: int
    upcoming_places_sold: int
    occupancy_rate: Annotated[float, Field(description="Sold of upcoming places, 0 to 1.")]
    refunds_pending: int
    refunds_failed: int
    failed_payments: int
    failed_payments_today: int
    active_users: int
    messages_waiting: int
    messages_dead: int
    sweeper_lag_seconds: Annotated[
        float, Field(description="How long the oldest hold that nobody has closed has been over.")
    ]


async def dashboard(system: BookingSystem, time_zone: str) -> DashboardAnswer:
    """Raises a 422 Problem for an unknown zone."""
    now = await run(system.now)
    with named_in("query", time_zone="timezone"):
        return _answer(await run(system.reports.dashboard, now, time_zone))


def _answer(found: Dashboard) -> DashboardAnswer:
    return DashboardAnswer(
        as_of=found.at,
        timezone=found.time_zone,
        total_bookings=found.bookings_total,
        bookings_today=found.bookings_today,
        total_revenue={code: major(sum_, code) for code, sum_ in found.revenue_total.items()},
        revenue_today={code: major(sum_, code) for code, sum_ in found.revenue_today.items()},
        total_cancellations=found.cancellations_total,
        cancellations_today=found.cancellations_today,
        active_reservations=found.holds_live,
        reservations_expiring_soon=found.holds_expiring_soon,
        blocked_seats=found.blocked,
        upcoming_departures=found.departures_soon,
        upcoming_places=found.places_soon,
        upcoming_places_sold=found.places_sold_soon,
        occupancy_rate=round(found.use_soon, 4),
        refunds_pending=found.refunds_pending,
        refunds_failed=found.refunds_failed,
        failed_payments=found.payments_failed_total,
        failed_payments_today=found.payments_failed_today,
        active_users=found.active_users,
        messages_waiting=found.messages_waiting,
        messages_dead=found.messages_dead,
        sweeper_lag_seconds=found.sweeper_lag / timedelta(seconds=1),
    )
