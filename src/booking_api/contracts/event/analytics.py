"""`/api/v1/admin/analytics` and `/api/v1/admin/reports`: what was sold."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from booking_api.amounts import AmountOut, major
from booking_api.calls import run
from booking_api.contracts.event.envelope import Now, Success
from booking_api.contracts.event.errors import OWN
from booking_api.deps import Reader, System
from booking_api.fields import Day, named_in
from booking_api.models import Answer, Text
from booking_core import BookingSystem
from booking_core.domain.analytics import EventsDashboard
from booking_core.domain.programme import DEFAULT_CURRENCY
from booking_core.domain.spreadsheets import csv_lines
from booking_core.engine.reports import SALES_COLUMNS

router = APIRouter(prefix="/api/v1/admin", tags=["Event: administration"])

_Start = Annotated[Day | None, Query(description="The first day that counts.")]
_End = Annotated[Day | None, Query(description="The last day that counts.")]
_Zone = Annotated[Text, Query(max_length=64, description="Whose days are meant.")]
_Currency = Annotated[str, Query(pattern="^[A-Z]{3}$")]
# Characters of the report that are sent at a time.
_CHUNK = 16_384


class Summary(Answer):
    total_events: int
    total_bookings: int
    total_revenue: AmountOut
    average_capacity_utilization: Annotated[float, Field(description="Percent.")]


class TopEvent(Answer):
    event_id: str
    name: str
    bookings: int
    revenue: AmountOut
    utilization: Annotated[float, Field(description="Percent.")]


class Trend(Answer):
    date: date
    bookings: int
    revenue: AmountOut


class DashboardView(Answer):
    """Confirmed bookings by the day they were booked on, revenue net of refunds."""

    summary: Summary
    top_events: list[TopEvent]
    booking_trends: list[Trend]
    revenue_by_category: dict[str, AmountOut]
    currency: str
    timezone: str


@router.get("/analytics/dashboard", responses=OWN)
async def dashboard(
    *,
    _: Reader,
    system: System,
    now: Now,
    start_date: _Start = None,
    end_date: _End = None,
    timezone: _Zone = "UTC",
    currency: _Currency = DEFAULT_CURRENCY,
) -> Success[DashboardView]:
    """Admin: figures of events over some days."""
    with named_in("query", time_zone="timezone", start="start_date", end="end_date"):
        found = await run(
            system.analytics.dashboard, start_date, end_date, timezone, currency=currency
        )
    return Success[DashboardView](data=_view(found), timestamp=now)


@router.get(
    "/reports/sales.csv",
    response_class=StreamingResponse,
    responses={**OWN, 200: {"content": {"text/csv": {}}, "description": "A table"}},
)
async def sales(
    _: Reader,
    system: System,
    start_date: _Start = None,
    end_date: _End = None,
    timezone: _Zone = "UTC",
) -> StreamingResponse:
    """Admin: every sale of events as CSV, the oldest first. No cell is a formula."""
    with named_in("query", time_zone="timezone", start="start_date", end="end_date"):
        lines = await run(_lines, system, start_date, end_date, timezone)
    return StreamingResponse(
        _chunks(lines),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="sales.csv"'},
    )


def _lines(
    system: BookingSystem, start: date | None, end: date | None, time_zone: str
) -> Iterator[str]:
    return csv_lines(SALES_COLUMNS, system.reports.sales(start, end, time_zone))


def _chunks(lines: Iterator[str]) -> Iterator[str]:
    """Many lines at a time: each piece costs a turn of a thread."""
    gathered, size = [], 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield "".join(gathered)
            gathered, size = [], 0
    yield "".join(gathered)


def _view(found: EventsDashboard) -> DashboardView:
    currency = found.currency
    return DashboardView(
        summary=Summary(
            total_events=found.total_events,
            total_bookings=found.total_bookings,
            total_revenue=major(found.total_revenue, currency),
            average_capacity_utilization=found.average_capacity_utilization,
        ),
        top_events=[
            TopEvent(
                event_id=one.event_id,
                name=one.name,
                bookings=one.bookings,
                revenue=major(one.revenue, currency),
                utilization=one.utilization,
            )
            for one in found.top_events
        ],
        booking_trends=[
            Trend(date=one.day, bookings=one.bookings, revenue=major(one.revenue, currency))
            for one in found.booking_trends
        ],
        revenue_by_category={
            name: major(revenue, currency) for name, revenue in found.revenue_by_category.items()
        },
        currency=currency,
        timezone=found.time_zone,
    )
