"""Analytics of the event trade."""

from datetime import date

from booking_core.domain.analytics import (
    DayFigures,
    EventFigures,
    EventsDashboard,
    SalesTally,
    average,
    utilization,
)
from booking_core.domain.local_days import midnight, require_order
from booking_core.domain.programme import DEFAULT_CURRENCY
from booking_core.domain.programme_rules import require_zone
from booking_core.storage.database import Database
from booking_core.storage.repositories import event_sales
from booking_core.storage.repositories.event_sales import Fullness
from booking_core.storage.unit_of_work import snapshot


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
        zone = require_zone(time_zone)
        require_order(start, end)
        span = (midnight(start, zone), midnight(end, zone, days=1))
        tally = SalesTally(zone)
        with snapshot(self._database) as connection:
            for sale in event_sales.sales(connection, span, currency):
                tally.add(sale)
            events = event_sales.fullness(connection, span, currency)
            names = event_sales.tier_names(connection, tally.by_tier)
        on_offer = [event for event in events.values() if event.is_on_offer]
        return EventsDashboard(
            currency=currency,
            time_zone=time_zone,
            total_events=len(on_offer),
            total_bookings=tally.bookings,
            total_revenue=tally.revenue,
            average_capacity_utilization=average(
                utilization(event.sold, event.places) for event in on_offer
            ),
            top_events=_top(tally, events, most_events),
            booking_trends=tuple(
                DayFigures(day, *sums) for day, sums in sorted(tally.by_day.items())
            ),
            revenue_by_category=_by_name(tally, names),
        )


def _top(tally: SalesTally, events: dict[str, Fullness], most: int) -> tuple[EventFigures, ...]:
    """By revenue, then bookings, then id."""
    figures = [
        EventFigures(
            event.event_id,
            event.name,
            bookings=tally.by_inventory[inventory_id][0],
            revenue=tally.by_inventory[inventory_id][1],
            utilization=utilization(event.sold, event.places),
        )
        for inventory_id, event in events.items()
        if inventory_id in tally.by_inventory
    ]
    figures.sort(key=lambda one: (-one.revenue, -one.bookings, one.event_id))
    return tuple(figures[:most])


def _by_name(tally: SalesTally, names: dict[str, str]) -> dict[str, int]:
    """Tiers of the same name are one category, the most revenue first."""
    categories: dict[str, int] = {}
    for tier_id, revenue in tally.by_tier.items():
        name = names[tier_id]
        categories[name] = categories.get(name, 0) + revenue
    return dict(sorted(categories.items(), key=lambda pair: (-pair[1], pair[0])))
