"""The dashboard and the sales report against a recount in Python, on random histories."""

import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from booking_core import BookingSystem
from booking_core.clock import ManualClock
from booking_core.domain.analytics import EventsDashboard
from booking_core.domain.bookings import Booking, BookingState
from booking_core.domain.cancellations import Cancellation
from booking_core.domain.inventory import Tier
from booking_core.domain.programme import Event
from booking_core.domain.spreadsheets import csv_lines
from booking_core.engine.reports import SALES_COLUMNS
from booking_core.errors import InvalidRequest, Refused
from tests.support.builders import NOW, bus, sell
from tests.support.programme import CLERK, SECTIONS, put_event

ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")


@dataclass
class History:
    """Customers who book, pay and cancel at any hour, and events that are called off."""

    system: BookingSystem
    clock: ManualClock
    random: random.Random
    events: list[Event]

    def happen(self, steps: int) -> None:
        for _ in range(steps):
            self.clock.advance(minutes=self.random.randrange(1, 400))
            with suppress(Refused):
                self._buy()
            if self.random.random() < 0.4:
                self._cancel()
        self.system.events.cancel(self.events[-1].id, "rain", **CLERK)
        self.system.event_canceller().run_once()

    def _buy(self) -> None:
        event, customer = self.random.choice(self.events), f"c{self.random.randrange(5)}"
        quantity = self.random.randrange(1, 4)
        held = self.system.event_bookings.hold(event.id, customer, quantity=quantity).booking
        if self.random.random() < 0.8:
            self.system.confirm(held.id)

    def _cancel(self) -> None:
        sold = self.system.bookings(state=BookingState.CONFIRMED, limit=1_000)
        if not sold:
            return
        booking = self.random.choice(sold)
        seats = list(booking.seat_ids[: self.random.randrange(1, 3)]) or None
        refund = self.random.choice([None, 0, 333])
        with suppress(Refused):
            self.system.cancel(booking.id, seat_ids=seats, refund=refund)

    def sold(self) -> Iterator[tuple[Event, Booking, list[Cancellation]]]:
        """Every booking of an event that was ever confirmed."""
        by_inventory = {event.inventory_id: event for event in self.events}
        for booking in self.system.bookings(limit=10_000):
            if booking.confirmed_at is not None and booking.inventory_id in by_inventory:
                made = self.system.cancellations.of_booking(booking.id)
                yield by_inventory[booking.inventory_id], booking, made


@pytest.fixture
def history(frozen_system: BookingSystem, clock: ManualClock) -> History:
    later = NOW + timedelta(days=30)
    hall = put_event(frozen_system, sections=SECTIONS, starts_at=later).event
    others = [put_event(frozen_system, hall.venue, starts_at=later).event for _ in range(2)]
    put_event(frozen_system, hall.venue, is_draft=True)
    sell(frozen_system, frozen_system.create_inventory(bus(currency="INR")), "1A")
    history = History(frozen_system, clock, random.Random(4), [hall, *others])
    history.happen(40)
    return history


def net(booking: Booking, made: list[Cancellation]) -> int:
    return booking.amount + sum(one.amount - one.refund_amount for one in made)


def recount(
    history: History, zone: ZoneInfo, start: date | None, end: date | None
) -> dict[str, object]:
    """The same figures from what the façade says of single bookings."""
    bookings = revenue = 0
    by_day: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    by_event: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    categories: dict[str, int] = defaultdict(int)
    for event, booking, made in history.sold():
        assert booking.confirmed_at is not None
        day = booking.confirmed_at.astimezone(zone).date()
        is_in = (start is None or start <= day) and (end is None or day <= end)
        if booking.state is not BookingState.CONFIRMED or not is_in:
            continue
        bookings += 1
        revenue += net(booking, made)
        for sums in (by_day[day], by_event[event.id]):
            sums[0] += 1
            sums[1] += net(booking, made)
        names = {tier.id: tier.name for tier in tiers(history, event)}
        # Without vouchers what is left of a booking costs what its items do.
        for item in booking.items:
            categories[names[item.tier_id]] += item.quantity * item.unit_price
        for one in made:
            assert len({item.tier_id for item in one.items}) == 1
            categories[names[one.items[0].tier_id]] += one.amount - one.refund_amount
    return {
        "bookings": bookings,
        "revenue": revenue,
        "days": {day: tuple(sums) for day, sums in by_day.items()},
        "events": {event: tuple(sums) for event, sums in by_event.items()},
        "categories": dict(categories),
    }


def tiers(history: History, event: Event) -> list[Tier]:
    return list(history.system.layout(event.inventory_id).tiers.values())


def figures(found: EventsDashboard) -> dict[str, object]:
    return {
        "bookings": found.total_bookings,
        "revenue": found.total_revenue,
        "days": {one.day: (one.bookings, one.revenue) for one in found.booking_trends},
        "events": {one.event_id: (one.bookings, one.revenue) for one in found.top_events},
        "categories": dict(found.revenue_by_category),
    }


def test_the_dashboard_is_what_a_recount_finds(history: History) -> None:
    analytics = history.system.analytics
    middle = NOW.date() + timedelta(days=2)
    spans = [(None, None), (middle, None), (None, middle), (middle, middle)]
    seen = 0
    for name in ZONES:
        for start, end in spans:
            found = analytics.dashboard(start, end, name)
            assert figures(found) == recount(history, ZoneInfo(name), start, end), (
                name,
                start,
                end,
            )
            seen += found.total_bookings
    assert seen > 40


def test_the_recount_would_notice_another_zone(history: History) -> None:
    """Negative control: days there are not days here."""
    found = history.system.analytics.dashboard(time_zone="Pacific/Kiritimati")

    assert figures(found)["days"] != recount(history, ZoneInfo("UTC"), None, None)["days"]


def test_events_on_offer_and_how_full_they_are(history: History) -> None:
    system = history.system
    found = system.analytics.dashboard()
    full = []
    for event in history.events[:-1]:
        places = sum(
            booking.places
            for one, booking, _ in history.sold()
            if one.id == event.id and booking.state is BookingState.CONFIRMED
        )
        full.append(round(100 * places / system.events.get(event.id).places, 1))

    assert found.total_events == 2
    assert sorted(one.utilization for one in found.top_events) == sorted(full)
    assert found.average_capacity_utilization == round(sum(full) / 2, 1)
    assert system.analytics.dashboard(end=NOW.date() - timedelta(days=1)).total_events == 0
    after = NOW.date() + timedelta(days=60)
    assert system.analytics.dashboard(start=after).total_events == 0
    assert system.analytics.dashboard(currency="EUR").total_events == 0
    assert len(system.analytics.dashboard(most_events=1).top_events) == 1


def test_the_report_has_every_sale_once(history: History) -> None:
    rows = [dict(zip(SALES_COLUMNS, row, strict=True)) for row in history.system.reports.sales()]
    expected = {}
    for event, booking, made in history.sold():
        is_gone = booking.state is BookingState.CANCELLED
        sold = sum(one.amount for one in made) + (0 if is_gone else booking.amount)
        back = sum(one.refund_amount for one in made)
        code = history.system.event_bookings.get(booking.id).code
        expected[code] = (event.name, Decimal(sold) / 100, Decimal(back) / 100, booking.state)

    assert {
        row["booking_code"]: (
            row["event"],
            Decimal(str(row["sold"])),
            Decimal(str(row["refunded"])),
            row["status"],
        )
        for row in rows
    } == expected
    assert len(rows) == len(expected) > 20
    times = [datetime.fromisoformat(str(row["booked_at"])) for row in rows]
    assert times == sorted(times)
    one_day = times[0].date()
    some = list(history.system.reports.sales(one_day, one_day))
    assert 0 < len(some) == sum(time.date() == one_day for time in times)


@pytest.mark.parametrize(
    ("start", "end", "zone", "field"),
    [
        (date(2024, 1, 2), date(2024, 1, 1), "UTC", "end_date"),
        (None, None, "Mars/Olympus", "time_zone"),
        (None, date.max, "UTC", "date"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(
    shared_system: BookingSystem, start: date | None, end: date | None, zone: str, field: str
) -> None:
    for ask in (shared_system.analytics.dashboard, shared_system.reports.sales):
        with pytest.raises(InvalidRequest) as refused:
            ask(start, end, zone)
        assert refused.value.field == field


def test_a_name_that_is_a_formula_is_harmless_in_the_report(frozen_system: BookingSystem) -> None:
    event = put_event(frozen_system, name="=HYPERLINK(1)").event
    frozen_system.confirm(
        frozen_system.event_bookings.hold(event.id, "@eve", quantity=1).booking.id
    )
    header, line = csv_lines(SALES_COLUMNS, frozen_system.reports.sales())

    assert "'=HYPERLINK(1)" in line
    assert "'@eve" in line
    assert header.startswith("booking_code,event,venue")
    assert line.startswith(f"EVT{NOW:%Y%m%d}00001,")
